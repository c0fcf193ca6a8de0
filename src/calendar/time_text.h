#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace understudy::calendar {

/// The machine's time zone: TZ, else /etc/localtime's target, else UTC. An IANA name.
[[nodiscard]] std::string local_zone();

/// Whether libical knows this IANA name ("Europe/Berlin", "UTC").
[[nodiscard]] bool is_zone(std::string_view name);

/// A moment as a person wrote it.
struct ParsedTime {
  WallTime time;
  std::string zone;   ///< IANA name it was read in; "UTC" for RFC 3339 with an offset
  std::string local;  ///< the same in that zone without offset: "2026-11-22T02:00:00"
  std::string note;   ///< where daylight saving made a choice necessary: which; else empty
};

/// Reads RFC 3339 ("2026-11-22T02:00:00Z", "…+01:00"), a local date and time ("2026-11-22 02:00"), a time of
/// day ("22:30": the next one), "today|tomorrow|<weekday> [at] 22:30", "now", a duration from now ("90m",
/// "+2h", "in 2h30m", "7d"), each but RFC 3339 with offset and durations with an IANA zone behind it
/// ("tomorrow 02:00 Europe/Berlin"); `zone` where none is given. A local time that daylight saving skips is
/// an error that names the moments before and after; one that it doubles is an error, too, that names both
/// with their offsets. Errors say what was wrong and what was expected.
[[nodiscard]] Result<ParsedTime> parse_time(std::string_view text, WallTime now, const std::string& zone);

/// "1h30m", "90m", "45s", "2d", "1w": positive, at most ten years.
[[nodiscard]] Result<std::chrono::seconds> parse_span(std::string_view text);

/// "Sun 22 Nov 2026 02:00 CET (01:00 UTC)", with UTC's date where it differs: "(Sat 21 Nov 23:00 UTC)".
[[nodiscard]] std::string describe_time(WallTime time, const std::string& zone);

/// "2h 05m", "3d 4h", "42s": at most two units, for people.
[[nodiscard]] std::string describe_span(std::chrono::seconds span);

/// A local time of `zone` as the moment it means. Skipped by daylight saving: the moment just after the gap;
/// doubled: the first of both, as RFC 5545 section 3.3.5 says. REQUIRES: is_zone(zone). None: no local time
/// ("2026-11-22T02:00:00") at all.
[[nodiscard]] std::optional<WallTime> from_local(std::string_view local, const std::string& zone);

/// REQUIRES: is_zone(zone).
[[nodiscard]] std::string to_local(WallTime time, const std::string& zone);

}  // namespace understudy::calendar
