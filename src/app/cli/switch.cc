#include "app/cli/switch.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/cli/commands.h"
#include "app/cli/occasion_texts.h"
#include "app/cli/output.h"
#include "app/cli/session.h"
#include "app/cli/status_view.h"
#include "app/cli/table.h"
#include "base/text.h"
#include "calendar/time_text.h"
#include "config/settings.h"
#include "http/date.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;

/// Adds the end, by --for or --until, to a body and to what was understood.
Result<void> add_end(SwitchOrder& order, const Options& options, const Moment& moment) {
  if (options.duration) {
    const auto span = calendar::parse_span(*options.duration);
    if (!span) return Error{fmt::format("--for: {}", span.error().message)};
    // The server counts from its own clock: this machine's may be wrong.
    order.body["for"] = fmt::format("{}s", span->count());
    order.understood += fmt::format(" {}", describe_until(moment.now + *span, moment));
  } else if (options.until) {
    const auto until = calendar::parse_time(*options.until, moment.now, moment.zone);
    if (!until) return Error{fmt::format("--until: {}", until.error().message)};
    if (until->time <= moment.now) {
      return Error{fmt::format("--until: {} has passed ({})",
                               calendar::describe_time(until->time, moment.zone),
                               from_now(until->time, moment))};
    }
    order.body["until"] = http::format_rfc3339(until->time);
    order.understood += fmt::format(" {}", describe_until(until->time, moment));
    if (!until->note.empty()) order.understood += fmt::format(" ({})", until->note);
  } else {
    order.understood += ", no end";
  }
  return {};
}

/// The groups without those named twice, in their order.
std::vector<std::string> each_once(const std::vector<std::string>& groups) {
  std::vector<std::string> once;
  for (const std::string& group : groups) {
    if (std::find(once.begin(), once.end(), group) == once.end()) once.push_back(group);
  }
  return once;
}

/// None is switched where one of them is a slip of the pen.
bool all_known(const Session& session, const std::vector<std::string>& groups) {
  bool known = true;
  for (const std::string& group : groups) {
    const auto status = session.get(fmt::format("/groups/{}/status", encoded(group)));
    if (status) continue;
    refuse(status.error());
    known = false;
  }
  if (!known) fmt::print(stderr, "understudy: nothing was switched\n");
  return known;
}

bool is_any_pending(const json::object& status) {
  const auto proxies = objects_at(status, "proxies");
  return std::any_of(proxies.begin(), proxies.end(),
                     [](const json::object* proxy) { return flag_at(*proxy, "pending"); });
}

/// The group is switched; what remains is seen to here, as long as the server says, and not in the server,
/// where other calls would have to wait. The status as it is then, or as it was where it can't be asked.
json::object await_proxies(const Session& session, const std::string& group, json::object status) {
  constexpr std::chrono::milliseconds kPause{10};
  const auto limit =
      config::parse_duration(text_at(status, "proxyTimeout")).value_or(std::chrono::milliseconds(0));
  const auto until = std::chrono::steady_clock::now() + limit;
  while (is_any_pending(status) && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kPause);
    auto now = session.get(fmt::format("/groups/{}/status", encoded(group)));
    if (!now || !now->is_object()) break;
    status["proxies"] = std::move(now->get_object()["proxies"]);
  }
  return status;
}

int switch_groups(const Options& options, const SwitchOrder& order) {
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  const std::vector<std::string> groups = each_once(options.groups);
  if (!all_known(*session, groups)) return kRefused;
  // What was understood is told before it is done; beside JSON it goes where it disturbs nobody.
  for (const std::string& group : groups) {
    fmt::print(options.json ? stderr : stdout, "{}: {}\n", display_text(group), order.understood);
  }
  std::fflush(stdout);
  int code = kDone;
  for (const std::string& group : groups) {
    const auto status = session->send_json("PUT", fmt::format("/groups/{}/mode", encoded(group)), order.body);
    if (!status || !status->is_object()) {
      code = refuse(status ? Error{"the server's answer is no status"} : status.error());
      continue;
    }
    const json::object got = await_proxies(*session, group, status->get_object());
    print(options.json ? json::serialize(got) + "\n"
                       : describe_outcome(order.body, got, this_moment()) + describe_proxies(got));
    if (options.ramp) {
      fmt::print(stderr, "{}", describe_ignorance(got, "ramps", "everybody comes back at once through"));
    }
    // What was asked for must be what is in force, or somebody stands in the way.
    if (text_at(order.body, "mode") == "open" && text_at(got, "mode") != "open") code = kRefused;
  }
  return code;
}

}  // namespace

Result<SwitchOrder> order_on(const Options& options, const Moment& moment) {
  SwitchOrder order;
  order.understood = options.read_only ? "read-only" : "maintenance";
  order.body["mode"] = order.understood;
  if (const auto ended = add_end(order, options, moment); !ended) return ended.error();
  if (options.reason) {
    if (!is_utf8(*options.reason)) return Error{"--reason: the text is no UTF-8"};
    order.body["reason"] = *options.reason;
  }
  auto texts = to_texts(options.titles, options.messages);
  if (!texts) return texts.error();
  if (!texts->empty()) order.body["texts"] = std::move(*texts);
  return {boost::system::in_place_value, std::move(order)};
}

Result<SwitchOrder> order_off(const Options& options, const Moment& moment) {
  SwitchOrder order;
  order.understood = "open";
  order.body["mode"] = "open";
  if (options.ramp) {
    const auto ramp = calendar::parse_span(*options.ramp);
    if (!ramp) return Error{fmt::format("--ramp: {}", ramp.error().message)};
    order.body["ramp"] = fmt::format("{}s", ramp->count());
    order.understood +=
        fmt::format(", letting clients back in {}", describe_until(moment.now + *ramp, moment));
  }
  return {boost::system::in_place_value, std::move(order)};
}

std::string describe_outcome(const json::object& order, const json::object& status, const Moment& moment) {
  const std::string group = display_text(text_at(status, "group"));
  const std::string asked = text_at(order, "mode");
  std::string out = fmt::format("{}: {}", group, describe_force(status, moment));
  const std::string holder = describe_holder(status);
  const bool switched = objects_at(status, "holders").empty() ||
                        text_at(*objects_at(status, "holders").front(), "kind") == "switch";
  if (text_at(status, "mode") != asked) {
    out += fmt::format(", not {}: held by {}", asked, holder.empty() ? "somebody else" : holder);
  } else if (asked != "open" && !switched) {
    out += fmt::format(", held by {}, too", holder);
  }
  out += "; every worker answers accordingly\n";
  if (const auto start = time_at(object_at(status, "next"), "start"); start && asked == "open") {
    out += fmt::format("{}: next is {} at {}, {}\n", group,
                       display_text(text_at(object_at(status, "next"), "mode")),
                       calendar::describe_time(*start, moment.zone), from_now(*start, moment));
  }
  return out;
}

std::string describe_proxies(const json::object& status) {
  std::string out;
  for (const json::object* proxy : objects_at(status, "proxies")) {
    const bool tried = text_at(*proxy, "state") != "in step" && !flag_at(*proxy, "pending");
    out += fmt::format("{}: {}{}\n", display_text(text_at(status, "group")), describe_proxy(*proxy),
                       tried ? "; it is tried again" : "");
  }
  return out;
}

std::string describe_ignorance(const json::object& status, std::string_view what, std::string_view effect) {
  std::vector<std::string> names;
  for (const json::object* proxy : objects_at(status, "proxies"))
    names.push_back(display_text(text_at(*proxy, "name")));
  if (names.empty()) return {};
  names = each_once(names);  // a proxy can be told at several addresses
  return fmt::format(
      "{}: a proxy that is told knows nothing of {}: {} {}; one that asks does (--style ask)\n",
      display_text(text_at(status, "group")), what, effect, fmt::join(names, ", "));
}

int run_on(const Options& options) {
  const Moment moment = this_moment();
  const auto order = order_on(options, moment);
  return order ? switch_groups(options, *order) : wrong_use(order.error().message);
}

int run_off(const Options& options) {
  const Moment moment = this_moment();
  const auto order = order_off(options, moment);
  return order ? switch_groups(options, *order) : wrong_use(order.error().message);
}

}  // namespace understudy::app::cli
