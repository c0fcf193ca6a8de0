#include "control/admin_handler.h"

#include <utility>

#include <fmt/format.h>

#include "control/problem.h"
#include "http/problem.h"

namespace understudy::control {
namespace {

constexpr std::string_view kMetrics = "/metrics";
constexpr std::string_view kHealth = "/_understudy/health";

Response not_here() {
  return to_response(Problem{ProblemKind::kNotFound,
                             fmt::format("expected {}, {} or {}/… ({}/openapi.json tells what is there)",
                                         kMetrics, kHealth, kApiPrefix, kApiPrefix)});
}

Response not_allowed() {
  Problem problem{ProblemKind::kMethodNotAllowed, "expected GET or HEAD"};
  problem.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
  return to_response(problem);
}

}  // namespace

AdminHandler::AdminHandler(Parts parts) : parts_(std::move(parts)) {}

std::uint64_t AdminHandler::wants_body(const http::Request& request) const {
  return parts_.api.wants_body(request);
}

void AdminHandler::answer(const http::Request& request, http::Reply& reply) {
  write_response(request, respond(request), parts_.clock.wall(), reply);
}

Response AdminHandler::respond(const http::Request& request) {
  const std::string_view path = request.path();
  if (Api::owns(path)) return parts_.api.answer(request);
  if (path != kMetrics && path != kHealth) return not_here();
  if (request.method == http::Method::kOptions) return {204, "", {{"Allow", "GET, HEAD, OPTIONS"}}, ""};
  if (request.method == http::Method::kOther) return not_allowed();
  if (path == kMetrics) {
    if (const auto meant = parts_.api.check_host(request); !meant) return to_response(meant.error());
    return {200, "text/plain; version=0.0.4; charset=utf-8", {}, parts_.metrics()};
  }
  return json_response({{"status", parts_.health()}});
}

void AdminHandler::refuse(http::Fault fault, const http::Request& partial, http::Reply& reply) {
  const http::Refusal& refusal = http::refusal(fault);
  const Response response{refusal.status,
                          std::string(kProblemType),
                          {},
                          http::problem_body(refusal.status, refusal.title, refusal.detail)};
  write_response(partial, response, parts_.clock.wall(), reply);
}

}  // namespace understudy::control
