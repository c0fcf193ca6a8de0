#pragma once

#include <string_view>

namespace understudy::http {

/// The value of the first cookie with this name (RFC 6265 section 4.2; compared byte for byte), without
/// quotes around it; null data() if there is none. What is malformed is passed over, never taken for another
/// cookie.
[[nodiscard]] std::string_view find_cookie(std::string_view cookies, std::string_view name);

/// Whether any cookie with this name has this value, without regard to ASCII case: a browser may hold
/// several, of other paths and domains.
[[nodiscard]] bool has_cookie(std::string_view cookies, std::string_view name, std::string_view value);

}  // namespace understudy::http
