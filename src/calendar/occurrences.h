#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/switch.h"

namespace understudy::calendar {

/// One time that a window takes place: from `start`, included, to `end`, not included.
struct Occurrence {
  WallTime start;
  WallTime end;
  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

/// What a window means at one moment.
struct WindowMoment {
  std::optional<Occurrence> current;  ///< the one under way; of several the one that ends last
  std::optional<Occurrence> last;     ///< the one that ended last, after the window was created
  std::optional<Occurrence> next;     ///< the first that begins later
};

/// A field of a window that can't be, for a person.
struct WindowProblem {
  std::string field;    ///< "start", "end", "zone", "rule", "except", "groups", "mode", "texts"
  std::string message;  ///< what was wrong and what was expected
};

/// Everything that is wrong with a window by itself: unknown zone, no time, end not after start, an
/// occurrence longer than 31 days, a rule that libical refuses, that repeats more often than daily, or that
/// never takes place, a mode that is open. A rule without an end is fine. With `now`: an end in the past, for
/// one without a rule. Whether its groups exist is for others to tell.
[[nodiscard]] std::vector<WindowProblem> judge(const model::Window& window, std::optional<WallTime> now);

/// A window whose rule is parsed once and asked often. Cheap to ask again while time goes on.
/// Threads: one owner. Copyable.
class Recurrence {
 public:
  /// REQUIRES: judge(window) found nothing.
  explicit Recurrence(const model::Window& window);

  [[nodiscard]] WindowMoment at(WallTime now) const;

  /// The occurrences that end after `from` and begin before `to`, at most `limit`.
  [[nodiscard]] std::vector<Occurrence> between(WallTime from, WallTime to, std::size_t limit) const;

 private:
  std::string zone_;
  std::string start_;
  std::string end_;
  std::string rule_;
  std::vector<std::string> except_;
  WallTime created_;
};

/// The windows as an iCalendar object (RFC 5545): one VEVENT each, with VTIMEZONE, UID, DTSTAMP, SUMMARY,
/// DESCRIPTION, DTSTART/DTEND with TZID, RRULE, EXDATE, and X-UNDERSTUDY-MODE, -GROUPS and -AT-END, so that
/// what is exported can be imported. Lines are folded and end with CRLF. `name` is the calendar's name.
[[nodiscard]] std::string write_ics(const std::vector<model::Window>& windows, std::string_view name,
                                    WallTime now);

struct ReadIcs {
  std::vector<model::Window> windows;  ///< id, groups, by and created are for the caller to fill
  std::vector<std::string> uids;       ///< of `windows`, in their order
  std::vector<std::string> left_out;   ///< "UID …: why", for people
};

/// Reads the events of an iCalendar object of up to 1 MiB and 1,000 events. What can't be a window (all-day
/// events without times become whole days; events without an end, cancelled ones, RDATE, periods over 31
/// days) is left out with the reason. The error: no iCalendar object at all, with the line.
[[nodiscard]] Result<ReadIcs> read_ics(std::string_view text, const std::string& default_zone);

}  // namespace understudy::calendar
