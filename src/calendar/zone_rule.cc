#include <algorithm>

#include "base/text.h"
#include "calendar/zone.h"

namespace understudy::calendar {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Takes pieces off the front; every take fails for good once one has.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] bool sees(char c) const { return rest_.starts_with(c); }

  bool take(char c) {
    if (!sees(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(char c) { good_ = take(c) && good_; }

  int number(int most) {
    int value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && is_digit(rest_[digits]) && digits < 4; ++digits)
      value = value * 10 + (rest_[digits] - '0');
    rest_.remove_prefix(digits);
    good_ = good_ && digits > 0 && value <= most;
    return value;
  }

  /// "CET" or "<+1030>".
  std::string name() {
    const bool quoted = take('<');
    std::size_t size = 0;
    while (size < rest_.size() && (is_alpha(rest_[size]) || (quoted && rest_[size] != '>'))) ++size;
    std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    if (quoted) need('>');
    good_ = good_ && !name.empty();
    return name;
  }

  /// "[+-]hh[:mm[:ss]]"
  seconds time() {
    const bool negative = take('-');
    if (!negative) take('+');
    seconds time = hours(number(167));
    if (take(':')) time += minutes(number(59));
    if (take(':')) time += seconds(number(59));
    return negative ? -time : time;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

ChangeDay take_change(Cursor& cursor) {
  ChangeDay change;
  cursor.need(',');
  if (cursor.take('M')) {
    change.month = cursor.number(12);
    cursor.need('.');
    change.week = cursor.number(5);
    cursor.need('.');
    change.weekday = cursor.number(6);
  } else if (cursor.take('J')) {
    change.form = ChangeDay::Form::kYearDayWithoutLeap;
    change.day = cursor.number(365);
  } else {
    change.form = ChangeDay::Form::kYearDay;
    change.day = cursor.number(365);
  }
  change.time = cursor.take('/') ? cursor.time() : hours(2);
  return change;
}

LocalTime local_of(const ChangeDay& change, std::chrono::year year) {
  using std::chrono::local_days;
  if (change.form == ChangeDay::Form::kWeekday) {
    const std::chrono::year_month month(year, std::chrono::month(static_cast<unsigned>(change.month)));
    const std::chrono::weekday weekday(static_cast<unsigned>(change.weekday));
    const local_days day = change.week == 5 ? local_days(month / weekday[std::chrono::last])
                                            : local_days(month / weekday[static_cast<unsigned>(change.week)]);
    return day + change.time;
  }
  const local_days first = local_days(year / std::chrono::January / 1);
  if (change.form == ChangeDay::Form::kYearDay) return first + days(change.day) + change.time;
  constexpr int kLastOfFebruary = 59;
  const bool later = year.is_leap() && change.day > kLastOfFebruary;
  return first + days(change.day - (later ? 0 : 1)) + change.time;
}

}  // namespace

std::optional<ZoneRule> parse_zone_rule(std::string_view text) {
  Cursor cursor(text);
  ZoneRule rule;
  rule.standard.name = cursor.name();
  rule.standard.offset = -cursor.time();
  if (cursor.good() && !cursor.done()) {
    ClockFace daylight;
    daylight.daylight = true;
    daylight.name = cursor.name();
    daylight.offset = cursor.sees(',') ? rule.standard.offset + hours(1) : -cursor.time();
    rule.daylight = daylight;
    rule.begin = take_change(cursor);
    rule.end = take_change(cursor);
    for (const ChangeDay* change : {&rule.begin, &rule.end}) {
      if (change->form == ChangeDay::Form::kWeekday && (change->month < 1 || change->week < 1))
        return std::nullopt;
    }
  }
  if (!cursor.good() || !cursor.done()) return std::nullopt;
  return rule;
}

std::vector<ClockChange> changes_of_year(const ZoneRule& rule, std::chrono::year year) {
  if (!rule.daylight) return {};
  const auto moment = [year](const ChangeDay& change, const ClockFace& before) {
    return Moment((local_of(change, year) - before.offset).time_since_epoch());
  };
  std::vector<ClockChange> changes = {
      {moment(rule.begin, rule.standard), rule.standard, *rule.daylight},
      {moment(rule.end, *rule.daylight), *rule.daylight, rule.standard},
  };
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return changes;
}

}  // namespace understudy::calendar
