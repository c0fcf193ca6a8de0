#include "calendar/ics_zone.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "calendar/zone.h"

namespace understudy::calendar {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

/// The commoner names of Windows, as Outlook and Exchange write them.
constexpr std::array kWindowsNames = {
    Pair{"UTC", "UTC"},
    Pair{"GMT Standard Time", "Europe/London"},
    Pair{"Greenwich Standard Time", "Atlantic/Reykjavik"},
    Pair{"W. Europe Standard Time", "Europe/Berlin"},
    Pair{"Central Europe Standard Time", "Europe/Budapest"},
    Pair{"Central European Standard Time", "Europe/Warsaw"},
    Pair{"Romance Standard Time", "Europe/Paris"},
    Pair{"GTB Standard Time", "Europe/Bucharest"},
    Pair{"E. Europe Standard Time", "Europe/Chisinau"},
    Pair{"FLE Standard Time", "Europe/Kiev"},
    Pair{"Turkey Standard Time", "Europe/Istanbul"},
    Pair{"Russian Standard Time", "Europe/Moscow"},
    Pair{"Israel Standard Time", "Asia/Jerusalem"},
    Pair{"Egypt Standard Time", "Africa/Cairo"},
    Pair{"South Africa Standard Time", "Africa/Johannesburg"},
    Pair{"W. Central Africa Standard Time", "Africa/Lagos"},
    Pair{"Arab Standard Time", "Asia/Riyadh"},
    Pair{"Arabian Standard Time", "Asia/Dubai"},
    Pair{"Iran Standard Time", "Asia/Tehran"},
    Pair{"Pakistan Standard Time", "Asia/Karachi"},
    Pair{"India Standard Time", "Asia/Kolkata"},
    Pair{"SE Asia Standard Time", "Asia/Bangkok"},
    Pair{"China Standard Time", "Asia/Shanghai"},
    Pair{"Singapore Standard Time", "Asia/Singapore"},
    Pair{"Taipei Standard Time", "Asia/Taipei"},
    Pair{"W. Australia Standard Time", "Australia/Perth"},
    Pair{"Tokyo Standard Time", "Asia/Tokyo"},
    Pair{"Korea Standard Time", "Asia/Seoul"},
    Pair{"Cen. Australia Standard Time", "Australia/Adelaide"},
    Pair{"AUS Eastern Standard Time", "Australia/Sydney"},
    Pair{"E. Australia Standard Time", "Australia/Brisbane"},
    Pair{"New Zealand Standard Time", "Pacific/Auckland"},
    Pair{"Atlantic Standard Time", "America/Halifax"},
    Pair{"Newfoundland Standard Time", "America/St_Johns"},
    Pair{"E. South America Standard Time", "America/Sao_Paulo"},
    Pair{"Argentina Standard Time", "America/Buenos_Aires"},
    Pair{"SA Pacific Standard Time", "America/Bogota"},
    Pair{"Eastern Standard Time", "America/New_York"},
    Pair{"Central Standard Time", "America/Chicago"},
    Pair{"Central Standard Time (Mexico)", "America/Mexico_City"},
    Pair{"Mountain Standard Time", "America/Denver"},
    Pair{"US Mountain Standard Time", "America/Phoenix"},
    Pair{"Pacific Standard Time", "America/Los_Angeles"},
    Pair{"Alaskan Standard Time", "America/Anchorage"},
    Pair{"Hawaiian Standard Time", "Pacific/Honolulu"},
};

}  // namespace

std::optional<std::string> zone_of_tzid(std::string_view id) {
  constexpr std::size_t kLongest = 200;
  id = trim(id);
  if (id.size() > kLongest) return std::nullopt;
  if (find_zone(id)) return std::string(id);
  for (const auto& [windows_name, zone] : kWindowsNames) {
    if (iequals(windows_name, id)) return std::string(zone);
  }
  if (!id.starts_with('/')) return std::nullopt;
  // The longest end that is a zone: "America/Argentina/Salta" before "Salta".
  for (auto at = id.find('/'); at != std::string_view::npos; at = id.find('/', at + 1)) {
    const std::string_view end = id.substr(at + 1);
    if (end.find('/') != std::string_view::npos && find_zone(end)) return std::string(end);
  }
  return std::nullopt;
}

}  // namespace understudy::calendar
