// Status, the switch, the audit trail and reload.
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "config/settings.h"
#include "control/api.h"
#include "control/api_body.h"
#include "control/api_json.h"
#include "control/api_requests.h"
#include "control/preconditions.h"

namespace understudy::control {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kUsualPage = 100;
constexpr std::uint64_t kMostPage = 1000;

json::value trouble_json(const std::optional<state::StoreError>& trouble) {
  if (!trouble) return nullptr;
  return {{"fault", to_text(trouble->fault)}, {"message", trouble->message}};
}

json::array hooks_json(const std::vector<HookStatus>& hooks) {
  json::array out;
  for (const HookStatus& hook : hooks) {
    json::object one;
    one["name"] = hook.name;
    one["pending"] = hook.pending;
    one["delivered"] = hook.delivered;
    one["failed"] = hook.failed;
    one["lastError"] = hook.last_error.empty() ? json::value(nullptr) : json::value(hook.last_error);
    out.push_back(std::move(one));
  }
  return out;
}

json::array proxies_json(const std::vector<ProxyStatus>& proxies) {
  json::array out;
  for (const ProxyStatus& proxy : proxies) {
    json::object one;
    one["name"] = proxy.name;
    one["address"] = proxy.address;
    one["state"] = proxy.pending ? "behind" : proxy.state;
    one["pending"] = proxy.pending;
    one["lastError"] = proxy.last_error.empty() ? json::value(nullptr) : json::value(proxy.last_error);
    one["since"] = to_json(std::optional(proxy.since));
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

/// The tag is the switch's revision, which If-Match asks about. What holds a group changes with time as well:
/// no copy of this is good for long, and none is ever confirmed with 304. Proxies are not waited for here,
/// where other calls would wait as well: whoever cares asks again, for `proxyTimeout` at most.
Response Api::status_response(const state::GroupStatus& status) const {
  json::object body = to_json(status);
  body["proxies"] = proxies_json(parts_.proxies(status.group));
  body["proxyTimeout"] = config::format_duration(parts_.proxy_timeout());
  Response response = json_response(body);
  response.headers.emplace_back("ETag", etag_of(status.revision));
  return response;
}

Api::Reply Api::status(const Call& call) {
  const auto query = Query::read(call.request.target, {"after", "limit"});
  if (!query) return query.error();
  const auto limit = query->number("limit", kUsualPage, 1, kMostPage);
  if (!limit) return limit.error();
  // One more than asked for tells whether there is a next page.
  auto statuses = parts_.switchboard.statuses({query->text("after"), *limit + 1});
  const bool more = statuses.size() > *limit;
  if (more) statuses.resize(*limit);
  const auto trouble = parts_.switchboard.trouble();

  json::object out;
  out["version"] = parts_.version;
  out["health"] = trouble ? "degraded" : "ok";
  out["store"] = {{"describes", parts_.store}, {"trouble", trouble_json(trouble)}};
  out["revision"] = parts_.revision();
  out["groupCount"] = parts_.switchboard.group_count();
  json::array& groups = out["groups"].emplace_array();
  for (const state::GroupStatus& status : statuses) groups.push_back(to_json(status));
  out["next"] = more ? json::value(statuses.back().group) : json::value(nullptr);
  out["webhooks"] = hooks_json(parts_.webhooks());
  out["proxies"] = proxies_json(parts_.proxies(""));
  return json_response(out);
}

Api::Reply Api::group_status(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto found = find_group(call.argument);
  if (!found) return found.error();
  return status_response(*found);
}

Api::Reply Api::set_mode(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto found = find_group(call.argument);
  if (!found) return found.error();
  if (auto allowed = check_groups(call.who, {found->group}); !allowed) return allowed.error();
  const auto body = read_json(call.request);
  if (!body) return body.error();
  const auto change = read_switch_change(*body, parts_.clock.wall());
  if (!change) return change.error();
  const auto expected = check_change(call.request, found->revision);
  if (!expected) return expected.error();
  const auto status = parts_.switchboard.set_mode(call.who.caller, found->group, *change, *expected);
  if (!status) return to_problem(status.error(), ProblemKind::kUnknownGroup);
  return status_response(*status);
}

namespace {

Response audit_response(const std::vector<state::AuditEntry>& entries, std::optional<std::uint64_t> next) {
  json::object out;
  json::array& list = out["entries"].emplace_array();
  for (const state::AuditEntry& entry : entries) list.push_back(to_json(entry));
  out["next"] = next ? json::value(*next) : json::value(nullptr);
  return json_response(out);
}

}  // namespace

Api::Reply Api::audit(const Call& call) {
  const auto query = Query::read(call.request.target, {"group", "target", "before", "limit"});
  if (!query) return query.error();
  if (query->has("group") && query->has("target")) {
    return invalid({{"target", "either group or target, not both"}});
  }
  const auto limit = query->number("limit", kUsualPage, 1, kMostPage);
  if (!limit) return limit.error();
  const auto before = query->number("before", 0, 1, static_cast<std::uint64_t>(-1));
  if (!before) return before.error();
  state::AuditQuery asked;
  asked.limit = *limit;
  if (query->has("before")) asked.before = *before;
  asked.target = query->text("target");
  if (query->has("group")) {
    // A group that is gone has a past all the same.
    const auto found = parts_.switchboard.status(query->text("group"));
    asked.target = found ? found->group : query->text("group");
    const auto past = parts_.switchboard.audit_of_group(asked);
    if (!past) return to_problem(past.error(), ProblemKind::kNotFound);
    return audit_response(past->entries, past->next);
  }
  const auto entries = parts_.switchboard.audit(asked);
  if (!entries) return to_problem(entries.error(), ProblemKind::kNotFound);
  const bool full = entries->size() == *limit;
  return audit_response(*entries, full ? std::optional(entries->back().id) : std::nullopt);
}

Api::Reply Api::reload(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const Reloaded reloaded = parts_.reload();
  json::array problems;
  for (const config::Problem& problem : reloaded.problems) problems.push_back(to_json(problem));
  if (reloaded.refusal.empty()) {
    return json_response({{"groups", reloaded.groups}, {"warnings", std::move(problems)}});
  }
  const Problem problem{ProblemKind::kInvalid,
                        "the configuration was refused, and what was in force stays: " + reloaded.refusal};
  Response response = to_response(problem);
  json::object body = to_json(problem);
  body["problems"] = std::move(problems);
  response.body = json::serialize(body);
  return response;
}

}  // namespace understudy::control
