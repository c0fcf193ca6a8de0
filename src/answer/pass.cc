// /_understudy/pass: a signed link sets its cookie, a password makes a pass, and a button gives it up.
#include <utility>

#include <fmt/format.h>

#include "answer/answerer.h"
#include "answer/client_address.h"
#include "answer/own_paths.h"
#include "base/text.h"
#include "http/form.h"
#include "http/problem.h"

namespace understudy::answer {
namespace {

constexpr std::uint64_t kMostForm = 4096;

std::string_view phrase_of(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 303:
      return "See Other";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    default:
      return "Service Unavailable";
  }
}

struct Trouble {
  unsigned status;
  std::string_view detail;
};

constexpr Trouble kNoPassword{404, "This group has no password; a pass's link holds its token: ?token=…"};
constexpr Trouble kWrongMethod{405, "Expected GET, HEAD or POST."};
constexpr Trouble kForeign{403, "A page of another site must not send this form."};
constexpr Trouble kTooLarge{413, "Expected a form of at most 4096 bytes."};

/// A page of another site that sends the form: browsers say so (Fetch Metadata).
bool is_foreign(const http::Request& request) {
  const std::string_view site = request.other("Sec-Fetch-Site");
  return site == "cross-site" || site == "same-site";
}

}  // namespace

std::uint64_t Answerer::wants_body(const http::Request& request) const {
  return request.method_name == "POST" && request.path() == kPassPath ? kMostForm : 0;
}

void Answerer::answer_pass(const http::Request& request, const Scene& scene, http::Reply& reply) {
  reply.note.format = "pass";
  const bool reads = request.method == http::Method::kGet || request.method == http::Method::kHead;
  const std::string_view query = http::query_of(request.target);
  const bool has_form = desk_ != nullptr && !scene.group.gate->password_hash.empty();
  Trouble trouble = kNoPassword;
  if (reads) {
    if (const auto token = http::form_value(query, "token"))
      return answer_pass_link(request, scene, *token, reply);
    const auto ticket = http::form_value(query, "check");
    if (has_form && ticket) return answer_pass_check(request, scene, *ticket, reply);
    if (has_form) return append_pass_page(request, scene, {PassPage::kPassword}, {}, reply);
  } else if (request.method_name != "POST") {
    trouble = kWrongMethod;
  } else if (is_foreign(request)) {
    trouble = kForeign;
  } else if (request.content.state == http::Content::State::kTooLarge) {
    trouble = kTooLarge;
  } else if (http::form_value(request.content.bytes, "give-up")) {
    const std::string cookie = pass_cookie("false", std::nullopt, *scene.group.gate);
    return append_pass_page(request, scene, {PassPage::kGivenUp}, cookie, reply);
  } else if (has_form) {
    return answer_pass_form(request, scene, reply);
  }
  const std::string body = http::problem_body(trouble.status, phrase_of(trouble.status), trouble.detail);
  reply.head.append(
      fmt::format("HTTP/1.1 {} {}\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\n{}"
                  "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nVary: Origin\r\n",
                  trouble.status, phrase_of(trouble.status), body.size(),
                  trouble.status == 405 ? "Allow: GET, HEAD, POST, OPTIONS\r\n" : ""));
  append_dated_end(request, *scene.group.cors, reply);
  if (request.method != http::Method::kHead) {
    reply.head.append(body);
    reply.note.inline_body = body.size();
  }
  reply.note.status = trouble.status;
}

void Answerer::answer_pass_link(const http::Request& request, const Scene& scene, std::string_view token,
                                http::Reply& reply) {
  static const model::PassBook kNone;
  const model::PassBook& book = snapshot_->passes == nullptr ? kNone : *snapshot_->passes;
  const model::PassBook::Verified verified = book.verify(token, scene.group.id, now_);
  if (verified.fault != model::PassFault::kNone) {
    reply.note.why = to_text(verified.fault);
    return append_pass_page(request, scene, {PassPage::kRefused, {}, {}, verified.fault}, {}, reply);
  }
  reply.note.why_detail = verified.id;
  const auto age = std::chrono::ceil<std::chrono::seconds>(verified.expires - now_);
  const std::string cookie = pass_cookie(token, age, *scene.group.gate);
  const auto to = http::form_value(http::query_of(request.target), "to");
  if (!to) return append_pass_page(request, scene, {PassPage::kGood, {}, verified.expires}, cookie, reply);
  if (!may_lead_to(*to, scene.group.gate->redirects))
    return append_pass_page(request, scene, {PassPage::kAstray}, {}, reply);
  reply.head.append(fmt::format(
      "HTTP/1.1 303 See Other\r\nLocation: {}\r\nContent-Length: 0\r\n{}Referrer-Policy: no-referrer\r\n"
      "Cache-Control: no-store\r\nVary: Origin\r\n",
      *to, cookie));
  append_dated_end(request, *scene.group.cors, reply);
  reply.note.status = 303;
}

void Answerer::answer_pass_form(const http::Request& request, const Scene& scene, http::Reply& reply) {
  PasswordDesk::Ask ask;
  ask.group_id = scene.group.id;
  ask.hash = scene.group.gate->password_hash;
  ask.password = http::form_value(request.content.bytes, "password").value_or("");
  ask.client = client_address(request.peer, request.forwarded_for, *snapshot_).value_or(Address{});
  const PasswordDesk::Ticket ticket = desk_->hand_in(std::move(ask));
  if (ticket.id.empty()) {
    const std::string later = fmt::format("Retry-After: {}\r\n", ticket.wait.count());
    return append_pass_page(request, scene, {PassPage::kThrottled}, later, reply);
  }
  reply.head.append(
      fmt::format("HTTP/1.1 303 See Other\r\nLocation: {}?check={}\r\nContent-Length: 0\r\n"
                  "Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\nVary: Origin\r\n",
                  kPassPath, ticket.id));
  append_dated_end(request, *scene.group.cors, reply);
  reply.note.status = 303;
}

void Answerer::answer_pass_check(const http::Request& request, const Scene& scene, std::string_view ticket,
                                 http::Reply& reply) {
  // HEAD must not take away what a GET is to tell once.
  const bool gets = request.method == http::Method::kGet;
  const PasswordDesk::Outcome outcome =
      gets ? desk_->fetch(ticket, scene.group.id) : PasswordDesk::Outcome{PasswordDesk::State::kWaiting, {}};
  switch (outcome.state) {
    case PasswordDesk::State::kWaiting:
      return append_pass_page(request, scene, {PassPage::kChecking}, "Refresh: 1\r\n", reply);
    case PasswordDesk::State::kRight:
      return answer_pass_link(request, scene, outcome.token, reply);
    case PasswordDesk::State::kWrong:
      return append_pass_page(request, scene, {PassPage::kWrong}, {}, reply);
    case PasswordDesk::State::kFailed:
      return append_pass_page(request, scene, {PassPage::kFailed}, "Retry-After: 60\r\n", reply);
    case PasswordDesk::State::kUnknown:
      return append_pass_page(request, scene, {PassPage::kPassword}, {}, reply);
  }
}

void Answerer::append_pass_page(const http::Request& request, const Scene& scene, const PassPageInput& input,
                                std::string_view more, http::Reply& reply) {
  PassPageInput named = input;
  named.group = scene.group.name;
  const std::string body = render_pass_page(named);
  const unsigned status = status_of(input.page);
  reply.head.append(fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n"
      "Content-Security-Policy: {}\r\n{}Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\nX-Robots-Tag: noindex\r\nVary: Origin\r\n",
      status, phrase_of(status), body.size(), pass_page_policy(), more));
  append_dated_end(request, *scene.group.cors, reply);
  if (request.method != http::Method::kHead) {
    reply.head.append(body);
    reply.note.inline_body = body.size();
  }
  reply.note.status = status;
}

}  // namespace understudy::answer
