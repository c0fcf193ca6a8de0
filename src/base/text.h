#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace understudy {

/// ASCII only, as protocol names are: letters beyond it are left alone.
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool iequals(std::string_view a, std::string_view b);
/// Whether `needle` occurs in `text`, without regard to ASCII case.
[[nodiscard]] bool icontains(std::string_view text, std::string_view needle);
/// Without spaces and tabs at both ends (RFC 9110 section 5.6.3, OWS).
[[nodiscard]] std::string_view trim(std::string_view text);
/// Without white space of any kind, line ends included, at both ends.
[[nodiscard]] std::string_view trim_lines(std::string_view text);

/// Takes the piece of `rest` before the first `separator`, leaving what comes after it. Empty at the end.
[[nodiscard]] std::string_view take_until(std::string_view& rest, char separator);

/// Whether all bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view text);

/// The candidate that a typing person most likely meant, or none if all are too far away.
/// Distance: Damerau-Levenshtein; at most half of the word and three.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> candidates);

/// For a terminal or one line of a log: control characters as escapes ("\\n", "\\u001b"), so that nothing
/// that a file or a client holds moves the cursor or begins a new line.
[[nodiscard]] std::string printable(std::string_view text);

/// At most `most` bytes of UTF-8, cut between two characters.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t most);

}  // namespace understudy
