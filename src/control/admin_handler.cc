#include "control/admin_handler.h"

#include <utility>

#include <fmt/format.h>

#include "http/date.h"
#include "http/problem.h"

namespace understudy::control {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kProblem = "application/problem+json";

}  // namespace

AdminHandler::AdminHandler(const Clock& clock, std::function<std::string()> metrics)
    : clock_(clock), metrics_(std::move(metrics)) {}

void AdminHandler::answer(const http::Request& request, http::Reply& reply) {
  const std::string_view path = request.path();
  const bool known = path == "/metrics" || path == "/_understudy/health";
  if (!known) {
    return reply_with(request, 404, "Not Found", kProblem,
                      http::problem_body(404, "Not Found", "Expected /metrics or /_understudy/health."),
                      reply);
  }
  if (request.method != http::Method::kGet && request.method != http::Method::kHead) {
    return reply_with(request, 405, "Method Not Allowed", kProblem,
                      http::problem_body(405, "Method Not Allowed", "Expected GET or HEAD."), reply);
  }
  if (path == "/metrics") {
    return reply_with(request, 200, "OK", "text/plain; version=0.0.4; charset=utf-8", metrics_(), reply);
  }
  reply_with(request, 200, "OK", kJson, R"({"status":"ok"})", reply);
}

void AdminHandler::refuse(http::Fault fault, const http::Request& partial, http::Reply& reply) {
  const http::Refusal& refusal = http::refusal(fault);
  reply_with(partial, refusal.status, refusal.title, kProblem,
             http::problem_body(refusal.status, refusal.title, refusal.detail), reply);
}

void AdminHandler::reply_with(const http::Request& request, unsigned status, std::string_view phrase,
                              std::string_view type, const std::string& body, http::Reply& reply) const {
  reply.head += fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n", status, phrase,
                            type, body.size());
  if (status == 405) reply.head += "Allow: GET, HEAD\r\n";
  reply.head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  if (!request.keep_alive) reply.head += "Connection: close\r\n";
  reply.head += fmt::format("Date: {}\r\n\r\n", http::format_http_date(clock_.wall()));
  if (request.method != http::Method::kHead) reply.head += body;
  reply.note.status = status;
}

}  // namespace understudy::control
