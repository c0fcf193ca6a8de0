#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "calendar/ical_library.h"
#include "calendar/occurrences.h"
#include "calendar/zone.h"

/// Recurrence rules, for this folder alone. All reckoning is done in local time without a zone; the zone
/// comes in when a start becomes a moment, so that a window keeps its time of day across daylight saving.
namespace understudy::calendar {

inline constexpr int kMostRepeats = 10'000;
inline constexpr std::size_t kMostExceptions = 1000;
inline constexpr std::chrono::seconds kLongestOccurrence = std::chrono::days(31);

/// A rule as libical understands it, its UNTIL in local time.
struct Rule {
  icalrecurrencetype recur;
  std::string text;
};

/// Checks and reads an RRULE value. An UNTIL that is a date means the end of that day, one in UTC is turned
/// to `zone`'s time. Errors are for a person.
[[nodiscard]] Result<Rule> parse_rule(std::string_view text, const Zone& zone);

/// The rule with its UNTIL as RFC 5545 wants it for a start with a zone: in UTC.
[[nodiscard]] std::string rule_with_utc_until(std::string_view text, const Zone& zone);

/// When a window takes place, in local time.
struct Plan {
  std::shared_ptr<const Zone> zone;
  LocalTime start;
  std::chrono::seconds span{};  ///< by the clock on the wall
  std::optional<Rule> rule;
  std::vector<std::string> except;  ///< as format_local() writes them, ascending

  /// None: daylight saving leaves nothing of it.
  [[nodiscard]] std::optional<Occurrence> occurrence(LocalTime local_start) const;
};

/// The starts of a plan from `from` on, ascending. `start` is one whether or not the rule hits it (RFC 5545
/// section 3.8.5.3), the exceptions are not. REQUIRES: the plan outlives it.
class Starts {
 public:
  Starts(const Plan& plan, LocalTime from);
  [[nodiscard]] std::optional<LocalTime> next();

 private:
  struct Free {
    void operator()(icalrecur_iterator* iterator) const { ical().icalrecur_iterator_free(iterator); }
  };

  [[nodiscard]] std::optional<LocalTime> step();

  const Plan& plan_;
  const LocalTime from_;
  bool first_ = true;
  std::unique_ptr<icalrecur_iterator, Free> iterator_;
};

/// Whether the rule by itself ever takes place.
[[nodiscard]] bool ever_takes_place(const Rule& rule, LocalTime start);

/// The rule without COUNT, whose last start stands as UNTIL in its place, so that it can be asked from any
/// moment on.
[[nodiscard]] std::string rule_without_count(const Plan& plan);

/// `text` split at `separator`, empty pieces too.
[[nodiscard]] std::vector<std::string_view> split_at(std::string_view text, char separator);

}  // namespace understudy::calendar
