#include "answer/own_paths.h"

#include "answer/body.h"
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

}  // namespace

model::Reason announced_reason(model::Mode mode) {
  return mode == model::Mode::kReadOnly ? model::Reason::kReadOnly : model::Reason::kMaintenance;
}

std::string status_json(const model::Group& group, const model::GroupState& state, std::size_t language) {
  std::string out = "{\"group\":";
  append_json_string(out, group.name);
  out += ",\"mode\":";
  append_json_string(out, to_text(state.mode));
  append_time(out, "since", state.since);
  append_time(out, "until", state.until);
  out += ",\"next\":null";
  const BodyInput input{
      *group.texts,    announced_reason(state.mode), language, state.since, state.until, group.retry_after,
      group.page.get()};
  append_text_map(out, "title", input, &model::Text::title);
  append_text_map(out, "message", input, &model::Text::message);
  return out + "}";
}

}  // namespace understudy::answer
