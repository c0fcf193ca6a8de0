// Bearer tokens.
#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "control/api.h"
#include "control/api_body.h"
#include "control/api_json.h"
#include "control/api_requests.h"
#include "control/preconditions.h"

namespace understudy::control {

namespace json = boost::json;

Api::Reply Api::list_tokens(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  json::object out;
  json::array& tokens = out["tokens"].emplace_array();
  for (const auto& token : parts_.switchboard.tokens()) tokens.push_back(to_json(token.value));
  return json_response(out);
}

Api::Reply Api::create_token(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto body = read_json(call.request);
  if (!body) return body.error();
  auto request = read_token_request(*body, parts_.clock.wall());
  if (!request) return request.error();
  const auto created =
      parts_.switchboard.create_token(call.who.caller, std::move(request->label), request->scope,
                                      std::move(request->groups), request->expires);
  if (!created) return to_problem(created.error(), ProblemKind::kUnknownToken);
  json::object out = to_json(created->token);
  out["token"] = created->secret;
  Response response = json_response(out);
  response.status = 201;
  return response;
}

Api::Reply Api::revoke_token(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto tokens = parts_.switchboard.tokens();
  const auto found = std::find_if(tokens.begin(), tokens.end(),
                                  [&](const auto& token) { return token.value.id == call.argument; });
  // Whoever sends a token in place of its id must not read it again in a log.
  if (found == tokens.end()) return Problem{ProblemKind::kUnknownToken, "there is no token of this id"};
  const auto expected = check_change(call.request, found->revision);
  if (!expected) return expected.error();
  const auto revoked = parts_.switchboard.revoke_token(call.who.caller, call.argument, *expected);
  if (!revoked) return to_problem(revoked.error(), ProblemKind::kUnknownToken);
  return Response{204, "", {}, ""};
}

}  // namespace understudy::control
