#include "http/date.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>

#include <fmt/format.h>

#include "base/text.h"

namespace understudy::http {
namespace {

namespace chr = std::chrono;

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Broken {
  chr::year_month_day date;
  chr::weekday day;
  chr::hh_mm_ss<chr::seconds> time;
};

Broken break_down(WallTime time) {
  const auto seconds = chr::floor<chr::seconds>(time);
  const auto days = chr::floor<chr::days>(seconds);
  return {chr::year_month_day(days), chr::weekday(days), chr::hh_mm_ss<chr::seconds>(seconds - days)};
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// ".25" at the front, as milliseconds; zero where there is no fraction, none where it has no digit.
std::optional<chr::milliseconds> take_fraction(std::string_view& rest) {
  if (!rest.starts_with('.')) return chr::milliseconds(0);
  rest.remove_prefix(1);
  unsigned value = 0;
  unsigned unit = 100;
  const std::size_t before = rest.size();
  for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
    value += unit * static_cast<unsigned>(rest.front() - '0');
    unit /= 10;
  }
  if (rest.size() == before) return std::nullopt;
  return chr::milliseconds(value);
}

/// "Z", "+01:00", "-05:30", and nothing behind it.
std::optional<chr::minutes> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return chr::minutes(0);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = number(text.substr(1, 2));
  const auto minutes = number(text.substr(4, 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const chr::minutes offset = chr::hours(*hours) + chr::minutes(*minutes);
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::string format_http_date(WallTime time) {
  const Broken b = break_down(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[b.day.c_encoding()],
                     static_cast<unsigned>(b.date.day()), kMonths[static_cast<unsigned>(b.date.month()) - 1],
                     static_cast<int>(b.date.year()), b.time.hours().count(), b.time.minutes().count(),
                     b.time.seconds().count());
}

std::optional<chr::sys_seconds> parse_http_date(std::string_view text) {
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  const bool separated =
      text[7] == ' ' && text[11] == ' ' && text[16] == ' ' && text[19] == ':' && text[22] == ':';
  if (!separated) return std::nullopt;
  std::size_t month = 0;
  while (month < kMonths.size() && kMonths[month] != text.substr(8, 3)) ++month;
  const auto day = number(text.substr(5, 2));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (month == kMonths.size() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const chr::year_month_day date(chr::year(static_cast<int>(*year)),
                                 chr::month(static_cast<unsigned>(month) + 1), chr::day(*day));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return chr::sys_days(date) + chr::hours(*hour) + chr::minutes(*minute) + chr::seconds(*second);
}

std::string format_rfc3339(WallTime time) {
  const Broken b = break_down(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(b.date.year()),
                     static_cast<unsigned>(b.date.month()), static_cast<unsigned>(b.date.day()),
                     b.time.hours().count(), b.time.minutes().count(), b.time.seconds().count());
}

std::string format_rfc3339_exact(WallTime time) {
  const auto whole = chr::floor<chr::seconds>(time);
  const auto fraction = chr::floor<chr::milliseconds>(time - whole).count();
  std::string text = format_rfc3339(time);
  if (fraction != 0) text.insert(text.size() - 1, fmt::format(".{:03}", fraction));
  return text;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  if (text.size() < 20) return std::nullopt;
  const bool separated = text[4] == '-' && text[7] == '-' && (text[10] == 'T' || text[10] == 't') &&
                         text[13] == ':' && text[16] == ':';
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = number(text.substr(8, 2));
  const auto hour = number(text.substr(11, 2));
  const auto minute = number(text.substr(14, 2));
  const auto second = number(text.substr(17, 2));
  if (!separated || !year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const chr::year_month_day date(chr::year(static_cast<int>(*year)), chr::month(*month), chr::day(*day));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::string_view rest = text.substr(19);
  const auto fraction = take_fraction(rest);
  const auto offset = fraction ? parse_offset(rest) : std::nullopt;
  if (!offset) return std::nullopt;
  const chr::sys_time<chr::milliseconds> time = chr::sys_days(date) + chr::hours(*hour) +
                                                chr::minutes(*minute) + chr::seconds(*second) + *fraction -
                                                *offset;
  // The clock's nanoseconds end within both of these years.
  constexpr chr::sys_days kFirst = chr::year(1678) / 1 / 1;
  constexpr chr::sys_days kLast = chr::year(2262) / 1 / 1;
  if (time < kFirst || time >= kLast) return std::nullopt;
  return WallTime(time.time_since_epoch());
}

}  // namespace understudy::http
