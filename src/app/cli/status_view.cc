#include "app/cli/status_view.h"

#include <algorithm>

#include <fmt/format.h>

#include <boost/json/value.hpp>

#include "app/cli/table.h"
#include "calendar/time_text.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;

constexpr int kReadOnlyCode = 10;
constexpr int kMaintenanceCode = 11;
constexpr int kOverdueCode = 12;

bool is_open(const json::object& group) { return text_at(group, "mode") == "open"; }
bool is_overdue(const json::object& group) { return text_at(group, "lifecycle") == "overdue"; }
bool is_reopening(const json::object& group) { return text_at(group, "lifecycle") == "reopening"; }
bool has_no_end(const json::object& group) {
  return !is_open(group) && !is_overdue(group) && !time_at(group, "until");
}

/// The end that has passed: of the holder that is overdue, else the group's.
std::optional<WallTime> overdue_since(const json::object& group) {
  for (const json::object* holder : objects_at(group, "holders")) {
    if (!flag_at(*holder, "overdue")) continue;
    if (const auto until = time_at(*holder, "until")) return until;
  }
  return time_at(group, "until");
}

std::string overdue_by(const json::object& group, const Moment& moment) {
  const auto since = overdue_since(group);
  if (!since || *since > moment.now) return "overdue";
  const auto span = std::chrono::duration_cast<std::chrono::seconds>(moment.now - *since);
  return fmt::format("overdue {}", calendar::describe_span(span));
}

Cell mode_cell(const json::object& group) {
  const std::string mode = text_at(group, "mode");
  if (is_reopening(group)) return {"reopening", Paint::kCyan};
  if (mode == "maintenance") return {mode, Paint::kRed};
  return {mode, mode == "open" ? Paint::kGreen : Paint::kYellow};
}

Cell until_cell(const json::object& group, const Moment& moment) {
  if (is_overdue(group)) return {overdue_by(group, moment), Paint::kRed};
  const auto until = time_at(group, is_reopening(group) ? "reopeningUntil" : "until");
  if (until) return {fmt::format("{} ({})", short_time(*until, moment), from_now(*until, moment))};
  return is_open(group) ? Cell{} : Cell{"no end", Paint::kYellow};
}

std::string next_text(const json::object& group, const Moment& moment) {
  const json::object& next = object_at(group, "next");
  const auto start = time_at(next, "start");
  if (!start) return {};
  const std::string mode = text_at(next, "mode");
  return fmt::format("{} ({}){}", short_time(*start, moment), from_now(*start, moment),
                     mode == "maintenance" ? "" : fmt::format(", {}", mode));
}

std::vector<Cell> row_of(const json::object& group, const Moment& moment) {
  const auto since = time_at(group, "since");
  const bool open = is_open(group);
  return {{text_at(group, "group"), Paint::kBold},
          mode_cell(group),
          {since && !open ? short_time(*since, moment) : ""},
          until_cell(group, moment),
          {open ? "" : text_at(group, "by")},
          {next_text(group, moment), Paint::kDim}};
}

std::string health_line(const json::object& status, Colour colour) {
  if (text_at(status, "health") != "degraded") return {};
  const json::object& store = object_at(status, "store");
  const json::object& trouble = object_at(store, "trouble");
  std::string line = "degraded: answers go on";
  if (!trouble.empty()) {
    line += fmt::format(", but changes are refused: the store {} is {}: {}",
                        display_text(text_at(store, "describes")), display_text(text_at(trouble, "fault")),
                        display_text(text_at(trouble, "message")));
  }
  return painted(line, Paint::kRed, colour) + "\n\n";
}

/// What somebody should look after, a line each.
std::string notices(const json::object& status, const View& view) {
  std::string no_end;
  std::string overdue;
  const auto append = [](std::string& list, const json::object& group) {
    if (!list.empty()) list += ", ";
    list += display_text(text_at(group, "group"));
  };
  for (const json::object* group : objects_at(status, "groups")) {
    if (is_overdue(*group)) append(overdue, *group);
    if (has_no_end(*group)) append(no_end, *group);
  }
  std::string out;
  if (!overdue.empty())
    out += painted(fmt::format("overdue, until somebody says `understudy off`: {}", overdue), Paint::kRed,
                   view.colour) +
           "\n";
  if (!no_end.empty())
    out += painted(fmt::format("no end, until somebody ends it: {}", no_end), Paint::kYellow, view.colour) +
           "\n";
  for (const json::object* hook : objects_at(status, "webhooks")) {
    const std::string last_error = display_text(text_at(*hook, "lastError"));
    if (last_error.empty() || number_at(*hook, "pending") == 0) continue;
    out += painted(fmt::format("webhook {}: {} waiting; {}", display_text(text_at(*hook, "name")),
                               number_at(*hook, "pending"), last_error),
                   Paint::kYellow, view.colour) +
           "\n";
  }
  for (const json::object* proxy : objects_at(status, "proxies")) {
    const std::string line = describe_proxy(*proxy);
    if (text_at(*proxy, "state") != "in step") out += painted(line, Paint::kYellow, view.colour) + "\n";
  }
  return out.empty() ? out : "\n" + out;
}

std::string describe_one_holder(const json::object& holder) {
  const std::string kind = text_at(holder, "kind");
  const std::string id = display_text(text_at(holder, "id"));
  if (kind == "flag_file") return fmt::format("the flag file {}", id);
  if (kind == "window") return fmt::format("the window {}", id);
  return "the switch";
}

/// "maintenance by the flag file /etc/shop, since …, no end"
std::string holder_line(const json::object& holder, const Moment& moment) {
  std::string line =
      fmt::format("{} by {}", display_text(text_at(holder, "mode")), describe_one_holder(holder));
  if (const auto since = time_at(holder, "since"))
    line += fmt::format(", since {}", calendar::describe_time(*since, moment.zone));
  const auto until = time_at(holder, "until");
  if (flag_at(holder, "overdue")) {
    line +=
        until ? fmt::format(", overdue since {}", calendar::describe_time(*until, moment.zone)) : ", overdue";
  } else {
    line += until ? fmt::format(", {}", describe_until(*until, moment)) : ", no end";
  }
  return line;
}

/// "name" in a column of its own, the value behind it; nothing where there is no value.
void append_field(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out += fmt::format("{:<10}{}\n", name, value);
}

std::string describe_next(const json::object& next, const Moment& moment) {
  const auto start = time_at(next, "start");
  if (!start) return {};
  std::string text = fmt::format("{} from {}", display_text(text_at(next, "mode")),
                                 calendar::describe_time(*start, moment.zone));
  if (const auto end = time_at(next, "end"))
    text += fmt::format(" to {}", calendar::describe_time(*end, moment.zone));
  text += fmt::format(", {} ({})", from_now(*start, moment), display_text(text_at(next, "window")));
  const std::string title = display_text(text_at(next, "title"));
  return title.empty() ? text : fmt::format("{}: {}", text, title);
}

}  // namespace

std::string render_status(const json::object& status, const View& view) {
  Table table({{"GROUP", Cut::kMayBe},
               {"MODE", Cut::kNever},
               {"SINCE", Cut::kNever},
               {"UNTIL", Cut::kNever},
               {"BY", Cut::kMayBe},
               {"NEXT", Cut::kMayBe}});
  for (const json::object* group : objects_at(status, "groups")) table.add(row_of(*group, view.moment));
  std::string out = health_line(status, view.colour);
  if (table.empty()) return out + "no groups: write one into the configuration, or POST /api/v1/groups\n";
  return out + table.render(view.width, view.colour) + notices(status, view);
}

std::string render_group(const json::object& group, const View& view) {
  const Moment& moment = view.moment;
  std::string out = painted(display_text(text_at(group, "group")), Paint::kBold, view.colour);
  const Paint paint = is_overdue(group) ? Paint::kRed : mode_cell(group).paint;
  out += ": " + painted(describe_force(group, moment), paint, view.colour) + "\n";
  const auto since = time_at(group, "since");
  append_field(out, "since", since ? calendar::describe_time(*since, moment.zone) : "");
  append_field(out, "by", display_text(text_at(group, "by")));
  append_field(out, "reason", display_text(text_at(group, "reason")));
  std::string_view name = "held";
  for (const json::object* holder : objects_at(group, "holders")) {
    append_field(out, name, holder_line(*holder, moment));
    name = "";
  }
  name = "says";
  for (const auto& text : object_at(group, "texts")) {
    if (!text.value().is_object()) continue;
    const json::object& said = text.value().get_object();
    append_field(out, name,
                 fmt::format("{}: {} — {}", display_text(text.key()), display_text(text_at(said, "title")),
                             display_text(text_at(said, "message"))));
    name = "";
  }
  name = "proxies";
  for (const json::object* proxy : objects_at(group, "proxies")) {
    append_field(out, name, describe_proxy(*proxy));
    name = "";
  }
  append_field(out, "next", describe_next(object_at(group, "next"), moment));
  append_field(out, "source",
               text_at(group, "source") == "api" ? "created over the API" : "the configuration");
  append_field(out, "id", display_text(text_at(group, "id")));
  return out;
}

std::string describe_proxy(const json::object& proxy) {
  const std::string state = text_at(proxy, "state");
  const std::string last_error = display_text(text_at(proxy, "lastError"));
  return fmt::format("proxy {} ({}) {}{}", display_text(text_at(proxy, "name")),
                     display_text(text_at(proxy, "address")),
                     state == "in step"       ? "follows"
                     : state == "unreachable" ? "can't be reached"
                                              : "does not follow yet",
                     state == "in step" || last_error.empty() ? "" : ": " + last_error);
}

std::string describe_force(const json::object& group, const Moment& moment) {
  const std::string mode = display_text(text_at(group, "mode"));
  if (is_overdue(group)) {
    const auto since = overdue_since(group);
    return since ? fmt::format("{}, {}: its end was {}", mode, overdue_by(group, moment),
                               calendar::describe_time(*since, moment.zone))
                 : fmt::format("{}, overdue", mode);
  }
  if (is_reopening(group)) {
    const auto until = time_at(group, "reopeningUntil");
    return until ? fmt::format("open, letting clients back in {}", describe_until(*until, moment)) : "open";
  }
  if (is_open(group)) return "open";
  const auto until = time_at(group, "until");
  return until ? fmt::format("{} {}", mode, describe_until(*until, moment)) : fmt::format("{}, no end", mode);
}

std::string describe_holder(const json::object& group) {
  const auto holders = objects_at(group, "holders");
  return holders.empty() ? std::string() : describe_one_holder(*holders.front());
}

std::vector<std::pair<std::string, std::string>> status_lines(const json::object& status, const View& view) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const json::object* group : objects_at(status, "groups")) {
    const std::string name = display_text(text_at(*group, "group"));
    std::string line = fmt::format("{}: {}", name, display_text(text_at(*group, "mode")));
    if (is_reopening(*group)) line += ", reopening";
    const auto until = is_overdue(*group)
                           ? overdue_since(*group)
                           : time_at(*group, is_reopening(*group) ? "reopeningUntil" : "until");
    if (is_overdue(*group)) line += ", overdue";
    if (until) {
      line += fmt::format(" {} {}", is_overdue(*group) ? "since" : "until",
                          calendar::describe_time(*until, view.moment.zone));
    }
    if (has_no_end(*group)) line += ", no end";
    const std::string by = display_text(text_at(*group, "by"));
    if (!by.empty() && !is_open(*group)) line += fmt::format(", by {}", by);
    const auto start = time_at(object_at(*group, "next"), "start");
    if (start) line += fmt::format("; next {}", calendar::describe_time(*start, view.moment.zone));
    lines.emplace_back(name, std::move(line));
  }
  return lines;
}

int exit_code_of(const std::vector<const json::object*>& groups) {
  int worst = kDone;
  for (const json::object* group : groups) {
    const std::string mode = text_at(*group, "mode");
    int code = kDone;
    if (is_overdue(*group)) {
      code = kOverdueCode;
    } else if (mode == "maintenance") {
      code = kMaintenanceCode;
    } else if (mode == "read-only") {
      code = kReadOnlyCode;
    }
    worst = std::max(worst, code);
  }
  return worst;
}

}  // namespace understudy::app::cli
