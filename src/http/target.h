#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/request.h"

namespace understudy::http {

/// A path with its percent-encoding undone once (RFC 3986 section 2.1). None if it is malformed or
/// if a NUL, a backslash or an encoded slash hides in it: no file's name needs them.
[[nodiscard]] std::optional<std::string> decode_path(std::string_view path);

/// A URL or target as path and query: "https://api.shop.example/orders?x" is "/orders?x", and one without a
/// path is
/// "/" (RFC 9112 section 3.2.2, RFC 3986 section 3). None for what is neither.
[[nodiscard]] std::optional<std::string_view> origin_form(std::string_view url);

/// Whether the client's copy is good still: If-None-Match, else If-Modified-Since (RFC 9110 section 13.2.2).
[[nodiscard]] bool is_unchanged(const Request& request, std::string_view etag, WallTime modified);

}  // namespace understudy::http
