#include "control/api_json.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "http/date.h"

namespace understudy::control {
namespace {

namespace json = boost::json;

json::object texts_json(const std::vector<model::OccasionText>& texts) {
  json::object out;
  for (const model::OccasionText& text : texts) {
    out[text.tag] = {{"title", text.text.title}, {"message", text.text.message}};
  }
  return out;
}

json::array list_json(const std::vector<std::string>& list) {
  json::array out;
  for (const std::string& element : list) out.emplace_back(element);
  return out;
}

json::object holder_json(const model::Holder& holder) {
  json::object out;
  out["kind"] = to_text(holder.kind);
  out["id"] = holder.id;
  out["mode"] = to_text(holder.mode);
  out["since"] = to_json(holder.since);
  out["until"] = to_json(holder.until);
  out["overdue"] = holder.overdue;
  return out;
}

json::value next_json(const std::optional<model::NextWindow>& next) {
  if (!next) return nullptr;
  json::object out;
  out["window"] = next->window;
  out["title"] = next->title;
  out["mode"] = to_text(next->mode);
  out["start"] = http::format_rfc3339(next->start);
  out["end"] = http::format_rfc3339(next->end);
  return out;
}

/// What the trail holds is JSON that we wrote; were it not, it is shown as text.
json::value recorded_json(const std::string& text) {
  if (text.empty()) return nullptr;
  json::error_code error;
  json::value value = json::parse(text, error);
  return error ? json::value(text) : value;
}

}  // namespace

json::value to_json(const std::optional<WallTime>& time) {
  if (!time) return nullptr;
  return json::value(http::format_rfc3339(*time));
}

json::object to_json(const state::GroupStatus& status) {
  json::object out;
  out["group"] = status.group;
  out["id"] = status.id;
  out["source"] = status.from_file ? "file" : "api";
  out["mode"] = to_text(status.mode);
  out["lifecycle"] = to_text(status.lifecycle);
  out["since"] = to_json(status.since);
  out["until"] = to_json(status.until);
  out["by"] = status.by;
  out["reason"] = status.reason;
  json::array& holders = out["holders"].emplace_array();
  for (const model::Holder& holder : status.holders) holders.push_back(holder_json(holder));
  out["next"] = next_json(status.next);
  out["reopeningUntil"] = to_json(status.reopening_until);
  out["texts"] = texts_json(status.texts);
  return out;
}

json::object writable_json(const model::Window& window) {
  json::object out;
  out["title"] = window.title;
  out["groups"] = list_json(window.groups);
  out["mode"] = to_text(window.mode);
  out["zone"] = window.zone;
  out["start"] = window.start;
  out["end"] = window.end;
  out["rule"] = window.rule;
  out["except"] = list_json(window.except);
  out["atEnd"] = to_text(window.at_end);
  out["texts"] = texts_json(window.texts);
  out["reason"] = window.reason;
  return out;
}

json::object to_json(const model::Window& window) {
  json::object out;
  out["id"] = window.id;
  for (const json::key_value_pair& field : writable_json(window)) out[field.key()] = field.value();
  out["by"] = window.by;
  out["created"] = http::format_rfc3339(window.created);
  return out;
}

json::object to_json(const model::Token& token) {
  json::object out;
  out["id"] = token.id;
  out["label"] = token.label;
  out["scope"] = to_text(token.scope);
  out["groups"] = list_json(token.groups);
  out["created"] = http::format_rfc3339(token.created);
  out["expires"] = to_json(token.expires);
  out["lastUsed"] = to_json(token.last_used);
  out["by"] = token.by;
  return out;
}

json::object to_json(const state::AuditEntry& entry) {
  json::object out;
  out["id"] = entry.id;
  out["at"] = http::format_rfc3339(entry.note.at);
  out["who"] = entry.note.who;
  out["from"] = entry.note.from;
  out["action"] = entry.note.action;
  out["target"] = entry.note.target;
  out["before"] = recorded_json(entry.note.before);
  out["after"] = recorded_json(entry.note.after);
  return out;
}

json::object to_json(const config::Problem& problem) {
  json::object out;
  out["file"] = problem.file;
  out["line"] = problem.line;
  out["column"] = problem.column;
  out["severity"] = problem.severity == config::Severity::kError ? "error" : "warning";
  out["key"] = problem.key;
  out["message"] = problem.message;
  out["found"] = problem.found;
  out["expected"] = problem.expected;
  out["suggestion"] = problem.suggestion;
  return out;
}

}  // namespace understudy::control
