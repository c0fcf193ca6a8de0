#include "app/cli/api_json.h"

#include <fmt/format.h>

#include <boost/json/value.hpp>

#include "base/text.h"
#include "calendar/time_text.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;

/// "2026-11-22T02:00:00" as the three pieces that people read.
struct LocalTime {
  std::chrono::year_month_day date;
  std::string clock;  ///< "02:00"
};

LocalTime local_time(WallTime time, const std::string& zone) {
  const std::string text = calendar::to_local(time, zone);
  int year = 1970;
  unsigned month = 1;
  unsigned day = 1;
  const auto number = [&](std::size_t at, std::size_t length) {
    unsigned value = 0;
    for (const char c : text.substr(at, length)) value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
  };
  if (text.size() >= 16) {
    year = static_cast<int>(number(0, 4));
    month = number(5, 2);
    day = number(8, 2);
  }
  return {std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day),
          text.size() >= 16 ? text.substr(11, 5) : text};
}

}  // namespace

std::string text_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  const json::string& text = value->get_string();
  return {text.data(), text.size()};
}

std::optional<WallTime> time_at(const json::object& object, std::string_view name) {
  const std::string text = text_at(object, name);
  if (text.empty()) return std::nullopt;
  const auto parsed = calendar::parse_time(text, WallTime{}, "UTC");
  return parsed ? std::optional(parsed->time) : std::nullopt;
}

bool flag_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::uint64_t number_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return 0;
  if (value->is_uint64()) return value->get_uint64();
  return value->is_int64() && value->get_int64() > 0 ? static_cast<std::uint64_t>(value->get_int64()) : 0;
}

const json::array& array_at(const json::object& object, std::string_view name) {
  static const json::array kNone;
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

const json::object& object_at(const json::object& object, std::string_view name) {
  static const json::object kNone;
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : kNone;
}

std::vector<const json::object*> objects_at(const json::object& object, std::string_view name) {
  std::vector<const json::object*> found;
  for (const json::value& value : array_at(object, name)) {
    if (value.is_object()) found.push_back(&value.get_object());
  }
  return found;
}

std::string joined_at(const json::object& object, std::string_view name) {
  std::string out;
  for (const json::value& value : array_at(object, name)) {
    if (!value.is_string()) continue;
    if (!out.empty()) out += ", ";
    out.append(value.get_string().data(), value.get_string().size());
  }
  return out;
}

std::string encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

std::string short_time(WallTime time, const Moment& moment) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const LocalTime then = local_time(time, moment.zone);
  const LocalTime now = local_time(moment.now, moment.zone);
  if (then.date == now.date) return then.clock;
  const std::chrono::weekday weekday{std::chrono::sys_days(then.date)};
  const auto month = static_cast<unsigned>(then.date.month()) - 1;
  const std::string year =
      then.date.year() == now.date.year() ? "" : fmt::format(" {}", static_cast<int>(then.date.year()));
  return fmt::format("{} {} {}{} {}", kDays.at(weekday.c_encoding()), static_cast<unsigned>(then.date.day()),
                     kMonths.at(month), year, then.clock);
}

std::string from_now(WallTime time, const Moment& moment) {
  const auto span = std::chrono::duration_cast<std::chrono::seconds>(time - moment.now);
  if (span.count() < 0) return calendar::describe_span(-span) + " ago";
  return fmt::format("in {}", calendar::describe_span(span));
}

std::string describe_until(WallTime time, const Moment& moment) {
  return fmt::format("until {}, {}", calendar::describe_time(time, moment.zone), from_now(time, moment));
}

Moment this_moment() { return {SystemClock().wall(), calendar::local_zone()}; }

}  // namespace understudy::app::cli
