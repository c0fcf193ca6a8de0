#include "calendar/vtimezone.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "calendar/ics_text.h"

namespace understudy::calendar {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Where a zone's rule can't be said as a recurrence, its changes are listed for so long.
constexpr int kYearsListed = 40;

std::chrono::year year_of(Moment moment) {
  return std::chrono::year_month_day(std::chrono::floor<days>(moment)).year();
}

Moment begin_of(std::chrono::year year) { return std::chrono::sys_days(year / std::chrono::January / 1); }

std::string offset_text(seconds offset) {
  const seconds distance = offset < seconds(0) ? -offset : offset;
  std::string text = fmt::format("{}{:02}{:02}", offset < seconds(0) ? '-' : '+', distance / hours(1),
                                 distance % hours(1) / minutes(1));
  if (const auto rest = (distance % minutes(1)).count(); rest != 0) text += fmt::format("{:02}", rest);
  return text;
}

/// `rrule` is empty for a change that happens once.
void add_change(std::string& out, const ClockChange& change, const std::string& rrule) {
  const std::string_view kind = change.after.daylight ? "DAYLIGHT" : "STANDARD";
  add_line(out, fmt::format("BEGIN:{}", kind));
  add_line(out, fmt::format("DTSTART:{}",
                            format_basic(LocalTime(change.at.time_since_epoch() + change.before.offset))));
  add_line(out, fmt::format("TZOFFSETFROM:{}", offset_text(change.before.offset)));
  add_line(out, fmt::format("TZOFFSETTO:{}", offset_text(change.after.offset)));
  add_line(out, fmt::format("TZNAME:{}", change.after.name));
  if (!rrule.empty()) add_line(out, rrule);
  add_line(out, fmt::format("END:{}", kind));
}

/// The RRULE of a yearly change; none where recurrences can't say it.
std::optional<std::string> rrule_of(const ChangeDay& change) {
  if (change.form != ChangeDay::Form::kWeekday) return std::nullopt;
  constexpr std::array kWeekdays = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
  // 26:00 on a Thursday is 02:00 on the day behind it.
  const int shift = static_cast<int>(std::chrono::floor<days>(change.time).count());
  const auto* const weekday = kWeekdays[static_cast<std::size_t>(((change.weekday + shift) % 7 + 7) % 7)];
  const int week = change.week == 5 ? -1 : change.week;
  if (shift == 0) return fmt::format("RRULE:FREQ=YEARLY;BYMONTH={};BYDAY={}{}", change.month, week, weekday);
  const int first = (week == -1 ? -7 : 7 * (week - 1) + 1) + shift;
  const int last = first + 6;
  // February's 29th day is not there each year.
  const auto month_end =
      std::chrono::year(2026) / std::chrono::month(static_cast<unsigned>(change.month)) / std::chrono::last;
  const int month_days = static_cast<int>(static_cast<unsigned>(month_end.day()));
  const bool within = week == -1 ? last <= -1 && first >= -month_days : first >= 1 && last <= month_days;
  if (!within) return std::nullopt;
  std::string list;
  for (int day = first; day <= last; ++day) list += fmt::format("{}{}", list.empty() ? "" : ",", day);
  return fmt::format("RRULE:FREQ=YEARLY;BYMONTH={};BYMONTHDAY={};BYDAY={}", change.month, list, weekday);
}

bool same(const std::vector<ClockChange>& a, const std::vector<ClockChange>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const ClockChange& x, const ClockChange& y) {
    return x.at == y.at && x.before == y.before && x.after == y.after;
  });
}

/// The first year from `year` on in which the zone's rule holds for good.
std::chrono::year rule_begins(const Zone& zone, std::chrono::year year) {
  constexpr std::chrono::year kLastInTables(2100);
  std::chrono::year begin = std::max(year, kLastInTables);
  while (begin > year) {
    const std::chrono::year before = begin - std::chrono::years(1);
    const auto changes = zone.changes(begin_of(before), begin_of(begin));
    if (!same(changes, changes_of_year(*zone.rule(), before))) break;
    begin = before;
  }
  return begin;
}

}  // namespace

void add_vtimezone(std::string& out, const std::string& name, const Zone& zone, Moment from) {
  add_line(out, "BEGIN:VTIMEZONE");
  add_line(out, fmt::format("TZID:{}", name));
  add_line(out, fmt::format("X-LIC-LOCATION:{}", name));
  const std::chrono::year first = year_of(from);
  const ClockFace face = zone.at(begin_of(first));
  add_change(out, {begin_of(first), face, face}, {});

  const bool yearly = zone.rule() && zone.rule()->daylight;
  const auto begin_rule = yearly ? rrule_of(zone.rule()->begin) : std::nullopt;
  const auto end_rule = yearly ? rrule_of(zone.rule()->end) : std::nullopt;
  const bool by_rule = begin_rule && end_rule;
  const std::chrono::year until =
      by_rule ? rule_begins(zone, first) : first + std::chrono::years(kYearsListed);
  for (const ClockChange& change : zone.changes(begin_of(first) + seconds(1), begin_of(until)))
    add_change(out, change, {});
  if (by_rule) {
    for (const ClockChange& change : changes_of_year(*zone.rule(), until))
      add_change(out, change, change.after.daylight ? *begin_rule : *end_rule);
  }
  add_line(out, "END:VTIMEZONE");
}

}  // namespace understudy::calendar
