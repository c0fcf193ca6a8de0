// Passes: rights to go through.
#include <utility>

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "control/api.h"
#include "control/api_body.h"
#include "control/api_json.h"
#include "control/api_requests.h"
#include "control/preconditions.h"
#include "http/date.h"
#include "model/gate_policy.h"

namespace understudy::control {

namespace json = boost::json;

json::object Api::pass_json(const model::Pass& pass) const {
  const auto group = parts_.switchboard.status(pass.group);
  json::object out;
  out["id"] = pass.id;
  out["group"] = group ? group->group : pass.group;
  out["label"] = pass.label;
  out["created"] = http::format_rfc3339(pass.created);
  out["expires"] = http::format_rfc3339(pass.expires);
  out["uses"] = pass.uses;
  out["lastUsed"] = to_json(pass.last_used);
  out["by"] = pass.by;
  return out;
}

Api::Reply Api::list_passes(const Call& call) {
  const auto query = Query::read(call.request.target, {"group"});
  if (!query) return query.error();
  std::string group;
  if (query->has("group")) {
    const auto found = find_group(query->text("group"));
    if (!found) return found.error();
    group = found->group;
  }
  const auto listed = parts_.switchboard.passes(group);
  if (!listed) return to_problem(listed.error(), ProblemKind::kUnknownGroup);
  json::object out;
  json::array& passes = out["passes"].emplace_array();
  for (const auto& pass : *listed) passes.push_back(pass_json(pass.value));
  return json_response(out);
}

Api::Reply Api::create_pass(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto body = read_json(call.request);
  if (!body) return body.error();
  auto request = read_pass_request(*body, parts_.clock.wall());
  if (!request) return request.error();
  if (auto allowed = check_groups(call.who, {request->pass.group}); !allowed) return allowed.error();
  const auto made = parts_.switchboard.create_pass(call.who.caller, request->pass);
  if (!made) return to_problem(made.error(), ProblemKind::kUnknownGroup);
  std::string base = std::move(request->base);
  if (base.empty() && !made->host.empty()) base = "https://" + made->host;
  json::object out = pass_json(made->pass);
  out["token"] = made->token;
  out["link"] = fmt::format("{}/_understudy/pass?token={}", base, made->token);
  out["cookie"] = fmt::format("{}={}", model::kPassCookie, made->token);
  out["header"] = fmt::format("{}: {}", model::kPassHeader, made->token);
  Response response = json_response(out);
  response.status = 201;
  response.headers.emplace_back("Location", fmt::format("{}/passes/{}", kApiPrefix, made->pass.id));
  return response;
}

/// The tag is the record's revision, which every use moves on: no copy is confirmed with 304.
Api::Reply Api::get_pass(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto pass = parts_.switchboard.pass(call.argument);
  if (!pass) return to_problem(pass.error(), ProblemKind::kUnknownPass);
  Response response = json_response(pass_json(pass->value));
  response.headers.emplace_back("ETag", etag_of(pass->revision));
  return response;
}

Api::Reply Api::revoke_pass(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto pass = parts_.switchboard.pass(call.argument);
  if (!pass) return to_problem(pass.error(), ProblemKind::kUnknownPass);
  if (auto allowed = check_groups(call.who, {pass->value.group}); !allowed) return allowed.error();
  const auto expected = check_change(call.request, pass->revision);
  if (!expected) return expected.error();
  const auto revoked = parts_.switchboard.revoke_pass(call.who.caller, call.argument, *expected);
  if (!revoked) return to_problem(revoked.error(), ProblemKind::kUnknownPass);
  return Response{204, "", {}, ""};
}

Api::Reply Api::rotate_pass_keys(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto key = parts_.switchboard.rotate_pass_keys(call.who.caller);
  if (!key) return to_problem(key.error(), ProblemKind::kNotFound);
  return json_response(json::object{{"key", *key}});
}

}  // namespace understudy::control
