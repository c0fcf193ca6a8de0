#include "app/cli/window.h"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/cli/commands.h"
#include "app/cli/occasion_texts.h"
#include "app/cli/session.h"
#include "app/cli/table.h"
#include "base/files.h"
#include "base/text.h"
#include "calendar/time_text.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxCalendar = std::size_t{1} << 20;

/// "daily", "weekly", "monthly", "yearly" or an RFC 5545 rule, with or without "RRULE:" before it.
std::string to_rule(std::string_view text) {
  for (const std::string_view word : {"daily", "weekly", "monthly", "yearly"}) {
    if (!iequals(text, word)) continue;
    std::string rule = "FREQ=";
    for (const char c : word) rule += static_cast<char>(c - ('a' - 'A'));
    return rule;
  }
  return std::string(iequals(text.substr(0, 6), "RRULE:") ? text.substr(6) : text);
}

/// A time of day, a weekday or a duration as an end is meant from the start on: "22:00" to "02:00".
bool counts_from_start(std::string_view text) {
  const std::string words = lower(trim(text));
  return !words.starts_with("today") && !words.starts_with("tomorrow") && !words.starts_with("now");
}

struct Period {
  WallTime start;
  WallTime end;
  std::string zone;
  std::string notes;
};

Result<Period> read_period(const Options& options, const Moment& moment) {
  if (!options.duration && !options.end) return Error{"the end is missing: --end TIME, or --for DURATION"};
  const std::string zone = options.zone.value_or(moment.zone);
  if (!calendar::is_zone(zone))
    return Error{fmt::format("--zone: no time zone is called \"{}\": expected a name such as Europe/Berlin",
                             printable(zone))};
  const auto start = calendar::parse_time(*options.start, moment.now, zone);
  if (!start) return Error{fmt::format("--start: {}", start.error().message)};
  // A zone written behind the start is the window's; of RFC 3339 times the moment alone counts.
  const bool own_zone = !options.zone && start->zone != "UTC";
  Period period{start->time, {}, own_zone ? start->zone : zone, {}};
  if (!start->note.empty()) period.notes += fmt::format(" (start: {})", start->note);
  if (options.duration) {
    const auto span = calendar::parse_span(*options.duration);
    if (!span) return Error{fmt::format("--for: {}", span.error().message)};
    period.end = period.start + *span;
  } else {
    const WallTime from = counts_from_start(*options.end) ? period.start : moment.now;
    const auto end = calendar::parse_time(*options.end, from, period.zone);
    if (!end) return Error{fmt::format("--end: {}", end.error().message)};
    period.end = end->time;
    if (!end->note.empty()) period.notes += fmt::format(" (end: {})", end->note);
  }
  const auto told = [&](WallTime time) { return calendar::describe_time(time, period.zone); };
  if (period.end <= period.start)
    return Error{fmt::format("--end: {} is not after the start, {}", told(period.end), told(period.start))};
  if (period.end <= moment.now && !options.repeat)
    return Error{fmt::format("--end: {} has passed ({})", told(period.end), from_now(period.end, moment))};
  return {boost::system::in_place_value, std::move(period)};
}

std::string when_text(const json::object& window, const Moment& moment) {
  const json::object& occurrence = object_at(window, "occurrence");
  const auto start = time_at(occurrence, "start");
  const auto end = time_at(occurrence, "end");
  if (!start || !end) return fmt::format("ended ({})", text_at(window, "start"));
  return fmt::format("{} – {}", short_time(*start, moment), short_time(*end, {*start, moment.zone}));
}

Cell state_cell(const json::object& window, const Moment& moment) {
  const json::object& occurrence = object_at(window, "occurrence");
  const std::string state = text_at(occurrence, "state");
  const auto start = time_at(occurrence, "start");
  if (state == "next" && start) return {from_now(*start, moment), Paint::kPlain};
  if (state == "active") return {state, Paint::kYellow};
  return state == "overdue" ? Cell{state, Paint::kRed} : Cell{"ended", Paint::kDim};
}

int print_window(const Result<json::value>& answer, const Options& options) {
  if (!answer) return refuse(answer.error());
  if (!answer->is_object()) return refuse(Error{"the server's answer is no window"});
  if (options.json) {
    print(json::serialize(*answer) + "\n");
    return kDone;
  }
  const std::string id = display_text(text_at(answer->get_object(), "id"));
  print(fmt::format("window {0} is planned; `understudy window remove {0}` cancels it\n", id));
  return kDone;
}

Result<std::string> read_calendar(const std::string& file) {
  if (file != "-") return read_file(file, kMaxCalendar);
  std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  if (text.size() > kMaxCalendar) return Error{"standard input holds more than 1 MiB"};
  return {boost::system::in_place_value, std::move(text)};
}

}  // namespace

Result<WindowOrder> order_window(const Options& options, const Moment& moment) {
  auto period = read_period(options, moment);
  if (!period) return period.error();
  auto texts = to_texts(options.titles, options.messages);
  if (!texts) return texts.error();
  WindowOrder order;
  json::array groups;
  for (const std::string& group : options.groups) groups.emplace_back(group);
  order.body["groups"] = std::move(groups);
  order.body["mode"] = options.read_only ? "read-only" : "maintenance";
  order.body["zone"] = period->zone;
  order.body["start"] = calendar::to_local(period->start, period->zone);
  order.body["end"] = calendar::to_local(period->end, period->zone);
  if (options.title) order.body["title"] = *options.title;
  if (options.reason) order.body["reason"] = *options.reason;
  if (options.repeat) order.body["rule"] = to_rule(*options.repeat);
  if (options.at_end) order.body["atEnd"] = *options.at_end;
  if (!texts->empty()) order.body["texts"] = std::move(*texts);
  const auto length = std::chrono::duration_cast<std::chrono::seconds>(period->end - period->start);
  order.understood = fmt::format("{} from {} {}, for {}{}", options.read_only ? "read-only" : "maintenance",
                                 calendar::describe_time(period->start, period->zone),
                                 fmt::format("to {}", calendar::describe_time(period->end, period->zone)),
                                 calendar::describe_span(length), period->notes);
  if (period->start > moment.now)
    order.understood += fmt::format("; begins {}", from_now(period->start, moment));
  if (options.repeat) order.understood += fmt::format("; again by {}", to_rule(*options.repeat));
  return {boost::system::in_place_value, std::move(order)};
}

std::string render_windows(const json::object& answer, const Moment& moment, const Screen& screen) {
  Table table({{"ID", Cut::kNever},
               {"GROUPS", Cut::kMayBe},
               {"MODE", Cut::kNever},
               {"WHEN", Cut::kNever},
               {"STATE", Cut::kNever},
               {"REPEATS", Cut::kMayBe},
               {"AT END", Cut::kNever},
               {"TITLE", Cut::kMayBe},
               {"BY", Cut::kMayBe}});
  for (const json::object* window : objects_at(answer, "windows")) {
    const std::string at_end = text_at(*window, "atEnd");
    table.add({{text_at(*window, "id"), Paint::kBold},
               {joined_at(*window, "groups"), Paint::kPlain},
               {text_at(*window, "mode"), Paint::kPlain},
               {when_text(*window, moment), Paint::kPlain},
               state_cell(*window, moment),
               {text_at(*window, "rule"), Paint::kPlain},
               {at_end == "reopen" ? "" : at_end, Paint::kPlain},
               {text_at(*window, "title"), Paint::kPlain},
               {text_at(*window, "by"), Paint::kDim}});
  }
  return table.empty() ? "no windows are planned\n" : table.render(screen.width, screen.colour);
}

int run_window_add(const Options& options) {
  const auto order = order_window(options, this_moment());
  if (!order) return wrong_use(order.error().message);
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  std::FILE* out = options.json ? stderr : stdout;
  fmt::print(out, "{}: {}\n", display_text(joined_at(order->body, "groups")), order->understood);
  std::fflush(out);
  return print_window(session->send_json("POST", "/windows", order->body), options);
}

int run_window_list(const Options& options) {
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  const std::string query = options.group ? fmt::format("?group={}", encoded(*options.group)) : "";
  const auto answer = session->get(fmt::format("/windows{}", query));
  if (!answer) return refuse(answer.error());
  if (!answer->is_object()) return refuse(Error{"the server's answer is no list of windows"});
  print(options.json ? json::serialize(*answer) + "\n"
                     : render_windows(answer->get_object(), this_moment(), look_at(stdout)));
  return kDone;
}

int run_window_remove(const Options& options) {
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  int code = kDone;
  for (const std::string& id : options.ids) {
    const auto removed = session->send("DELETE", fmt::format("/windows/{}", encoded(id)));
    if (!removed) {
      code = refuse(removed.error());
    } else if (options.json) {
      print(json::serialize(json::object{{"removed", id}}) + "\n");
    } else {
      print(fmt::format("window {} is removed\n", display_text(id)));
    }
  }
  return code;
}

int run_window_export(const Options& options) {
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  const auto text = session->send("GET", fmt::format("/groups/{}/windows.ics", encoded(*options.group)));
  if (!text) return refuse(text.error());
  return print(*text) ? kDone : refuse(Error{"the calendar can't be written"});
}

int run_window_import(const Options& options) {
  auto calendar = read_calendar(*options.file);
  if (!calendar) return refuse(calendar.error());
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  const std::string target = fmt::format("/groups/{}/windows.ics", encoded(*options.group));
  const auto answer = session->post_calendar(target, std::move(*calendar));
  if (!answer) return refuse(answer.error());
  if (!answer->is_object()) return refuse(Error{"the server's answer is no list of windows"});
  if (options.json) {
    print(json::serialize(*answer) + "\n");
    return kDone;
  }
  const auto added = objects_at(answer->get_object(), "added");
  for (const json::value& left_out : array_at(answer->get_object(), "leftOut")) {
    if (left_out.is_string())
      fmt::print(stderr, "understudy: left out: {}\n", display_text(left_out.get_string().c_str()));
  }
  print(fmt::format("{} {} added\n", added.size(), added.size() == 1 ? "window was" : "windows were"));
  if (!added.empty()) {
    const json::object list{{"windows", array_at(answer->get_object(), "added")}};
    print(render_windows(list, this_moment(), look_at(stdout)));
  }
  return kDone;
}

}  // namespace understudy::app::cli
