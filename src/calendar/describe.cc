// Times and spans for people, both ways: what describe_span() writes, parse_span() reads.
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "calendar/time_text.h"
#include "calendar/zone.h"

namespace understudy::calendar {
namespace {

using std::chrono::days;
using std::chrono::seconds;

struct Unit {
  char letter;
  seconds length;
};
constexpr std::array<Unit, 5> kUnits = {{{'w', std::chrono::weeks(1)},
                                         {'d', days(1)},
                                         {'h', std::chrono::hours(1)},
                                         {'m', std::chrono::minutes(1)},
                                         {'s', seconds(1)}}};
constexpr seconds kLongestSpan = days(3653);

Error span_error(std::string_view text, std::string_view what) {
  return {
      fmt::format("{}: {}; expected a duration such as 90m, 1h30m or 2d", printable(cut(text, 100)), what)};
}

constexpr std::array kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string day_text(std::chrono::local_days day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{} {} {}", kWeekdays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1]);
}

std::string clock_text(seconds since_midnight) {
  const std::chrono::hh_mm_ss time(since_midnight);
  if (time.seconds().count() == 0)
    return fmt::format("{:02}:{:02}", time.hours().count(), time.minutes().count());
  return fmt::format("{:02}:{:02}:{:02}", time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

}  // namespace

Result<seconds> parse_span(std::string_view text) {
  std::string_view rest = trim(text);
  if (rest.empty()) return span_error(text, "no duration");
  seconds sum{};
  std::size_t next_unit = 0;
  while (!rest.empty()) {
    std::int64_t count = 0;
    std::size_t digits = 0;
    for (; digits < rest.size() && is_digit(rest[digits]); ++digits) {
      if (digits >= 10) return span_error(text, "too long (at most ten years)");
      count = count * 10 + (rest[digits] - '0');
    }
    if (digits == 0) return span_error(text, "no duration");
    rest.remove_prefix(digits);
    if (rest.empty() || rest.front() == ' ') return span_error(text, "a unit is missing (w, d, h, m or s)");
    const char letter = to_lower(rest.front());
    while (next_unit < kUnits.size() && kUnits[next_unit].letter != letter) ++next_unit;
    if (next_unit == kUnits.size())
      return span_error(text, "units are w, d, h, m and s, each once, the longest first");
    const bool unit_ends = rest.size() == 1 || rest[1] == ' ' || is_digit(rest[1]);
    if (!unit_ends) return span_error(text, "units are w, d, h, m and s, each once, the longest first");
    sum += count * kUnits[next_unit++].length;
    if (sum > kLongestSpan) return span_error(text, "too long (at most ten years)");
    rest = trim(rest.substr(1));
  }
  if (sum == seconds(0)) return span_error(text, "no time at all");
  return sum;
}

std::string describe_span(seconds span) {
  if (span < seconds(0)) return "-" + describe_span(-span);
  for (std::size_t i = 1; i < kUnits.size(); ++i) {
    const auto [letter, length] = kUnits[i];
    if (span < length) continue;
    std::string text = fmt::format("{}{}", span / length, letter);
    if (i + 1 == kUnits.size()) return text;
    const auto [small, small_length] = kUnits[i + 1];
    const auto rest = span % length / small_length;
    if (rest == 0) return text;
    if (small == 'h') return fmt::format("{} {}{}", text, rest, small);
    return fmt::format("{} {:02}{}", text, rest, small);
  }
  return "0s";
}

std::string describe_time(WallTime time, const std::string& zone) {
  const auto found = find_zone(zone);
  const Moment moment = to_moment(time);
  const ClockFace face = found ? found->at(moment) : ClockFace{seconds(0), false, "UTC"};
  const LocalTime local(moment.time_since_epoch() + face.offset);
  const auto local_day = std::chrono::floor<days>(local);
  std::string text = fmt::format("{} {} {} {}", day_text(local_day),
                                 static_cast<int>(std::chrono::year_month_day(local_day).year()),
                                 clock_text(local - local_day), face.name);
  if (face.name == "UTC") return text;
  const LocalTime utc(moment.time_since_epoch());
  const auto utc_day = std::chrono::floor<days>(utc);
  text += " (";
  if (utc_day != local_day) text += day_text(utc_day) + " ";
  return text + clock_text(utc - utc_day) + " UTC)";
}

}  // namespace understudy::calendar
