#include "control/api_requests.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "calendar/time_text.h"
#include "control/json_fields.h"
#include "http/origin.h"

namespace understudy::control {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostTitle = 500;
constexpr std::size_t kMostMessage = 8192;
constexpr std::size_t kMostReason = 1000;
constexpr std::size_t kMostLabel = 100;
constexpr std::size_t kMostName = 256;
constexpr std::size_t kMostRule = 500;
constexpr std::size_t kMostGroups = 1000;
constexpr std::size_t kMostExcept = 1000;
constexpr std::size_t kMostLanguages = 100;

/// A language tag's letters (BCP 47), loosely: whether it is a language nobody can tell for certain.
bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= 35 && is_alpha(tag.front()) && tag.back() != '-' &&
         std::all_of(tag.begin(), tag.end(), [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; });
}

std::vector<model::OccasionText> read_texts(Fields& fields, std::vector<FieldProblem>& problems) {
  std::vector<model::OccasionText> texts;
  const json::object* const by_tag = fields.object("texts");
  if (by_tag == nullptr) return texts;
  if (by_tag->size() > kMostLanguages) {
    fields.add_problem("texts", fmt::format("has {} languages; {} at most", by_tag->size(), kMostLanguages));
    return texts;
  }
  for (const json::key_value_pair& entry : *by_tag) {
    const std::string tag(entry.key());
    const std::string path = fmt::format("texts.{}", presentable(tag));
    if (!is_tag(tag)) {
      problems.push_back({path, "is no language tag (BCP 47): expected \"en\", \"de\", \"zh-Hant\", …"});
      continue;
    }
    const json::object* const text = entry.value().if_object();
    if (text == nullptr) {
      problems.push_back({path, "expected an object with title and message"});
      continue;
    }
    Fields own(*text, path + ".", problems);
    model::OccasionText& read = texts.emplace_back();
    read.tag = tag;
    read.text.title = own.text("title", kMostTitle).value_or("");
    read.text.message = own.text("message", kMostMessage).value_or("");
    own.finish();
  }
  return texts;
}

std::optional<model::Mode> read_mode(Fields& fields, const std::vector<std::string>& words) {
  const auto word = fields.word("mode", words);
  return word ? model::parse_mode(*word) : std::nullopt;
}

void read_end(Fields& fields, WallTime now, state::SwitchChange& change) {
  const auto span = fields.span("for");
  const auto until = fields.time("until", now);
  if (span && until) fields.add_problem("for", "either for or until, not both");
  if (span) change.until = std::chrono::floor<std::chrono::seconds>(now) + *span;
  if (until) change.until = until;
}

/// "2026-11-22T02:00" and "…:00" as they are, but with seconds; RFC 3339 as what it means in `zone`.
std::optional<std::string> to_local_text(Fields& fields, std::string_view name, const std::string& text,
                                         const std::string& zone, WallTime now) {
  if (is_rfc3339(text)) {
    const auto time = calendar::parse_time(text, now, "UTC");
    if (time && calendar::is_zone(zone)) {
      const std::string local = calendar::to_local(time->time, zone);
      if (calendar::from_local(local, zone) == time->time) return local;
      // The second of two equal hours has no local time of its own.
      fields.add_problem(
          name, "falls into the hour that daylight saving repeats; expected a window in the zone UTC");
      return std::nullopt;
    }
    if (!time) fields.add_problem(name, time.error().message);
    return std::nullopt;  // an unknown zone is a problem of its own
  }
  constexpr std::size_t kMinutes = 16;
  constexpr std::size_t kSeconds = 19;
  const std::string full = text.size() == kMinutes ? text + ":00" : text;
  if (full.size() == kSeconds && is_rfc3339(full + "Z")) {
    if (!calendar::is_zone(zone)) return full;
    // What daylight saving skips or repeats is asked back, not guessed.
    const auto time = calendar::parse_time(full, now, zone);
    if (time) return full;
    fields.add_problem(name, time.error().message);
    return std::nullopt;
  }
  fields.add_problem(
      name, "expected a local time of its zone, \"2026-11-22T02:00:00\", or RFC 3339 with an offset");
  return std::nullopt;
}

void read_times(Fields& fields, WallTime now, model::Window& window) {
  constexpr std::size_t kMostTime = 64;
  window.zone = fields.text("zone", kMostTime).value_or("UTC");
  if (!calendar::is_zone(window.zone)) {
    fields.add_problem("zone", "is no time zone that is known here: expected \"Europe/Berlin\", \"UTC\", …");
  }
  const auto start = fields.required().text("start", kMostTime);
  const auto end = fields.required().text("end", kMostTime);
  if (start) window.start = to_local_text(fields, "start", *start, window.zone, now).value_or("");
  if (end) window.end = to_local_text(fields, "end", *end, window.zone, now).value_or("");
  window.rule = fields.text("rule", kMostRule).value_or("");
  const auto except = fields.list("except", kMostExcept).value_or(std::vector<std::string>());
  for (std::size_t i = 0; i < except.size(); ++i) {
    const std::string name = fmt::format("except[{}]", i);
    if (auto local = to_local_text(fields, name, except[i], window.zone, now)) {
      window.except.push_back(std::move(*local));
    }
  }
}

std::optional<WallTime> read_expiry(Fields& fields, WallTime now) {
  constexpr std::size_t kMostTime = 64;
  const auto text = fields.nullable().text("expires", kMostTime);
  if (!text) return std::nullopt;
  if (is_rfc3339(*text)) {
    const auto time = calendar::parse_time(*text, now, "UTC");
    if (!time) fields.add_problem("expires", time.error().message);
    if (time && time->time <= now) fields.add_problem("expires", "is in the past");
    return time ? std::optional(time->time) : std::nullopt;
  }
  const auto span = calendar::parse_span(*text);
  if (!span)
    fields.add_problem("expires", "expected a span such as \"90d\", or RFC 3339; " + span.error().message);
  return span ? std::optional<WallTime>(std::chrono::floor<std::chrono::seconds>(now) + *span) : std::nullopt;
}

}  // namespace

Answer<state::SwitchChange> read_switch_change(const json::object& body, WallTime now) {
  std::vector<FieldProblem> problems;
  Fields fields(body, "", problems);
  state::SwitchChange change;
  const auto mode = read_mode(fields.required(), {"open", "read-only", "maintenance"});
  change.mode = mode.value_or(model::Mode::kOpen);
  read_end(fields, now, change);
  change.reason = fields.text("reason", kMostReason).value_or("");
  change.texts = read_texts(fields, problems);
  change.ramp = fields.span("ramp");
  if (mode && change.until && *mode == model::Mode::kOpen) {
    fields.add_problem(body.contains("for") ? "for" : "until", "an open group has no end");
  }
  if (mode && change.ramp && *mode != model::Mode::kOpen) {
    fields.add_problem("ramp", "only an open group lets its clients back in little by little");
  }
  fields.finish();
  if (!problems.empty()) return invalid(std::move(problems));
  return change;
}

Answer<model::Window> read_window(const json::object& body, WallTime now) {
  std::vector<FieldProblem> problems;
  Fields fields(body, "", problems);
  model::Window window;
  fields.refuse_read_only({"id", "by", "created", "occurrence"});
  window.groups = fields.required().list("groups", kMostGroups).value_or(std::vector<std::string>());
  if (body.contains("groups") && window.groups.empty() && problems.empty()) {
    fields.add_problem("groups", "names no group");
  }
  read_times(fields, now, window);
  window.title = fields.text("title", kMostTitle).value_or("");
  window.mode = read_mode(fields, {"read-only", "maintenance"}).value_or(model::Mode::kMaintenance);
  const auto at_end = fields.word("atEnd", {"reopen", "stay"});
  window.at_end = at_end == "stay" ? model::AtEnd::kStay : model::AtEnd::kReopen;
  window.texts = read_texts(fields, problems);
  window.reason = fields.text("reason", kMostReason).value_or("");
  fields.finish();
  if (!problems.empty()) return invalid(std::move(problems));
  return window;
}

Answer<TokenRequest> read_token_request(const json::object& body, WallTime now) {
  std::vector<FieldProblem> problems;
  Fields fields(body, "", problems);
  TokenRequest request;
  fields.refuse_read_only({"id", "created", "lastUsed", "by"});
  const auto label = fields.required().text("label", kMostLabel);
  if (label && trim_lines(*label).empty()) fields.add_problem("label", "is empty: who or what is it for?");
  const auto scope = fields.required().word("scope", {"viewer", "operator", "admin"});
  for (const model::Scope known : {model::Scope::kViewer, model::Scope::kOperator, model::Scope::kAdmin}) {
    if (scope == to_text(known)) request.scope = known;
  }
  request.groups = fields.list("groups", kMostGroups).value_or(std::vector<std::string>());
  if (scope == "operator" && request.groups.empty()) {
    fields.add_problem("groups", "an operator's token names its groups; [\"*\"] for all");
  }
  if (scope && scope != "operator" && !request.groups.empty()) {
    fields.add_problem("groups", fmt::format("a token of scope {} is for all groups: leave it out", *scope));
  }
  request.expires = read_expiry(fields, now);
  fields.finish();
  if (!problems.empty()) return invalid(std::move(problems));
  request.label = *label;
  return request;
}

Answer<NewPassRequest> read_pass_request(const json::object& body, WallTime now) {
  constexpr std::size_t kMostBase = 300;
  std::vector<FieldProblem> problems;
  Fields fields(body, "", problems);
  NewPassRequest request;
  fields.refuse_read_only({"id", "created", "uses", "lastUsed", "by", "token", "link", "cookie", "header"});
  request.pass.group = fields.required().text("group", kMostName).value_or("");
  request.pass.label = fields.text("label", kMostLabel).value_or("");
  const auto expires = read_expiry(fields, now);
  if (!expires && problems.empty())
    fields.add_problem("expires", "is missing: how long is it good, or until when?");
  request.pass.expires = expires.value_or(WallTime());
  request.base = fields.text("base", kMostBase).value_or("");
  const auto origin = http::parse_origin(request.base);
  if (!request.base.empty() && (!origin || (origin->scheme != "https" && origin->scheme != "http")))
    fields.add_problem("base", "expected an origin without a path: \"https://api.example\"");
  fields.finish();
  if (!problems.empty()) return invalid(std::move(problems));
  return request;
}

}  // namespace understudy::control
