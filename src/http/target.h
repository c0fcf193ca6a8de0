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

/// Whether the client's copy is good still: If-None-Match, else If-Modified-Since (RFC 9110 section 13.2.2).
[[nodiscard]] bool is_unchanged(const Request& request, std::string_view etag, WallTime modified);

}  // namespace understudy::http
