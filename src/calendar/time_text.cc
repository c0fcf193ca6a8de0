#include "calendar/time_text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "base/text.h"
#include "calendar/zone.h"

namespace understudy::calendar {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::seconds;
using Words = std::vector<std::string_view>;

constexpr std::string_view kExpected =
    "expected for instance 22:30, tomorrow 02:00, fri 22:30, 2026-11-22T02:00, 2026-11-22T02:00:00Z, in 2h "
    "or now";
constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr std::size_t kLongestText = 200;

struct ZoneChoice {
  std::string name;
  std::shared_ptr<const Zone> zone;
};

Error error(std::string_view text, std::string_view what) {
  return {fmt::format("{}: {}", printable(text), what)};
}

Words split(std::string_view text) {
  Words words;
  while (!text.empty()) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    words.push_back(text.substr(0, text.find_first_of(" \t")));
    text.remove_prefix(words.back().size());
  }
  return words;
}

/// A number of exactly `size` digits at `from`, or -1.
int number_at(std::string_view text, std::size_t from, std::size_t size) {
  if (from + size > text.size()) return -1;
  int value = 0;
  for (const char c : text.substr(from, size)) {
    if (!is_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// "22:30" or "22:30:15"; "2:05" is fine.
Result<seconds> parse_clock(std::string_view text) {
  const std::string padded = text.size() > 1 && text[1] == ':' ? "0" + std::string(text) : std::string(text);
  const int hour = number_at(padded, 0, 2);
  const int minute = number_at(padded, 3, 2);
  const int second = padded.size() > 5 ? number_at(padded, 6, 2) : 0;
  const bool shape = (padded.size() == 5 || (padded.size() == 8 && padded[5] == ':')) && padded[2] == ':';
  if (!shape || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return error(text, "no time of day; expected HH:MM up to 23:59");
  return hours(hour) + minutes(minute) + seconds(second);
}

bool looks_like_date(std::string_view text) {
  return number_at(text, 0, 4) >= 0 && text.size() >= 5 && text[4] == '-';
}

/// "2026-11-22"
Result<local_days> parse_date(std::string_view text) {
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || year < 0 || month < 0 || day < 0)
    return error(text, "no date; expected YYYY-MM-DD");
  if (year < kFirstYear || year > kLastYear)
    return error(text, fmt::format("the year is out of reach; expected {} to {}", kFirstYear, kLastYear));
  if (month < 1 || month > 12) return error(text, "there is no such month; expected 01 to 12");
  const auto in_month = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month));
  const auto last = static_cast<unsigned>((in_month / std::chrono::last).day());
  if (day < 1 || static_cast<unsigned>(day) > last)
    return error(text, fmt::format("there is no such day; the month's last is {}", last));
  return local_days(in_month / std::chrono::day(static_cast<unsigned>(day)));
}

/// "Z", "+01:00"
Result<seconds> parse_offset(std::string_view text) {
  if (iequals(text, "Z")) return seconds(0);
  const int hour = number_at(text, 1, 2);
  const int minute = number_at(text, 4, 2);
  if (text.size() != 6 || text[3] != ':' || hour < 0 || hour > 23 || minute < 0 || minute > 59)
    return error(text, "no offset; expected Z or +HH:MM");
  const seconds offset = hours(hour) + minutes(minute);
  return text[0] == '-' ? -offset : offset;
}

std::string with_offset(Moment moment, const ClockFace& face) {
  const auto distance = face.offset < seconds(0) ? -face.offset : face.offset;
  return fmt::format("{}{}{:02}:{:02}", format_local(LocalTime(moment.time_since_epoch() + face.offset)),
                     face.offset < seconds(0) ? '-' : '+', distance / hours(1),
                     distance % hours(1) / minutes(1));
}

Result<ParsedTime> parsed(std::string_view text, Moment moment, const ZoneChoice& choice) {
  const LocalTime local = choice.zone->local(moment);
  const auto year = static_cast<int>(std::chrono::year_month_day(std::chrono::floor<days>(local)).year());
  if (year < kFirstYear || year > kLastYear)
    return error(text, fmt::format("the year is out of reach; expected {} to {}", kFirstYear, kLastYear));
  return ParsedTime{moment, choice.name, format_local(local), ""};
}

Error skipped_error(std::string_view text, Moment after, const ZoneChoice& choice) {
  const Moment before = after - seconds(1);
  return error(text, fmt::format("{} has no such time that day, its clocks are put forward; the moments "
                                 "before and after are {} and {}",
                                 choice.name, with_offset(before, choice.zone->at(before)),
                                 with_offset(after, choice.zone->at(after))));
}

Error doubled_error(std::string_view text, const LocalMoments& moments, const ZoneChoice& choice) {
  const ClockFace first = choice.zone->at(moments.first);
  const ClockFace second = choice.zone->at(moments.second);
  return error(text,
               fmt::format("{} has that time twice that day, its clocks are put back; say {} ({}) or {} ({})",
                           choice.name, with_offset(moments.first, first), first.name,
                           with_offset(moments.second, second), second.name));
}

Result<ParsedTime> at_local(std::string_view text, LocalTime local, const ZoneChoice& choice) {
  const LocalMoments moments = choice.zone->moments(local);
  if (moments.kind == LocalMoments::Kind::kSkipped) return skipped_error(text, moments.first, choice);
  if (moments.kind == LocalMoments::Kind::kDoubled) return doubled_error(text, moments, choice);
  return parsed(text, moments.first, choice);
}

/// The time of day `clock` on `day`, or where that has passed, `step` later.
Result<ParsedTime> next_at(std::string_view text, local_days day, seconds clock, days step, Moment now,
                           const ZoneChoice& choice) {
  const LocalMoments moments = choice.zone->moments(day + clock);
  if (moments.first > now) return at_local(text, day + clock, choice);
  if (moments.second <= now) return at_local(text, day + step + clock, choice);
  // Of the two, one lies behind.
  auto later = parsed(text, moments.second, choice);
  if (later) {
    const ClockFace face = choice.zone->at(moments.second);
    later->note = fmt::format(
        "clocks are put back that day and have this time twice: the second is meant ({})", face.name);
  }
  return later;
}

std::optional<unsigned> parse_weekday(std::string_view word) {
  for (unsigned i = 0; i < kWeekdays.size(); ++i) {
    const bool fits = word.size() >= 3 && word.size() <= kWeekdays[i].size();
    if (fits && iequals(kWeekdays[i].substr(0, word.size()), word)) return i;
  }
  return std::nullopt;
}

Result<ZoneChoice> choose_zone(std::string_view name) {
  if (const auto known = canonical_zone(name)) return ZoneChoice{*known, find_zone(*known)};
  const auto similar = similar_zone(name);
  return error(name, similar ? fmt::format("no such time zone; did you mean {}?", *similar)
                             : "no such time zone; expected an IANA name such as Europe/Berlin");
}

/// RFC 3339 with an offset; none: the text has none.
std::optional<Result<ParsedTime>> parse_with_offset(std::string_view text, const Words& words) {
  if (!looks_like_date(words.front()) || words.size() > 2) return std::nullopt;
  const bool together = words.size() == 1;
  std::string_view rest = together ? words[0].substr(std::min<std::size_t>(words[0].size(), 11)) : words[1];
  if (together && (words[0].size() < 11 || to_lower(words[0][10]) != 't')) return std::nullopt;
  const auto offset_at = rest.find_first_of("Zz+-");
  if (offset_at == std::string_view::npos || rest.empty() || !is_digit(rest.front())) return std::nullopt;

  const auto date = parse_date(words[0].substr(0, together ? 10 : words[0].size()));
  if (!date) return date.error();
  std::string_view clock_text = rest.substr(0, offset_at);
  const auto fraction = clock_text.find('.');
  if (fraction != std::string_view::npos) {
    const auto digits = clock_text.substr(fraction + 1);
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit))
      return error(clock_text, "no time of day; expected HH:MM up to 23:59");
    clock_text = clock_text.substr(0, fraction);
  }
  const auto clock = parse_clock(clock_text);
  if (!clock) return clock.error();
  const auto offset = parse_offset(rest.substr(offset_at));
  if (!offset) return offset.error();
  const Moment moment((*date + *clock - *offset).time_since_epoch());
  return parsed(text, moment, {"UTC", find_zone("UTC")});
}

bool looks_like_span(const Words& words) {
  if (iequals(words[0], "in") || words[0].front() == '+') return true;
  return is_digit(words[0].front()) && words[0].find_first_of(":-") == std::string_view::npos &&
         std::any_of(words[0].begin(), words[0].end(), is_alpha);
}

Result<ParsedTime> parse_from_now(std::string_view text, const Words& words, Moment now,
                                  const ZoneChoice& choice) {
  std::string_view span_text = text;
  if (iequals(words[0], "in")) span_text.remove_prefix(2);
  span_text = trim(span_text);
  if (span_text.starts_with('+')) span_text.remove_prefix(1);
  if (words.size() > 1 && is_alpha(words.back().front()) && canonical_zone(words.back()))
    return error(text, "a duration from now takes no time zone");
  const auto span = parse_span(span_text);
  if (!span) return span.error();
  return parsed(text, now + *span, choice);
}

/// A day and a time of day, each as a person names them.
Result<ParsedTime> parse_day_and_clock(std::string_view text, Words words, Moment now,
                                       const ZoneChoice& choice) {
  const auto today = std::chrono::floor<days>(choice.zone->local(now));
  const std::string_view head = words.front();
  const auto weekday = parse_weekday(head);
  const bool names_day =
      iequals(head, "today") || iequals(head, "tomorrow") || weekday || looks_like_date(head);
  std::string_view clock_text;
  if (!names_day) {
    clock_text = head;
    if (!is_digit(head.front()) || words.size() > 1)
      return error(text, fmt::format("not understood; {}", kExpected));
  } else if (looks_like_date(head) && head.size() > 10 && to_lower(head[10]) == 't' && words.size() == 1) {
    clock_text = head.substr(11);
    words[0] = head.substr(0, 10);
  } else {
    if (words.size() > 1 && iequals(words[1], "at")) words.erase(words.begin() + 1);
    if (words.size() == 1) return error(text, "a time of day is missing; expected HH:MM behind the day");
    if (words.size() > 2) return error(text, fmt::format("not understood; {}", kExpected));
    clock_text = words[1];
  }
  const auto clock = parse_clock(clock_text);
  if (!clock) return clock.error();
  if (!names_day) return next_at(text, today, *clock, days(1), now, choice);
  if (iequals(head, "today")) return at_local(text, today + *clock, choice);
  if (iequals(head, "tomorrow")) return at_local(text, today + days(1) + *clock, choice);
  if (weekday) {
    const auto day = today + (std::chrono::weekday(*weekday) - std::chrono::weekday(today));
    return next_at(text, day, *clock, days(7), now, choice);
  }
  const auto date = parse_date(words[0]);
  if (!date) return date.error();
  return at_local(text, *date + *clock, choice);
}

std::string_view after_folder(std::string_view path) {
  constexpr std::string_view kFolder = "zoneinfo/";
  const auto at = path.find(kFolder);
  return at == std::string_view::npos ? path : path.substr(at + kFolder.size());
}

}  // namespace

std::string local_zone() {
  if (const char* variable = std::getenv("TZ")) {  // NOLINT(concurrency-mt-unsafe): nothing sets it
    std::string_view name = variable;
    if (name.starts_with(':')) name.remove_prefix(1);
    if (is_zone(after_folder(name))) return std::string(after_folder(name));
    if (name.empty()) return "UTC";
  }
  std::error_code failed;
  const auto target = std::filesystem::canonical("/etc/localtime", failed);
  const auto link = std::filesystem::read_symlink("/etc/localtime", failed);
  // The link's own target first: the database has links of its own, whose names are as good.
  for (const std::string& path : {link.string(), target.string()}) {
    if (is_zone(after_folder(path))) return std::string(after_folder(path));
  }
  return "UTC";
}

bool is_zone(std::string_view name) { return find_zone(name) != nullptr; }

Result<ParsedTime> parse_time(std::string_view text, WallTime now, const std::string& zone) {
  text = trim(text);
  Words words = split(text);
  if (words.empty()) return Error{fmt::format("no time; {}", kExpected)};
  if (text.size() > kLongestText) return error(cut(text, 40), fmt::format("too long; {}", kExpected));
  if (auto with_offset = parse_with_offset(text, words)) return std::move(*with_offset);

  const Moment present = to_moment(now);
  auto choice = choose_zone(zone);
  if (!choice) return choice.error();
  if (looks_like_span(words)) return parse_from_now(text, words, present, *choice);
  // A zone is the last word, and never the first.
  const bool has_zone = words.size() > 1 && is_alpha(words.back().front()) && !iequals(words.back(), "at");
  const bool known_head = is_digit(words[0].front()) || parse_weekday(words[0]) || iequals(words[0], "now") ||
                          iequals(words[0], "today") || iequals(words[0], "tomorrow");
  if (!known_head) return error(text, fmt::format("not understood; {}", kExpected));
  if (has_zone) {
    choice = choose_zone(words.back());
    if (!choice) return choice.error();
    words.pop_back();
  }
  if (iequals(words[0], "now")) {
    if (words.size() > 1) return error(text, fmt::format("not understood; {}", kExpected));
    return parsed(text, present, *choice);
  }
  return parse_day_and_clock(text, words, present, *choice);
}

std::optional<WallTime> from_local(std::string_view local, const std::string& zone) {
  const auto time = parse_local(local);
  const auto found = find_zone(zone);
  if (!time || !found) return std::nullopt;
  return found->moments(*time).first;
}

std::string to_local(WallTime time, const std::string& zone) {
  const auto found = find_zone(zone);
  const Moment moment = to_moment(time);
  return format_local(found ? found->local(moment) : LocalTime(moment.time_since_epoch()));
}

}  // namespace understudy::calendar
