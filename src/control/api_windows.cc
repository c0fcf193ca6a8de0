// Planned maintenance.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "calendar/occurrences.h"
#include "control/api.h"
#include "control/api_body.h"
#include "control/api_json.h"
#include "control/api_requests.h"
#include "control/preconditions.h"
#include "http/date.h"
#include "http/merge_patch.h"

namespace understudy::control {
namespace {

namespace json = boost::json;

json::value occurrence_json(const std::optional<calendar::Occurrence>& occurrence, std::string_view state) {
  if (!occurrence) return nullptr;
  json::object out;
  out["start"] = http::format_rfc3339(occurrence->start);
  out["end"] = http::format_rfc3339(occurrence->end);
  out["state"] = state;
  return out;
}

bool is_overdue(const state::GroupStatus& status, const std::string& window) {
  return std::any_of(status.holders.begin(), status.holders.end(), [&](const model::Holder& holder) {
    return holder.kind == model::Holder::Kind::kWindow && holder.id == window && holder.overdue;
  });
}

Response with_tag(Response response, state::Revision revision) {
  response.headers.emplace_back("ETag", etag_of(revision));
  return response;
}

}  // namespace

json::object Api::window_json(const model::Window& window) const {
  json::object out = to_json(window);
  const calendar::WindowMoment moment = calendar::Recurrence(window).at(parts_.clock.wall());
  const auto overdue = [&](const std::string& group) {
    const auto status = parts_.switchboard.status(group);
    return status && is_overdue(*status, window.id);
  };
  const bool stays = window.at_end == model::AtEnd::kStay && moment.last;
  if (moment.current) {
    out["occurrence"] = occurrence_json(moment.current, "active");
  } else if (stays && std::any_of(window.groups.begin(), window.groups.end(), overdue)) {
    out["occurrence"] = occurrence_json(moment.last, "overdue");
  } else {
    out["occurrence"] = occurrence_json(moment.next, "next");
  }
  return out;
}

/// Groups that nobody knows are left to the switchboard, which names them.
Answer<void> Api::check_groups(const Identity& who, const std::vector<std::string>& groups) const {
  for (const std::string& group : groups) {
    const auto found = parts_.switchboard.status(group);
    if (!found || who.may_operate(found->group)) continue;
    return Problem{ProblemKind::kForbidden,
                   fmt::format("this needs a token of scope operator for group {}, or of scope admin; yours "
                               "is of scope {} for {}",
                               found->group, to_text(who.scope), fmt::join(who.groups, ", "))};
  }
  return {};
}

Api::Reply Api::list_windows(const Call& call) {
  const auto query = Query::read(call.request.target, {"group"});
  if (!query) return query.error();
  std::string group;
  if (query->has("group")) {
    const auto found = find_group(query->text("group"));
    if (!found) return found.error();
    group = found->group;
  }
  json::object out;
  json::array& windows = out["windows"].emplace_array();
  for (const auto& window : parts_.switchboard.windows(group)) windows.push_back(window_json(window.value));
  return json_response(out);
}

Api::Reply Api::add_window(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto body = read_json(call.request);
  if (!body) return body.error();
  auto window = read_window(*body, parts_.clock.wall());
  if (!window) return window.error();
  if (auto allowed = check_groups(call.who, window->groups); !allowed) return allowed.error();
  const auto added = parts_.switchboard.add_window(call.who.caller, std::move(*window));
  if (!added) return to_problem(added.error(), ProblemKind::kUnknownGroup);
  Response response = with_tag(json_response(window_json(added->value)), added->revision);
  response.status = 201;
  response.headers.emplace_back("Location", fmt::format("{}/windows/{}", kApiPrefix, added->value.id));
  return response;
}

/// The tag is the record's revision. A window's occurrence changes with time: no copy is confirmed with 304.
Api::Reply Api::get_window(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto window = parts_.switchboard.window(call.argument);
  if (!window) return to_problem(window.error(), ProblemKind::kUnknownWindow);
  return with_tag(json_response(window_json(window->value)), window->revision);
}

Api::Reply Api::change_window(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto found = parts_.switchboard.window(call.argument);
  if (!found) return to_problem(found.error(), ProblemKind::kUnknownWindow);
  const model::Window& before = found->value;
  if (auto allowed = check_groups(call.who, before.groups); !allowed) return allowed.error();
  const auto patch = read_patch(call.request);
  if (!patch) return patch.error();
  json::object merged = writable_json(before);
  http::merge_patch(merged, *patch);
  auto window = read_window(merged, parts_.clock.wall());
  if (!window) return window.error();
  if (auto allowed = check_groups(call.who, window->groups); !allowed) return allowed.error();
  const auto expected = check_change(call.request, found->revision);
  if (!expected) return expected.error();
  window->id = before.id;
  window->by = before.by;
  window->created = before.created;
  const auto changed = parts_.switchboard.change_window(call.who.caller, std::move(*window), *expected);
  if (!changed) return to_problem(changed.error(), ProblemKind::kUnknownWindow);
  return with_tag(json_response(window_json(changed->value)), changed->revision);
}

Api::Reply Api::delete_window(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto found = parts_.switchboard.window(call.argument);
  if (!found) return to_problem(found.error(), ProblemKind::kUnknownWindow);
  if (auto allowed = check_groups(call.who, found->value.groups); !allowed) return allowed.error();
  const auto expected = check_change(call.request, found->revision);
  if (!expected) return expected.error();
  const auto removed = parts_.switchboard.remove_window(call.who.caller, found->value.id, *expected);
  if (!removed) return to_problem(removed.error(), ProblemKind::kUnknownWindow);
  return Response{204, "", {}, ""};
}

}  // namespace understudy::control
