// libical is not thread safe in places (errno and buffers of its own): this folder is used from the control
// thread, and in the processes of the command line, alone.
#include "calendar/rule.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"

namespace understudy::calendar {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t kLongestRule = 1000;
constexpr std::string_view kExample = "expected for instance FREQ=WEEKLY;BYDAY=SU";

struct Part {
  std::string name;
  std::string value;
};

Error rule_error(std::string_view what) { return {fmt::format("{}; {}", what, kExample)}; }

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  return out;
}

std::string join(const std::vector<Part>& parts) {
  std::string text;
  for (const Part& part : parts) {
    if (!text.empty()) text += ';';
    text.append(part.name).append(1, '=').append(part.value);
  }
  return text;
}

const std::string* find(const std::vector<Part>& parts, std::string_view name) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& p) { return p.name == name; });
  return found == parts.end() ? nullptr : &found->value;
}

Result<std::vector<Part>> split_rule(std::string_view text) {
  constexpr std::array<std::string_view, 14> kNames = {
      "FREQ",  "UNTIL",      "COUNT",     "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR",
      "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH",  "BYSETPOS", "WKST"};
  if (text.size() > kLongestRule) return rule_error("the rule is too long");
  std::vector<Part> parts;
  for (const std::string_view piece : split_at(text, ';')) {
    const auto equals = piece.find('=');
    if (equals == std::string_view::npos || equals + 1 == piece.size())
      return rule_error(fmt::format("\"{}\" is no part of a rule", printable(piece)));
    Part part = {upper(piece.substr(0, equals)), upper(piece.substr(equals + 1))};
    if (std::find(kNames.begin(), kNames.end(), part.name) == kNames.end())
      return rule_error(fmt::format("{} is not known in rules here", printable(part.name)));
    if (find(parts, part.name) != nullptr) return rule_error(fmt::format("{} is there twice", part.name));
    const bool plain = std::all_of(part.value.begin(), part.value.end(), [](char c) {
      return is_alpha(c) || is_digit(c) || c == ',' || c == '+' || c == '-';
    });
    if (!plain) return rule_error(fmt::format("{} can't be \"{}\"", part.name, printable(part.value)));
    parts.push_back(std::move(part));
  }
  return parts;
}

std::optional<int> number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Days that no month named has, which libical would look for until the year 2582.
bool has_impossible_days(const std::vector<Part>& parts) {
  const std::string* months = find(parts, "BYMONTH");
  const std::string* month_days = find(parts, "BYMONTHDAY");
  if (months == nullptr || month_days == nullptr) return false;
  constexpr std::array<int, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int most = 0;
  for (const std::string_view month : split_at(*months, ',')) {
    const auto value = number(month);
    if (!value || *value < 1 || *value > 12) return false;  // for libical to refuse
    most = std::max(most, kDays[static_cast<std::size_t>(*value - 1)]);
  }
  const auto pieces = split_at(*month_days, ',');
  return std::all_of(pieces.begin(), pieces.end(), [most](std::string_view day) {
    const auto value = number(day);
    return value && std::abs(*value) > most;
  });
}

std::optional<Error> refuse_parts(const std::vector<Part>& parts) {
  const std::string* freq = find(parts, "FREQ");
  if (freq == nullptr) return rule_error("FREQ is missing");
  constexpr std::string_view kTooOften = "it repeats more often than daily, which a window can't";
  if (*freq == "SECONDLY" || *freq == "MINUTELY" || *freq == "HOURLY") return rule_error(kTooOften);
  for (const std::string_view name : {"BYHOUR", "BYMINUTE", "BYSECOND"}) {
    const std::string* values = find(parts, name);
    if (values != nullptr && values->find(',') != std::string::npos) return rule_error(kTooOften);
  }
  const std::string* count = find(parts, "COUNT");
  if (count != nullptr && find(parts, "UNTIL") != nullptr)
    return rule_error("COUNT and UNTIL exclude each other");
  if (count != nullptr && number(*count).value_or(0) > kMostRepeats)
    return rule_error(
        fmt::format("COUNT is at most {}; leave it out for a rule without an end", kMostRepeats));
  const std::string* day = find(parts, "BYDAY");
  const bool numbered = day != nullptr && std::any_of(day->begin(), day->end(), is_digit);
  if (numbered && *freq != "MONTHLY" && *freq != "YEARLY")
    return rule_error("BYDAY has numbers in monthly and yearly rules alone");
  if (has_impossible_days(parts)) return rule_error("it never takes place: no month of BYMONTH has that day");
  return std::nullopt;
}

/// The last local time whose moment is not after `until`.
LocalTime last_local(Moment until, const Zone& zone) {
  const LocalTime local = zone.local(until);
  const LocalMoments moments = zone.moments(local);
  if (moments.kind != LocalMoments::Kind::kDoubled || moments.first == until) return local;
  // In an hour's second pass, all of the first lies behind.
  const auto changes = zone.changes(moments.first, until + seconds(1));
  return changes.empty() ? local : zone.local(changes.back().at - seconds(1));
}

/// What an UNTIL says, a date being the whole of its day.
std::optional<BasicTime> parse_until(std::string_view text) {
  auto until = parse_basic(text);
  if (until && until->form == BasicTime::Form::kDate) until->time += days(1) - seconds(1);
  return until;
}

icaltimetype to_ical(LocalTime time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  icaltimetype out = ical().icaltime_null_time();
  out.year = static_cast<int>(date.year());
  out.month = static_cast<int>(static_cast<unsigned>(date.month()));
  out.day = static_cast<int>(static_cast<unsigned>(date.day()));
  out.hour = static_cast<int>(clock.hours().count());
  out.minute = static_cast<int>(clock.minutes().count());
  out.second = static_cast<int>(clock.seconds().count());
  return out;
}

std::optional<LocalTime> from_ical(const icaltimetype& time) {
  if (ical().icaltime_is_null_time(time) != 0 || time.year > kLastYear) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(time.year),
                                         std::chrono::month(static_cast<unsigned>(time.month)),
                                         std::chrono::day(static_cast<unsigned>(time.day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::local_days(date) + hours(time.hour) + std::chrono::minutes(time.minute) +
         seconds(time.second);
}

}  // namespace

std::vector<std::string_view> split_at(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (auto end = text.find(separator); end != std::string_view::npos; end = text.find(separator)) {
    pieces.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  pieces.push_back(text);
  return pieces;
}

Result<Rule> parse_rule(std::string_view text, const Zone& zone) {
  auto parts = split_rule(text);
  if (!parts) return parts.error();
  if (auto refused = refuse_parts(*parts)) return std::move(*refused);
  for (Part& part : *parts) {
    if (part.name != "UNTIL") continue;
    const auto until = parse_until(part.value);
    if (!until)
      return rule_error(fmt::format("UNTIL={} is no time; expected UNTIL=20261231T230000Z", part.value));
    const bool utc = until->form == BasicTime::Form::kUtc;
    part.value = format_basic(utc ? last_local(Moment(until->time.time_since_epoch()), zone) : until->time);
  }
  const auto library = load_ical();
  if (!library) return library.error();
  Rule rule;
  rule.text = join(*parts);
  rule.recur = ical().icalrecurrencetype_from_string(rule.text.c_str());
  if (rule.recur.freq == ICAL_NO_RECURRENCE)
    return rule_error(fmt::format("{} is no rule of RFC 5545", printable(text)));
  return rule;
}

std::string rule_with_utc_until(std::string_view text, const Zone& zone) {
  auto parts = split_rule(text);
  if (!parts) return {};
  for (Part& part : *parts) {
    const auto until = part.name == "UNTIL" ? parse_until(part.value) : std::nullopt;
    if (!until || until->form == BasicTime::Form::kUtc) continue;
    part.value = format_basic(LocalTime(zone.moments(until->time).first.time_since_epoch())) + "Z";
  }
  return join(*parts);
}

std::optional<Occurrence> Plan::occurrence(LocalTime local_start) const {
  const Moment from = zone->moments(local_start).first;
  const Moment to = zone->moments(local_start + span).first;
  if (to <= from) return std::nullopt;
  return Occurrence{from, to};
}

Starts::Starts(const Plan& plan, LocalTime from) : plan_(plan), from_(std::max(from, plan.start)) {
  if (!plan.rule) return;
  const icaltimetype& until = plan.rule->recur.until;
  if (ical().icaltime_is_null_time(until) == 0 && ical().icaltime_compare(to_ical(from_), until) > 0) return;
  iterator_.reset(ical().icalrecur_iterator_new(plan.rule->recur, to_ical(plan.start)));
  // libical 3.0.16 loses the weekday of BYWEEKNO where it doesn't begin at the beginning.
  const bool by_week = plan.rule->recur.by_week_no[0] != ICAL_RECURRENCE_ARRAY_MAX;
  const bool seeks = iterator_ && from_ > plan.start && plan.rule->recur.count == 0 && !by_week;
  if (seeks && ical().icalrecur_iterator_set_start(iterator_.get(), to_ical(from_)) == 0) {
    // Not from there, then: from the beginning.
    iterator_.reset(ical().icalrecur_iterator_new(plan.rule->recur, to_ical(plan.start)));
  }
}

std::optional<LocalTime> Starts::step() {
  if (std::exchange(first_, false) && from_ == plan_.start) return plan_.start;
  while (iterator_) {
    const auto start = from_ical(ical().icalrecur_iterator_next(iterator_.get()));
    if (!start) {
      iterator_.reset();
    } else if (*start >= from_ && *start != plan_.start) {
      return start;
    }
  }
  return std::nullopt;
}

std::optional<LocalTime> Starts::next() {
  auto start = step();
  while (start && std::binary_search(plan_.except.begin(), plan_.except.end(), format_local(*start)))
    start = step();
  return start;
}

bool ever_takes_place(const Rule& rule, LocalTime start) {
  Plan plan;
  plan.start = start;
  plan.rule = rule;
  const std::unique_ptr<icalrecur_iterator, void (*)(icalrecur_iterator*)> iterator(
      ical().icalrecur_iterator_new(rule.recur, to_ical(start)), ical().icalrecur_iterator_free);
  return iterator && from_ical(ical().icalrecur_iterator_next(iterator.get()));
}

std::string rule_without_count(const Plan& plan) {
  if (!plan.rule || plan.rule->recur.count == 0) return plan.rule ? plan.rule->text : std::string();
  Plan all = plan;
  const int count = all.rule->recur.count;
  all.rule->recur.count = 0;
  all.except.clear();
  Starts starts(all, all.start);
  LocalTime last = all.start;
  for (int i = 0; i < count; ++i) {
    const auto start = starts.next();
    if (!start) break;
    last = *start;
  }
  auto parts = split_rule(all.rule->text);
  for (Part& part : *parts) {
    if (part.name == "COUNT") part = {"UNTIL", format_basic(last)};
  }
  return join(*parts);
}

}  // namespace understudy::calendar
