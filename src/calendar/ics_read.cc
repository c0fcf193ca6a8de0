#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "calendar/ics_text.h"
#include "calendar/ics_zone.h"
#include "calendar/occurrences.h"
#include "calendar/rule.h"

namespace understudy::calendar {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr std::size_t kLargest = std::size_t{1} << 20U;
constexpr std::size_t kMostEvents = 1000;
constexpr std::size_t kLongestText = 4000;

using Event = std::vector<Property>;

struct Calendar {
  std::vector<Event> events;
  std::map<std::string, std::string> locations;  ///< of its VTIMEZONEs, by TZID
  bool cancelled = false;
};

/// A time with the zone that it is in.
struct ZonedTime {
  LocalTime local;
  std::string zone;
  bool date = false;
};

Error at_line(std::size_t line, std::string_view what) { return {fmt::format("line {}: {}", line, what)}; }

const Property* find(const Event& event, std::string_view name) {
  const auto found =
      std::find_if(event.begin(), event.end(), [&](const Property& p) { return p.name == name; });
  return found == event.end() ? nullptr : &*found;
}

std::string text_of(const Event& event, std::string_view name) {
  const Property* property = find(event, name);
  if (property == nullptr) return {};
  const std::string text = unescape_text(property->value);
  return std::string(cut(text, kLongestText));
}

std::size_t lines_of(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) +
         (text.ends_with('\n') ? 0 : 1);
}

std::optional<Error> refuse_text(std::string_view text) {
  if (text.size() > kLargest) return Error{"too large; expected at most 1 MiB of iCalendar"};
  if (text.find('\0') == std::string_view::npos && is_utf8(text)) return std::nullopt;
  std::size_t line = 0;
  while (!text.empty()) {
    const auto one = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    ++line;
    if (!is_utf8(one) || one.find('\0') != std::string_view::npos) return at_line(line, "no UTF-8 text");
  }
  return Error{"no UTF-8 text"};
}

/// Sorts the lines into events; what stands in components within an event (alarms) is of no account.
Result<Calendar> sort_lines(const std::vector<Property>& properties, std::size_t lines) {
  Calendar calendar;
  std::vector<std::string> open;
  std::string zone_id;
  for (const Property& property : properties) {
    const std::string kind = property.name == "BEGIN" || property.name == "END" ? lower(property.value) : "";
    if (open.empty() && (property.name != "BEGIN" || kind != "vcalendar"))
      return at_line(property.line,
                     fmt::format("expected BEGIN:VCALENDAR, found {}", printable(property.name)));
    if (property.name == "BEGIN") {
      open.push_back(kind);
      if (kind == "vevent" && open.size() == 2) calendar.events.emplace_back();
      if (calendar.events.size() > kMostEvents)
        return at_line(property.line, fmt::format("too many events; expected at most {}", kMostEvents));
    } else if (property.name == "END") {
      if (open.back() != kind)
        return at_line(property.line,
                       fmt::format("END:{} closes nothing", printable(cut(property.value, 40))));
      open.pop_back();
    } else if (open.size() == 2 && open.back() == "vevent") {
      calendar.events.back().push_back(property);
    } else if (open.size() == 2 && open.back() == "vtimezone") {
      if (property.name == "TZID") zone_id = property.value;
      if (property.name == "X-LIC-LOCATION") calendar.locations[zone_id] = property.value;
    } else if (open.size() == 1 && property.name == "METHOD") {
      calendar.cancelled = calendar.cancelled || iequals(property.value, "CANCEL");
    }
  }
  if (!open.empty()) return at_line(lines, "the text ends before END:VCALENDAR");
  return calendar;
}

/// Turns events into windows, with what their calendar and the caller say of zones.
class EventReader {
 public:
  EventReader(const Calendar& calendar, std::string default_zone)
      : calendar_(calendar), default_zone_(std::move(default_zone)) {}

  [[nodiscard]] Result<model::Window> read(const Event& event) const {
    if (auto refused = refuse(event)) return std::move(*refused);
    model::Window window;
    auto start = read_time(*find(event, "DTSTART"), find(event, "DTSTART")->value);
    if (!start) return start.error();
    const auto end = read_end(event, *start);
    if (!end) return end.error();
    window.zone = start->zone;
    window.start = format_local(start->local);
    window.end = format_local(*end);
    if (const Property* rule = find(event, "RRULE")) window.rule = rule->value;
    for (const Property& property : event) {
      if (property.name != "EXDATE") continue;
      if (auto failed = read_exceptions(property, *start, window.except)) return std::move(*failed);
    }
    if (auto failed = read_words(event, window)) return std::move(*failed);
    for (const WindowProblem& problem : judge(window, std::nullopt)) {
      if (problem.field != "groups") return Error{fmt::format("{}: {}", problem.field, problem.message)};
    }
    return window;
  }

 private:
  [[nodiscard]] std::optional<Error> refuse(const Event& event) const {
    if (calendar_.cancelled || iequals(text_of(event, "STATUS"), "CANCELLED"))
      return Error{"it is cancelled"};
    if (find(event, "RECURRENCE-ID") != nullptr)
      return Error{"it changes one occurrence of a series; plan that one as a window of its own"};
    for (const std::string_view name : {"RDATE", "EXRULE"}) {
      if (find(event, name) != nullptr) return Error{fmt::format("{} is not known here", name)};
    }
    const auto rules =
        std::count_if(event.begin(), event.end(), [](const auto& p) { return p.name == "RRULE"; });
    if (rules > 1) return Error{"it has several rules; expected one"};
    if (find(event, "DTSTART") == nullptr) return Error{"it has no start (DTSTART)"};
    return std::nullopt;
  }

  [[nodiscard]] Result<ZonedTime> read_time(const Property& property, std::string_view value) const {
    const auto time = parse_basic(trim(value));
    if (!time) return Error{fmt::format("{}: \"{}\" is no time", property.name, printable(cut(value, 100)))};
    if (time->form == BasicTime::Form::kUtc) return ZonedTime{time->time, "UTC"};
    const bool date = time->form == BasicTime::Form::kDate;
    const std::string id = property.param("TZID");
    if (id.empty()) return ZonedTime{time->time, default_zone_, date};
    if (auto zone = zone_of_tzid(id)) return ZonedTime{time->time, std::move(*zone), date};
    const auto location = calendar_.locations.find(id);
    if (location != calendar_.locations.end()) {
      if (auto zone = zone_of_tzid(location->second)) return ZonedTime{time->time, std::move(*zone), date};
    }
    return Error{
        fmt::format("{}: the time zone \"{}\" is not known", property.name, printable(cut(id, 100)))};
  }

  /// The same moment on the clocks of `zone`.
  [[nodiscard]] static LocalTime moved(const ZonedTime& time, const std::string& zone) {
    const auto from = find_zone(time.zone);
    const auto to = find_zone(zone);
    if (time.zone == zone || !from || !to) return time.local;
    return to->local(from->moments(time.local).first);
  }

  [[nodiscard]] Result<LocalTime> read_end(const Event& event, const ZonedTime& start) const {
    if (const Property* end = find(event, "DTEND")) {
      const auto time = read_time(*end, end->value);
      if (!time) return time.error();
      return time->date ? time->local : moved(*time, start.zone);
    }
    const Property* duration = find(event, "DURATION");
    if (duration == nullptr) {
      if (start.date) return start.local + days(1);
      return Error{"it has no end (DTEND or DURATION)"};
    }
    const auto library = load_ical();
    if (!library) return library.error();
    const auto read = (*library)->icaldurationtype_from_string(duration->value.c_str());
    if ((*library)->icaldurationtype_is_bad_duration(read) != 0 || read.is_neg != 0 || read.weeks > 60 ||
        read.days > 400)
      return Error{fmt::format("DURATION: \"{}\" is none", printable(cut(duration->value, 100)))};
    // Days are those of the calendar, hours those of the clock's hand (RFC 5545 section 3.3.6).
    const LocalTime day = start.local + days(7) * read.weeks + days(read.days);
    const seconds rest =
        std::chrono::hours(read.hours) + std::chrono::minutes(read.minutes) + seconds(read.seconds);
    const auto zone = find_zone(start.zone);
    return zone ? zone->local(zone->moments(day).first + rest) : day + rest;
  }

  [[nodiscard]] std::optional<Error> read_exceptions(const Property& property, const ZonedTime& start,
                                                     std::vector<std::string>& except) const {
    for (const std::string_view value : split_at(property.value, ',')) {
      const auto time = read_time(property, value);
      if (!time) return time.error();
      // A date takes the occurrence of that day away.
      const auto time_of_day = start.local - std::chrono::floor<days>(start.local);
      except.push_back(format_local(time->date ? time->local + time_of_day : moved(*time, start.zone)));
    }
    return std::nullopt;
  }

  [[nodiscard]] static std::optional<Error> read_words(const Event& event, model::Window& window) {
    window.title = text_of(event, "SUMMARY");
    const std::string mode = text_of(event, kIcsMode);
    const bool own = !mode.empty();
    if (own) {
      const auto parsed = model::parse_mode(mode);
      if (!parsed || *parsed == model::Mode::kOpen)
        return Error{fmt::format("{}: expected read-only or maintenance", kIcsMode)};
      window.mode = *parsed;
      if (window.title == made_summary(mode, text_of(event, kIcsGroups))) window.title.clear();
    }
    // Descriptions of meetings are not for clients.
    window.reason = text_of(event, own ? kIcsReason : "DESCRIPTION");
    if (iequals(text_of(event, kIcsAtEnd), to_text(model::AtEnd::kStay))) window.at_end = model::AtEnd::kStay;
    for (const Property& property : event) {
      const bool title = property.name == kIcsTitle;
      if (!title && property.name != kIcsMessage) continue;
      const std::string tag = property.param("LANGUAGE");
      auto at =
          std::find_if(window.texts.begin(), window.texts.end(), [&](const auto& t) { return t.tag == tag; });
      if (at == window.texts.end()) at = window.texts.insert(at, {tag, {}});
      (title ? at->text.title : at->text.message) = cut(unescape_text(property.value), kLongestText);
    }
    return std::nullopt;
  }

  const Calendar& calendar_;
  const std::string default_zone_;
};

}  // namespace

Result<ReadIcs> read_ics(std::string_view text, const std::string& default_zone) {
  if (auto refused = refuse_text(text)) return std::move(*refused);
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const auto properties = read_properties(text);
  if (properties.empty()) return at_line(1, "expected BEGIN:VCALENDAR, found no iCalendar");
  const auto calendar = sort_lines(properties, lines_of(text));
  if (!calendar) return calendar.error();
  ReadIcs read;
  const EventReader reader(*calendar, default_zone);
  for (const Event& event : calendar->events) {
    const std::string uid = text_of(event, "UID");
    auto window = reader.read(event);
    if (window) {
      read.windows.push_back(std::move(*window));
      read.uids.push_back(uid);
      continue;
    }
    const std::string name = uid.empty() ? text_of(event, "SUMMARY") : uid;
    read.left_out.push_back(fmt::format("UID {}: {}", printable(cut(name, 200)), window.error().message));
  }
  return read;
}

}  // namespace understudy::calendar
