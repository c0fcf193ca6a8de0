#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "calendar/occurrences.h"
#include "model/switch.h"
#include "state/flag_file.h"
#include "state/store.h"

namespace understudy::state {

/// Why a group stands as it does at one moment, and until when that holds.
struct Verdict {
  model::Mode mode = model::Mode::kOpen;
  model::Lifecycle lifecycle = model::Lifecycle::kOpen;
  std::optional<WallTime> since;
  std::optional<WallTime> until;
  std::vector<model::Holder> holders;  ///< the strictest first
  std::optional<model::NextWindow> next;
  std::optional<WallTime> reopening_since;  ///< with the next one, or neither
  std::optional<WallTime> reopening_until;
  model::Mode reopening_from = model::Mode::kMaintenance;
  std::optional<WallTime> changes_at;  ///< when to ask again; none: time alone changes nothing
};

/// A flag file that commands a group.
struct FlagHold {
  std::string path;
  Flag flag;
};

/// What operators said and planned, by group: switches and windows. A verdict is a function of these and the
/// time alone, so that after a downtime, or a clock set back, the right mode is in force at once. Threads:
/// one owner.
class Schedule {
 public:
  struct KnownSwitch {
    model::Switch value;
    Revision revision = 0;
  };
  struct KnownWindow {
    model::Window value;
    Revision revision = 0;
    calendar::Recurrence recurrence;
    mutable calendar::WindowMoment moment;     ///< what `recurrence` said last
    mutable std::optional<WallTime> asked_at;  ///< from when that holds
    mutable std::optional<WallTime> holds_until;
  };

  /// Group ids and window ids are the keys. REQUIRES: calendar::judge finds nothing wrong with a window.
  void put_switch(const std::string& group_id, model::Switch value, Revision revision);
  void drop_switch(const std::string& group_id);
  void put_window(model::Window value, Revision revision);
  void drop_window(const std::string& id);

  [[nodiscard]] const KnownSwitch* find_switch(const std::string& group_id) const;
  [[nodiscard]] const KnownWindow* find_window(const std::string& id) const;
  [[nodiscard]] const std::map<std::string, KnownWindow>& windows() const { return windows_; }
  [[nodiscard]] const std::unordered_map<std::string, KnownSwitch>& switches() const { return switches_; }

  /// A switch without an end ends this long after it began; none: never.
  void set_hard_limit(std::optional<std::chrono::seconds> limit) { hard_limit_ = limit; }

  [[nodiscard]] Verdict judge(const std::string& name, const std::string& id, const FlagHold* flag,
                              WallTime now) const;

  /// When a switch ends by itself: its end, or the hard limit's.
  [[nodiscard]] std::optional<WallTime> end_of(const model::Switch& value) const;

  /// What a window means at `now`; remembered until it means something else.
  [[nodiscard]] static const calendar::WindowMoment& moment_of(const KnownWindow& window, WallTime now);

 private:
  void hold_by_switch(Verdict& verdict, const model::Switch& value, WallTime now) const;
  static void hold_by_window(Verdict& verdict, const KnownWindow& window,
                             std::optional<WallTime> closed_through, WallTime now);

  std::unordered_map<std::string, KnownSwitch> switches_;  ///< by group id
  std::map<std::string, KnownWindow> windows_;
  std::unordered_map<std::string, std::set<std::string>> windows_of_;  ///< by group name
  std::optional<std::chrono::seconds> hard_limit_;
};

}  // namespace understudy::state
