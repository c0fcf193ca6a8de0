#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The content lines of iCalendar (RFC 5545 section 3.1), for this folder alone.
namespace understudy::calendar {

/// Appends one content line, folded so that no line is longer than 75 octets and no character is cut.
/// REQUIRES: no control characters but tabs in `line`.
void add_line(std::string& out, std::string_view line);

/// A value of type TEXT. Control characters other than line ends are left out.
[[nodiscard]] std::string escape_text(std::string_view text);
/// The other way, control characters left out, too.
[[nodiscard]] std::string unescape_text(std::string_view value);

struct Property {
  std::string name;                                         ///< in capitals
  std::vector<std::pair<std::string, std::string>> params;  ///< names in capitals, values without quotes
  std::string value;
  std::size_t line = 0;

  /// Empty where it is not there.
  [[nodiscard]] std::string param(std::string_view param_name) const;
};

/// All content lines, unfolded; what is none is left out.
[[nodiscard]] std::vector<Property> read_properties(std::string_view text);

/// How an event without a title is called. Known to the reader, so that such a window comes back without one.
[[nodiscard]] std::string made_summary(std::string_view mode, std::string_view groups);

inline constexpr std::string_view kIcsMode = "X-UNDERSTUDY-MODE";
inline constexpr std::string_view kIcsGroups = "X-UNDERSTUDY-GROUPS";
inline constexpr std::string_view kIcsAtEnd = "X-UNDERSTUDY-AT-END";
inline constexpr std::string_view kIcsReason = "X-UNDERSTUDY-REASON";
inline constexpr std::string_view kIcsTitle = "X-UNDERSTUDY-TITLE";
inline constexpr std::string_view kIcsMessage = "X-UNDERSTUDY-MESSAGE";

}  // namespace understudy::calendar
