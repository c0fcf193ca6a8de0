#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace understudy::calendar {

/// The IANA name that a TZID means: itself, what stands behind a program's prefix
/// ("/mozilla.org/20050126_1/Europe/Berlin"), or the one for Windows' name of the same zone.
[[nodiscard]] std::optional<std::string> zone_of_tzid(std::string_view id);

}  // namespace understudy::calendar
