#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace understudy::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7), 29 characters.
[[nodiscard]] std::string format_http_date(WallTime time);

/// Reads an IMF-fixdate; none for anything else, the obsolete forms included (a client that sends
/// one is answered in full).
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

/// "2026-11-20T22:00:00Z" (RFC 3339), whole seconds.
[[nodiscard]] std::string format_rfc3339(WallTime time);

/// The same to the millisecond: "2026-11-20T22:00:00.250Z", without a fraction where there is none.
[[nodiscard]] std::string format_rfc3339_exact(WallTime time);

/// Reads RFC 3339, with `Z` or an offset, to the millisecond (further digits are cut off). None for anything
/// else, and for what the system's clock can't hold (before 1678, after 2261).
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace understudy::http
