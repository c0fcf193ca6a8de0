#include "answer/own_paths.h"

#include <utility>

#include "answer/body.h"
#include "base/json_text.h"
#include "base/text.h"
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

namespace {

/// The next window, with its own texts, else those that the group has for its mode.
void append_next(std::string& out, const model::Group& group, const model::NextWindow& next,
                 std::size_t language) {
  out += "{\"mode\":";
  append_json_string(out, to_text(next.mode));
  append_time(out, "start", next.start);
  append_time(out, "end", next.end);
  model::Texts planned = *group.texts;
  const model::Reason reason = announced_reason(next.mode);
  // The window's words where it has some, over those that the group would use.
  if (!next.texts.empty()) planned.own.clear();
  for (const model::OccasionText& said : next.texts) {
    const auto& offered = group.texts->offered(reason);
    const auto same = offered.by_tag.find(lower(said.tag));
    model::Text text =
        group.texts->text(reason, same == offered.by_tag.end() ? offered.default_index : same->second);
    if (!said.text.title.empty()) text.title = said.text.title;
    if (!said.text.message.empty()) text.message = said.text.message;
    planned.own.push_back({reason, said.tag, std::move(text)});
  }
  const std::size_t known = language < planned.offered(reason).languages.size() ? language : 0;
  const BodyInput input{planned, reason, known, next.start, next.end, group.retry_after, group.page.get()};
  append_text_map(out, "title", input, &model::Text::title);
  append_text_map(out, "message", input, &model::Text::message);
  out += '}';
}

}  // namespace

std::string status_json(const model::Group& group, const model::GroupState& state, std::size_t language) {
  std::string out = "{\"group\":";
  append_json_string(out, group.name);
  out += ",\"mode\":";
  append_json_string(out, to_text(state.mode));
  out += ",\"lifecycle\":";
  append_json_string(out, to_text(state.lifecycle));
  append_time(out, "since", state.since);
  append_time(out, "until", state.until);
  if (state.occasion != nullptr && state.occasion->reopening_until)
    append_time(out, "reopeningUntil", state.occasion->reopening_until);
  out += ",\"next\":";
  if (state.occasion != nullptr && state.occasion->next) {
    append_next(out, group, *state.occasion->next, language);
  } else {
    out += "null";
  }
  const model::Texts& texts = model::wording(group, state).texts;
  const BodyInput input{
      texts,           announced_reason(state.mode), language, state.since, state.until, group.retry_after,
      group.page.get()};
  append_text_map(out, "title", input, &model::Text::title);
  append_text_map(out, "message", input, &model::Text::message);
  return out + "}";
}

}  // namespace understudy::answer
