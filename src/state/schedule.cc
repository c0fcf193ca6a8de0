#include "state/schedule.h"

#include <algorithm>
#include <utility>

namespace understudy::state {
namespace {

using model::Holder;
using model::Lifecycle;
using model::Mode;

/// Asks again at `when`, or earlier where that is known already.
void ask_at(Verdict& verdict, WallTime when, WallTime now) {
  if (when <= now) return;
  if (!verdict.changes_at || when < *verdict.changes_at) verdict.changes_at = when;
}

/// Mode, since and until of the strictest holders: since the first of them began, until the last one ends.
void sum_up(Verdict& verdict) {
  std::stable_sort(verdict.holders.begin(), verdict.holders.end(),
                   [](const Holder& a, const Holder& b) { return a.mode > b.mode; });
  if (verdict.holders.empty()) return;
  verdict.mode = verdict.holders.front().mode;
  verdict.lifecycle = Lifecycle::kActive;
  bool ends = true;
  bool overdue = true;
  for (const Holder& holder : verdict.holders) {
    if (holder.mode != verdict.mode) break;
    if (holder.since && (!verdict.since || *holder.since < *verdict.since)) verdict.since = holder.since;
    ends = ends && holder.until && !holder.overdue;
    overdue = overdue && holder.overdue;
    if (holder.until && (!verdict.until || *holder.until > *verdict.until)) verdict.until = holder.until;
  }
  if (!ends) verdict.until.reset();
  if (overdue) verdict.lifecycle = Lifecycle::kOverdue;
}

}  // namespace

void Schedule::put_switch(const std::string& group_id, model::Switch value, Revision revision) {
  switches_[group_id] = {std::move(value), revision};
}

void Schedule::drop_switch(const std::string& group_id) { switches_.erase(group_id); }

void Schedule::put_window(model::Window value, Revision revision) {
  drop_window(value.id);
  for (const std::string& group : value.groups) windows_of_[group].insert(value.id);
  calendar::Recurrence recurrence(value);
  const std::string id = value.id;
  windows_.emplace(
      id, KnownWindow{std::move(value), revision, std::move(recurrence), {}, std::nullopt, std::nullopt});
}

void Schedule::drop_window(const std::string& id) {
  const auto found = windows_.find(id);
  if (found == windows_.end()) return;
  for (const std::string& group : found->second.value.groups) {
    const auto of_group = windows_of_.find(group);
    if (of_group == windows_of_.end()) continue;
    of_group->second.erase(id);
    if (of_group->second.empty()) windows_of_.erase(of_group);
  }
  windows_.erase(found);
}

const Schedule::KnownSwitch* Schedule::find_switch(const std::string& group_id) const {
  const auto found = switches_.find(group_id);
  return found == switches_.end() ? nullptr : &found->second;
}

const Schedule::KnownWindow* Schedule::find_window(const std::string& id) const {
  const auto found = windows_.find(id);
  return found == windows_.end() ? nullptr : &found->second;
}

const calendar::WindowMoment& Schedule::moment_of(const KnownWindow& window, WallTime now) {
  const bool holds =
      window.asked_at && now >= *window.asked_at && (!window.holds_until || now < *window.holds_until);
  if (holds) return window.moment;
  window.moment = window.recurrence.at(now);
  window.asked_at = now;
  window.holds_until.reset();
  const auto holds_to = [&](WallTime when) {
    if (!window.holds_until || when < *window.holds_until) window.holds_until = when;
  };
  if (window.moment.current) holds_to(window.moment.current->end);
  if (window.moment.next) holds_to(window.moment.next->start);
  return window.moment;
}

std::optional<WallTime> Schedule::end_of(const model::Switch& value) const {
  if (value.until || !value.since || !hard_limit_) return value.until;
  return *value.since + *hard_limit_;
}

void Schedule::hold_by_switch(Verdict& verdict, const model::Switch& value, WallTime now) const {
  if (value.mode == Mode::kOpen) {
    // `off` is what ends everything that had begun before it.
    if (value.reopening_until && *value.reopening_until > now && value.closed_through) {
      verdict.reopening_since = value.closed_through;
      verdict.reopening_until = value.reopening_until;
      verdict.reopening_from = value.reopening_from;
      ask_at(verdict, *value.reopening_until, now);
    }
    return;
  }
  const std::optional<WallTime> end = end_of(value);
  if (end && *end <= now) return;
  if (end) ask_at(verdict, *end, now);
  verdict.holders.push_back(
      {Holder::Kind::kSwitch, "", value.mode, value.since, end, false, value.by, value.reason, value.texts});
}

void Schedule::hold_by_window(Verdict& verdict, const KnownWindow& window,
                              std::optional<WallTime> closed_through, WallTime now) {
  const model::Window& value = window.value;
  const calendar::WindowMoment& moment = moment_of(window, now);
  // What was planned after an `off` is not what that meant, even where it begins a moment earlier.
  const bool planned_since = !closed_through || value.created > *closed_through;
  const auto is_open = [&](const std::optional<calendar::Occurrence>& occurrence) {
    return occurrence && (planned_since || occurrence->start > *closed_through);
  };
  const auto hold = [&](const calendar::Occurrence& occurrence, bool overdue) {
    verdict.holders.push_back({Holder::Kind::kWindow, value.id, value.mode, occurrence.start, occurrence.end,
                               overdue, value.by, value.reason, value.texts});
  };
  if (is_open(moment.current)) {
    hold(*moment.current, false);
  } else if (value.at_end == model::AtEnd::kStay && is_open(moment.last)) {
    hold(*moment.last, true);
  }
  if (moment.current) ask_at(verdict, moment.current->end, now);
  if (!moment.next) return;
  ask_at(verdict, moment.next->start, now);
  if (!verdict.next || moment.next->start < verdict.next->start) {
    verdict.next = model::NextWindow{value.id,           value.title,      value.mode,
                                     moment.next->start, moment.next->end, value.texts};
  }
}

Verdict Schedule::judge(const std::string& name, const std::string& id, const FlagHold* flag,
                        WallTime now) const {
  Verdict verdict;
  const KnownSwitch* known = find_switch(id);
  if (known != nullptr) hold_by_switch(verdict, known->value, now);
  const auto closed_through = known == nullptr ? std::nullopt : known->value.closed_through;
  if (const auto windows = windows_of_.find(name); windows != windows_of_.end()) {
    for (const std::string& window : windows->second)
      hold_by_window(verdict, windows_.at(window), closed_through, now);
  }
  if (flag != nullptr && flag->flag.mode != Mode::kOpen) {
    verdict.holders.push_back({Holder::Kind::kFlagFile,
                               flag->path,
                               flag->flag.mode,
                               flag->flag.since,
                               std::nullopt,
                               false,
                               "flag file",
                               "",
                               {}});
  }
  sum_up(verdict);
  if (verdict.holders.empty()) {
    if (verdict.reopening_until) {
      verdict.lifecycle = Lifecycle::kReopening;
    } else if (verdict.next) {
      verdict.lifecycle = Lifecycle::kAnnounced;
    }
  } else {
    verdict.reopening_since.reset();
    verdict.reopening_until.reset();
  }
  return verdict;
}

}  // namespace understudy::state
