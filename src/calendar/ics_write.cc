#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "calendar/ics_text.h"
#include "calendar/occurrences.h"
#include "calendar/rule.h"
#include "calendar/vtimezone.h"

namespace understudy::calendar {
namespace {

/// iCalendar has a form of its own for this one, without VTIMEZONE.
constexpr std::string_view kUtc = "UTC";

/// A window that a calendar can hold; others (their zone is gone from the database) can't be told.
struct Event {
  const model::Window* window;
  std::shared_ptr<const Zone> zone;
  LocalTime start;
  LocalTime end;
};

std::vector<Event> events_of(const std::vector<model::Window>& windows) {
  std::vector<Event> events;
  for (const model::Window& window : windows) {
    const auto start = parse_local(window.start);
    const auto end = parse_local(window.end);
    auto zone = find_zone(window.zone);
    if (start && end && zone) events.push_back({&window, std::move(zone), *start, *end});
  }
  return events;
}

std::string time_line(std::string_view name, LocalTime time, const std::string& zone) {
  if (zone == kUtc) return fmt::format("{}:{}Z", name, format_basic(time));
  return fmt::format("{};TZID={}:{}", name, zone, format_basic(time));
}

/// Joined by what can't be part of a line's structure.
std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

void add_text(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) add_line(out, fmt::format("{}:{}", name, escape_text(value)));
}

/// A tag is part of the line's structure: what it may not hold is left out.
std::string plain_tag(std::string_view tag) {
  std::string plain;
  for (const char c : tag) {
    if (is_alpha(c) || is_digit(c) || c == '-') plain += c;
  }
  return plain;
}

/// What people read in their calendar: in English if it is there, else the first language.
std::string description(const model::Window& window) {
  const auto english = std::find_if(window.texts.begin(), window.texts.end(),
                                    [](const auto& text) { return iequals(text.tag, "en"); });
  const auto chosen = english != window.texts.end() ? english : window.texts.begin();
  return chosen == window.texts.end() ? std::string() : chosen->text.message;
}

void add_texts(std::string& out, const model::Window& window) {
  for (const model::OccasionText& text : window.texts) {
    const std::string tag = plain_tag(text.tag);
    add_line(out, fmt::format("{};LANGUAGE={}:{}", kIcsTitle, tag, escape_text(text.text.title)));
    add_line(out, fmt::format("{};LANGUAGE={}:{}", kIcsMessage, tag, escape_text(text.text.message)));
  }
}

void add_event(std::string& out, const Event& event, WallTime now) {
  const model::Window& window = *event.window;
  const std::string groups = joined(window.groups);
  add_line(out, "BEGIN:VEVENT");
  add_text(out, "UID", fmt::format("{}@understudy", window.id));
  add_line(out, fmt::format("DTSTAMP:{}Z", format_basic(LocalTime(to_moment(now).time_since_epoch()))));
  add_line(out, time_line("DTSTART", event.start, window.zone));
  add_line(out, time_line("DTEND", event.end, window.zone));
  if (!window.rule.empty()) {
    const std::string rule = rule_with_utc_until(window.rule, *event.zone);
    if (!rule.empty()) add_line(out, fmt::format("RRULE:{}", rule));
  }
  for (const std::string& except : window.except) {
    if (const auto time = parse_local(except)) add_line(out, time_line("EXDATE", *time, window.zone));
  }
  add_text(out, "SUMMARY", window.title.empty() ? made_summary(to_text(window.mode), groups) : window.title);
  add_text(out, "DESCRIPTION", description(window));
  add_line(out, "TRANSP:TRANSPARENT");
  add_line(out, fmt::format("{}:{}", kIcsMode, to_text(window.mode)));
  add_text(out, kIcsGroups, groups);
  add_line(out, fmt::format("{}:{}", kIcsAtEnd, to_text(window.at_end)));
  add_text(out, kIcsReason, window.reason);
  add_texts(out, window);
  add_line(out, "END:VEVENT");
}

}  // namespace

std::string write_ics(const std::vector<model::Window>& windows, std::string_view name, WallTime now) {
  const std::vector<Event> events = events_of(windows);
  std::string out;
  add_line(out, "BEGIN:VCALENDAR");
  add_line(out, "VERSION:2.0");
  add_line(out, "PRODID:-//understudy//windows//EN");
  add_line(out, "CALSCALE:GREGORIAN");
  add_line(out, "METHOD:PUBLISH");
  add_text(out, "X-WR-CALNAME", name);
  add_line(out, "REFRESH-INTERVAL;VALUE=DURATION:PT1H");
  add_line(out, "X-PUBLISHED-TTL:PT1H");

  struct Named {
    std::shared_ptr<const Zone> zone;
    Moment from;
  };
  std::map<std::string, Named> zones;
  for (const Event& event : events) {
    if (event.window->zone == kUtc) continue;
    const Moment from = event.zone->moments(event.start).first;
    const auto [at, added] = zones.try_emplace(event.window->zone, Named{event.zone, from});
    if (!added) at->second.from = std::min(at->second.from, from);
  }
  for (const auto& [zone_name, zone] : zones)
    add_vtimezone(out, zone_name, *zone.zone, zone.from - std::chrono::days(40));
  for (const Event& event : events) add_event(out, event, now);
  add_line(out, "END:VCALENDAR");
  return out;
}

}  // namespace understudy::calendar
