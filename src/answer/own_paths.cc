#include "answer/own_paths.h"

#include "base/json_text.h"
#include "http/date.h"

namespace understudy::answer {
namespace {

void append_time(std::string& out, std::string_view name, const std::optional<WallTime>& time) {
  out += ",\"";
  out += name;
  out += "\":";
  if (time) {
    append_json_string(out, http::format_rfc3339(*time));
  } else {
    out += "null";
  }
}

void append_texts(std::string& out, const model::Group& group, model::Reason reason, std::string_view name,
                  std::string model::Text::*part) {
  out += ",\"";
  out += name;
  out += "\":{";
  bool first = true;
  for (const model::OwnText& own : group.texts->own) {
    if (own.reason != reason) continue;
    if (!first) out += ',';
    first = false;
    append_json_string(out, own.tag);
    out += ':';
    append_json_string(out, own.text.*part);
  }
  out += '}';
}

}  // namespace

std::string status_json(const model::Group& group, const model::GroupState& state) {
  std::string out = "{\"group\":";
  append_json_string(out, group.name);
  out += ",\"mode\":";
  append_json_string(out, to_text(state.mode));
  append_time(out, "since", state.since);
  append_time(out, "until", state.until);
  out += ",\"next\":null";
  const model::Reason reason =
      state.mode == model::Mode::kReadOnly ? model::Reason::kReadOnly : model::Reason::kMaintenance;
  append_texts(out, group, reason, "title", &model::Text::title);
  append_texts(out, group, reason, "message", &model::Text::message);
  return out + "}";
}

}  // namespace understudy::answer
