#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

/// Time zones, for this folder alone. libical's own reading of the system's zone files depends on zone.tab
/// and guesses at recurring changes; here the files (RFC 8536) are read as they are, with the rule for the
/// time after their tables, so that conversions are exact in every year.
namespace understudy::calendar {

using Moment = std::chrono::sys_seconds;
using LocalTime = std::chrono::local_seconds;

/// What a zone's clocks show for a while.
struct ClockFace {
  std::chrono::seconds offset{};  ///< to be added to UTC
  bool daylight = false;
  std::string name;  ///< "CET"
  friend bool operator==(const ClockFace&, const ClockFace&) = default;
};

struct ClockChange {
  Moment at;
  ClockFace before;
  ClockFace after;
};

/// The day of a change, as the POSIX form of a zone writes it (RFC 8536 section 3.3.1).
struct ChangeDay {
  enum class Form { kWeekday, kYearDay, kYearDayWithoutLeap };
  Form form = Form::kWeekday;
  int month = 0;                ///< 1 … 12
  int week = 0;                 ///< 1 … 5; 5: the last
  int weekday = 0;              ///< 0: Sunday
  int day = 0;                  ///< of the year
  std::chrono::seconds time{};  ///< on the clock before the change; below zero and over 24 h are other days
};

/// What holds for all years after a zone's table.
struct ZoneRule {
  ClockFace standard;
  std::optional<ClockFace> daylight;
  ChangeDay begin;  ///< of daylight saving
  ChangeDay end;
};

/// Reads "CET-1CEST,M3.5.0,M10.5.0/3".
[[nodiscard]] std::optional<ZoneRule> parse_zone_rule(std::string_view text);

/// The two changes that the rule makes in `year`, in their order; none without daylight saving.
[[nodiscard]] std::vector<ClockChange> changes_of_year(const ZoneRule& rule, std::chrono::year year);

/// How a local time maps: to no moment (the clock is put forward across it), one, or two.
struct LocalMoments {
  enum class Kind { kSkipped, kOnce, kDoubled };
  Kind kind = Kind::kOnce;
  Moment first;   ///< skipped: the moment just after the gap
  Moment second;  ///< doubled: the later one; else as `first`
};

/// Immutable.
class Zone {
 public:
  /// The content of a file of the zone database. None: it isn't one.
  [[nodiscard]] static std::optional<Zone> parse(std::string_view file);

  [[nodiscard]] ClockFace at(Moment moment) const;
  [[nodiscard]] LocalTime local(Moment moment) const;
  [[nodiscard]] LocalMoments moments(LocalTime local) const;
  /// All changes in [from, to), in their order.
  [[nodiscard]] std::vector<ClockChange> changes(Moment from, Moment to) const;
  /// What holds after the table.
  [[nodiscard]] const std::optional<ZoneRule>& rule() const { return rule_; }

 private:
  std::vector<Moment> at_;        ///< ascending
  std::vector<std::size_t> to_;   ///< of the same length: index into faces_
  std::vector<ClockFace> faces_;  ///< the first one holds before the table
  std::optional<ZoneRule> rule_;
};

/// A zone by its IANA name, null if there is none. Each is read once, so that an update of the zone database
/// counts from the next start on. Threads: any.
[[nodiscard]] std::shared_ptr<const Zone> find_zone(std::string_view name);

/// The name as the database writes it, for one written in other letter case.
[[nodiscard]] std::optional<std::string> canonical_zone(std::string_view name);

/// The name that was probably meant.
[[nodiscard]] std::optional<std::string> similar_zone(std::string_view name);

/// "2026-11-22T02:00:00", seconds may be left out. None: no time, or a year outside 1970 … 2200, which is as
/// far as moments are reckoned here.
[[nodiscard]] std::optional<LocalTime> parse_local(std::string_view text);
[[nodiscard]] std::string format_local(LocalTime local);

/// The times of iCalendar: "20261122", "20261122T020000", "20261122T010000Z".
struct BasicTime {
  LocalTime time;  ///< of a date: its beginning
  enum class Form { kDate, kLocal, kUtc } form = Form::kLocal;
};
[[nodiscard]] std::optional<BasicTime> parse_basic(std::string_view text);
[[nodiscard]] std::string format_basic(LocalTime local);

inline constexpr int kFirstYear = 1970;
inline constexpr int kLastYear = 2200;

[[nodiscard]] inline Moment to_moment(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

}  // namespace understudy::calendar
