// What the gate would say to a request, and why.

#include <utility>

#include <boost/json/array.hpp>

#include "base/listen_address.h"
#include "control/api.h"
#include "control/api_requests.h"
#include "http/token.h"

namespace understudy::control {
namespace {

namespace json = boost::json;

Answer<DecisionQuery> read_decision(const Query& query, std::string group) {
  std::vector<FieldProblem> problems;
  DecisionQuery asked;
  asked.group = std::move(group);
  if (query.has("method")) asked.method = query.text("method");
  if (query.has("target")) asked.target = query.text("target");
  asked.ip = query.text("ip");
  asked.cookie = query.text("cookie");
  asked.header = query.text("header");
  asked.pass = query.text("pass");
  if (!http::is_token(asked.method)) problems.push_back({"method", "expected a method such as \"POST\""});
  if (!asked.target.starts_with('/'))
    problems.push_back({"target", "expected a path that begins with a slash, such as \"/orders?page=2\""});
  if (!asked.ip.empty() && !is_ip_address(asked.ip))
    problems.push_back({"ip", "expected an address such as \"203.0.113.7\" or \"2001:db8::7\""});
  if (!problems.empty()) return invalid(std::move(problems));
  return asked;
}

}  // namespace

Api::Reply Api::decision(const Call& call) {
  const auto query = Query::read(call.request.target, {"method", "target", "ip", "cookie", "header", "pass"});
  if (!query) return query.error();
  const auto found = find_group(call.argument);
  if (!found) return found.error();
  const auto asked = read_decision(*query, found->group);
  if (!asked) return asked.error();
  const auto shown = parts_.decide(*asked);
  if (!shown) return to_problem(shown.error(), ProblemKind::kUnknownGroup);
  json::object out;
  out["group"] = found->group;
  out["mode"] = to_text(shown->mode);
  out["decision"] = shown->blocked ? "blocked" : "pass";
  out["why"] = to_text(shown->cause);
  out["detail"] = shown->detail;
  out["explanation"] = shown->explanation;
  json::array& rights = out["rights"].emplace_array();
  for (const std::string& right : shown->rights) rights.emplace_back(right);
  out["wait"] = shown->wait.count() > 0 ? json::value(shown->wait.count()) : json::value(nullptr);
  return json_response(out);
}

}  // namespace understudy::control
