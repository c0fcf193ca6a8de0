// A group's windows as a calendar, and a calendar's events as windows.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "calendar/occurrences.h"
#include "calendar/time_text.h"
#include "control/api.h"
#include "control/api_body.h"
#include "control/api_json.h"

namespace understudy::control {
namespace {

namespace json = boost::json;

/// Whether two windows are the same but for what the server sets: importing a calendar twice adds nothing.
bool is_same(model::Window a, const model::Window& b) {
  a.id = b.id;
  a.groups = b.groups;
  a.by = b.by;
  a.created = b.created;
  return a == b;
}

}  // namespace

Api::Reply Api::export_calendar(const Call& call) {
  if (const auto query = Query::read(call.request.target, {"token"}); !query) return query.error();
  const auto found = find_group(call.argument);
  if (!found) return found.error();
  std::vector<model::Window> windows;
  for (auto& window : parts_.switchboard.windows(found->group)) windows.push_back(std::move(window.value));
  return Response{
      200, std::string(kCalendarType), {}, calendar::write_ics(windows, found->group, parts_.clock.wall())};
}

Api::Reply Api::import_calendar(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto found = find_group(call.argument);
  if (!found) return found.error();
  if (auto allowed = check_groups(call.who, {found->group}); !allowed) return allowed.error();
  const auto content = read_content(call.request, {"text/calendar"});
  if (!content) return content.error();
  auto read = calendar::read_ics(*content, calendar::local_zone());
  if (!read) return Problem{ProblemKind::kMalformed, read.error().message};

  const auto existing = parts_.switchboard.windows(found->group);
  json::array added;
  json::array left_out;
  for (const std::string& reason : read->left_out) left_out.emplace_back(reason);
  for (std::size_t i = 0; i < read->windows.size(); ++i) {
    model::Window& window = read->windows[i];
    window.groups = {found->group};
    const auto is_this = [&](const auto& other) { return is_same(window, other.value); };
    if (std::any_of(existing.begin(), existing.end(), is_this)) {
      left_out.emplace_back(fmt::format("{}: is there already", read->uids[i]));
      continue;
    }
    const auto kept = parts_.switchboard.add_window(call.who.caller, std::move(window));
    if (kept) {
      added.push_back(window_json(kept->value));
    } else if (kept.error().kind == state::Refused::Kind::kStore) {
      Problem problem = to_problem(kept.error(), ProblemKind::kUnknownGroup);
      problem.detail +=
          fmt::format(" ({} of {} events were added before)", added.size(), read->windows.size());
      return problem;
    } else {
      left_out.emplace_back(fmt::format("{}: {}", read->uids[i], kept.error().message));
    }
  }
  return json_response({{"added", std::move(added)}, {"leftOut", std::move(left_out)}});
}

}  // namespace understudy::control
