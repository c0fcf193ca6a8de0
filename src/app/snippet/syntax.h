#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace understudy::app::snippet {

// What a configuration's values become in a proxy's. No proxy's syntax gives the characters that is_plain
// lets through a meaning inside double quotes, and the regular expressions made here hold no backslash and no
// quote: they can stand in single or double quotes of HAProxy, nginx, Caddy, Apache, VCL, YAML and JSON as
// they are.

/// Letters, digits and `-_.~:/@,=+*&?!()[]|<>`.
[[nodiscard]] bool is_plain(std::string_view text);
/// Letters, digits, `-` and `_`: what cookies and headers may be called.
[[nodiscard]] bool is_plain_name(std::string_view text);

/// A regular expression (PCRE and RE2) for exactly this text, without anchors. REQUIRES: is_plain.
[[nodiscard]] std::string literal_regex(std::string_view text);
/// For the origins that one element of `cors.origins` allows, without anchors. REQUIRES: it passed `check`.
[[nodiscard]] std::string origin_regex(std::string_view origin);
/// For the paths of one pattern, percent-encoding undone, without anchors.
[[nodiscard]] std::string path_regex(std::string_view path);
/// For a Cookie header that holds this cookie with this value.
[[nodiscard]] std::string cookie_regex(std::string_view name, std::string_view value);

/// The inside of a JSON string: letters, digits, blanks, `.,:;!?-` and all that is not ASCII as they are, the
/// rest as \uXXXX (RFC 8259 section 7), which means nothing to a proxy between quotes. `most`: bytes; what is
/// longer is cut. `backslash`: what the proxy makes one of. REQUIRES: UTF-8.
[[nodiscard]] std::string plain_json(std::string_view text, std::size_t most,
                                     std::string_view backslash = "\\");

/// For raw paths that an API could take for others than they seem, as model::normal_path refuses them.
[[nodiscard]] std::string_view odd_path_regex();

}  // namespace understudy::app::snippet
