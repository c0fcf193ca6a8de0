#include <algorithm>

#include "calendar/occurrences.h"
#include "calendar/rule.h"

namespace understudy::calendar {
namespace {

using std::chrono::days;
using std::chrono::seconds;

/// Offsets of zones differ by less, so that what is reckoned in local time is found with this to spare.
constexpr seconds kSpare = days(2);
/// How many starts one question looks at; more are not between two moments that matter.
constexpr int kMostSteps = 100'000;

/// The last occurrence that begins in [from, to) by local time, was over by `now`, and ended after `created`.
std::optional<Occurrence> last_over(const Plan& plan, LocalTime from, LocalTime to, WallTime now,
                                    WallTime created) {
  std::optional<Occurrence> last;
  Starts starts(plan, from);
  for (int step = 0; step < kMostSteps; ++step) {
    const auto start = starts.next();
    if (!start || *start >= to) break;
    const auto occurrence = plan.occurrence(*start);
    if (occurrence && occurrence->end > created && occurrence->end <= now) last = occurrence;
  }
  return last;
}

/// Looks back from `before`, ever further, as rules may be sparse.
std::optional<Occurrence> look_back(const Plan& plan, LocalTime before, WallTime now, WallTime created) {
  const LocalTime first = std::max(plan.start, plan.zone->local(to_moment(created)) - plan.span - kSpare);
  LocalTime to = before;
  if (plan.rule) {
    const icaltimetype& until = plan.rule->recur.until;
    if (ical().icaltime_is_null_time(until) == 0) {
      const std::chrono::year_month_day day(std::chrono::year(until.year),
                                            std::chrono::month(static_cast<unsigned>(until.month)),
                                            std::chrono::day(static_cast<unsigned>(until.day)));
      to = std::min<LocalTime>(to, std::chrono::local_days(day) + days(1));
    }
  } else {
    to = std::min(to, plan.start + seconds(1));
  }
  const LocalTime anchor = to;
  for (seconds depth = days(8); to > first; depth *= 8) {
    const LocalTime from = std::max(first, anchor - depth);
    if (auto last = last_over(plan, from, to, now, created)) return last;
    to = from;
  }
  return std::nullopt;
}

}  // namespace

static Plan make_plan(const std::string& zone, const std::string& start, const std::string& end,
                      const std::string& rule, const std::vector<std::string>& except) {
  Plan plan;
  plan.zone = find_zone(zone);
  if (!plan.zone) plan.zone = find_zone("UTC");
  plan.start = parse_local(start).value_or(LocalTime());
  plan.span = parse_local(end).value_or(plan.start) - plan.start;
  if (!rule.empty()) {
    if (auto parsed = parse_rule(rule, *plan.zone)) plan.rule = std::move(*parsed);
  }
  plan.except = except;
  return plan;
}

Recurrence::Recurrence(const model::Window& window)
    : zone_(window.zone), start_(window.start), end_(window.end), created_(window.created) {
  for (const std::string& text : window.except) {
    if (const auto time = parse_local(text)) except_.push_back(format_local(*time));
  }
  std::sort(except_.begin(), except_.end());
  if (!window.rule.empty()) rule_ = rule_without_count(make_plan(zone_, start_, end_, window.rule, {}));
}

WindowMoment Recurrence::at(WallTime now) const {
  const Plan plan = make_plan(zone_, start_, end_, rule_, except_);
  const LocalTime near = plan.zone->local(to_moment(now)) - plan.span - kSpare;
  WindowMoment moment;
  Starts starts(plan, near);
  for (int step = 0; step < kMostSteps && !moment.next; ++step) {
    const auto start = starts.next();
    if (!start) break;
    const auto occurrence = plan.occurrence(*start);
    if (!occurrence || occurrence->end <= created_) continue;
    if (occurrence->end <= now) {
      moment.last = occurrence;
    } else if (occurrence->start <= now) {
      moment.current = occurrence;
    } else {
      moment.next = occurrence;
    }
  }
  if (!moment.last) moment.last = look_back(plan, near, now, created_);
  return moment;
}

std::vector<Occurrence> Recurrence::between(WallTime from, WallTime to, std::size_t limit) const {
  const Plan plan = make_plan(zone_, start_, end_, rule_, except_);
  std::vector<Occurrence> found;
  Starts starts(plan, plan.zone->local(to_moment(from)) - plan.span - kSpare);
  for (int step = 0; step < kMostSteps && found.size() < limit; ++step) {
    const auto start = starts.next();
    if (!start) break;
    const auto occurrence = plan.occurrence(*start);
    if (occurrence && occurrence->start >= to) break;
    if (occurrence && occurrence->end > from && occurrence->end > created_) found.push_back(*occurrence);
  }
  return found;
}

}  // namespace understudy::calendar
