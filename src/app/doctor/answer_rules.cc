// What is wrong with an answer itself, whoever may read it.
#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include <boost/json/parse.hpp>

#include "app/doctor/rules.h"
#include "app/doctor/wording.h"
#include "base/text.h"

namespace understudy::app::doctor {
namespace {

using Body = Verdict::Body;

bool has_name(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "application/json" of "application/json; charset=utf-8".
std::string media_type(std::string_view value) { return lower(trim(take_until(value, ';'))); }

bool is_json_type(std::string_view type) {
  return type == "application/json" || type == "text/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

/// Whether the request asks for JSON by name.
bool asks_for_json(const Exchange& exchange) {
  std::string accept = combined(exchange.asked.headers, "Accept").value_or("");
  std::string_view rest = accept;
  while (!rest.empty()) {
    if (is_json_type(media_type(take_until(rest, ',')))) return true;
  }
  return false;
}

bool is_page(std::string_view body) {
  const std::string start = lower(trim_lines(body).substr(0, 100));
  return start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<head");
}

bool is_json(std::string_view body) {
  boost::system::error_code error;
  static_cast<void>(boost::json::parse(body, error));
  return !error;
}

/// Whether a header is likely meant for the page's script: of the API's own making, and not for browsers,
/// caches or the curious.
bool is_for_scripts(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kKnown{"etag", "location", "link", "content-disposition"};
  static constexpr std::array<std::string_view, 16> kNotMeant{
      "x-content-type-", "x-frame-",    "x-xss-",   "x-powered-by", "x-dns-",    "x-permitted-",
      "x-robots-",       "x-download-", "x-ua-",    "x-cache",      "x-served-", "x-varnish",
      "x-timer",         "x-amz-cf-",   "x-aspnet", "x-runtime"};
  if (std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end()) return true;
  if (!name.starts_with("x-") && !name.starts_with("understudy-") && !name.starts_with("ratelimit"))
    return false;
  return std::none_of(kNotMeant.begin(), kNotMeant.end(),
                      [&](std::string_view start) { return name.starts_with(start); });
}

Finding about(const char* code, Severity severity, std::string seen, std::string so, std::string change) {
  return {code, severity, "request", {}, std::move(seen), std::move(so), std::move(change)};
}

void judge_end(const Visit& visit, std::vector<Finding>& findings) {
  const net::ClientAttempt& answer = visit.last()->answer;
  if (visit.verdict.body == Body::kCut) {
    findings.push_back(about(
        "answer-cut", Severity::kFinding,
        fmt::format("the connection ended {} bytes into the body", answer.response.body.size()),
        fmt::format("fetch gives status {}, then text() and json() reject with TypeError",
                    answer.response.status),
        "find out who closes too early: an API that dies, a proxy's timeout, or a wrong Content-Length"));
  } else if (visit.verdict.body == Body::kWaits) {
    findings.push_back(
        about("body-slow", Severity::kFinding,
              fmt::format("the body had not ended in time, {} bytes came", answer.response.body.size()),
              fmt::format("fetch gives status {}, then text() and json() wait", answer.response.status),
              "see what holds it up; for a stream that is right, and --timeout waits longer here"));
  }
}

void judge_method(const Exchange& exchange, std::vector<Finding>& findings) {
  const net::ClientResponse& answer = exchange.answer.response;
  if (answer.status != 405 && answer.status != 501) return;
  const std::string allow = combined(answer.headers, "Allow").value_or("");
  findings.push_back(about(
      "method-405", Severity::kFinding,
      fmt::format("{} got {}{}{}", exchange.asked.method, status_text(answer.status), sender_text(answer),
                  allow.empty() ? "" : fmt::format(", Allow: {}", shown(allow))),
      "the page reads it as a mistake of its own, not as maintenance or failure, and does not try again",
      fmt::format("if the API takes {0}, a maintenance or error page answers in its place that serves files "
                  "alone: let it give 503 "
                  "to every method; else leave {0} alone",
                  exchange.asked.method)));
}

/// A kind of body that the page can't use.
void judge_format(const Exchange& exchange, const Visit& visit, std::vector<Finding>& findings) {
  const net::ClientResponse& answer = exchange.answer.response;
  const bool no_body =
      exchange.asked.method == "HEAD" || answer.status == 204 || answer.status == 205 || answer.status == 304;
  if (no_body || (visit.verdict.outcome == Verdict::Outcome::kResolves && visit.verdict.body != Body::kWhole))
    return;
  const std::string type = media_type(answer.header("Content-Type"));
  const bool asked = asks_for_json(exchange);
  const bool html =
      type == "text/html" || type == "application/xhtml+xml" || (!is_json_type(type) && is_page(answer.body));
  const std::string named = type.empty() ? "no Content-Type" : fmt::format("Content-Type: {}", shown(type));
  if (html && (asked || answer.status >= 400)) {
    findings.push_back(
        about("wrong-format", asked ? Severity::kFinding : Severity::kAdvice,
              fmt::format("{} with {}{}", status_text(answer.status),
                          html && type != "text/html" ? named + " and an HTML page" : named,
                          asked ? ", although JSON was asked for" : ""),
              "response.json() rejects with SyntaxError: a page that expects JSON shows nothing of it",
              "let errors be JSON where Accept asks for it, as understudy does"));
    return;
  }
  const bool encoded = !answer.header("Content-Encoding").empty();
  if (is_json_type(type) && !encoded && exchange.answer.fault == net::ClientFault::kNone &&
      !is_json(answer.body)) {
    findings.push_back(about("body-not-json", Severity::kFinding,
                             fmt::format("{}, but the body is {}", named,
                                         answer.body.empty()    ? "empty"
                                         : is_page(answer.body) ? "an HTML page"
                                                                : "no JSON"),
                             "response.json() rejects with SyntaxError",
                             "send JSON, or the Content-Type of what is sent"));
  } else if (asked && !is_json_type(type) && !encoded && !is_json(answer.body)) {
    findings.push_back(
        about("wrong-format", Severity::kFinding,
              fmt::format("{} with {}, although JSON was asked for", status_text(answer.status), named),
              "response.json() rejects with SyntaxError: a page that expects JSON shows nothing of it",
              "let it be JSON where Accept asks for it, as understudy does"));
  }
}

std::string expose_text(const net::ClientResponse& answer, Credentials credentials) {
  const auto exposed = combined(answer.headers, "Access-Control-Expose-Headers");
  if (!exposed) return "without Access-Control-Expose-Headers";
  if (credentials == Credentials::kInclude && trim(*exposed) == "*")
    return "with Access-Control-Expose-Headers: *, which is no wildcard with credentials: \"include\"";
  return fmt::format("with Access-Control-Expose-Headers: {}", shown(*exposed));
}

/// Headers that a script looks for and can't see.
void judge_exposure(const Exchange& exchange, const Visit& visit, std::vector<Finding>& findings) {
  if (visit.verdict.outcome != Verdict::Outcome::kResolves) return;
  const net::ClientResponse& answer = exchange.answer.response;
  const bool stopped = answer.status == 503 || answer.status == 429;
  if (has_name(visit.verdict.headers.hidden, "retry-after")) {
    findings.push_back(
        about("retry-after-hidden", Severity::kFinding,
              fmt::format("Retry-After: {} {}", shown(answer.header("Retry-After")),
                          expose_text(answer, visit.credentials)),
              "response.headers.get(\"Retry-After\") is null: the page doesn't know when to come back",
              "send Access-Control-Expose-Headers: Retry-After"));
  } else if (stopped && answer.header("Retry-After").empty()) {
    findings.push_back(about("retry-after-missing", Severity::kAdvice,
                             fmt::format("{} without Retry-After", status_text(answer.status)),
                             "every page has to guess when to come back, and many guess at once",
                             "send Retry-After with the seconds that are left, and expose it"));
  }
  std::vector<std::string> hidden;
  std::copy_if(visit.verdict.headers.hidden.begin(), visit.verdict.headers.hidden.end(),
               std::back_inserter(hidden), is_for_scripts);
  if (hidden.empty()) return;
  findings.push_back(about(
      "headers-hidden", Severity::kAdvice,
      fmt::format("{} {}", fmt::join(hidden, ", "), expose_text(answer, visit.credentials)),
      "scripts can't read them, whatever the network panel shows",
      fmt::format("if the page needs them: Access-Control-Expose-Headers: {}", fmt::join(hidden, ", "))));
}

}  // namespace

std::vector<Finding> judge_answer(const Page&, const Visit& visit) {
  std::vector<Finding> findings;
  const Exchange* last = visit.last();
  if (last == nullptr || last->asked.purpose != Purpose::kRequest || !last->answer.answered) return findings;
  judge_end(visit, findings);
  judge_method(*last, findings);
  judge_format(*last, visit, findings);
  judge_exposure(*last, visit, findings);
  return findings;
}

}  // namespace understudy::app::doctor
