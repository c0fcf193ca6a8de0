// Who else may read an answer, and what caches make of it.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "app/doctor/rules.h"
#include "app/doctor/wording.h"
#include "base/text.h"

namespace understudy::app::doctor {
namespace {

/// The directives of Cache-Control that bear on storing.
struct CacheControl {
  bool no_store = false;
  bool no_cache = false;
  bool is_private = false;
  bool fresh = false;  ///< a lifetime above nothing, or `public`
};

CacheControl cache_control(const net::HeaderFields& headers) {
  CacheControl out;
  const std::string text = combined(headers, "Cache-Control").value_or("");
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view value = trim(take_until(rest, ','));
    const std::string name = lower(trim(take_until(value, '=')));
    value = trim(value);
    if (value.starts_with('"')) value.remove_prefix(1);
    out.no_store = out.no_store || name == "no-store";
    out.no_cache = out.no_cache || name == "no-cache";
    out.is_private = out.is_private || name == "private";
    const bool lasts = (name == "max-age" || name == "s-maxage") && !value.empty() &&
                       is_digit(value.front()) && value.find_first_not_of('0') != std::string_view::npos &&
                       is_digit(value[value.find_first_not_of('0')]);
    out.fresh = out.fresh || name == "public" || lasts;
  }
  return out;
}

/// Those that a cache may keep without being told so (RFC 9110 section 15.1).
bool is_kept_unasked(unsigned status) {
  static constexpr std::array<unsigned, 12> kKept{200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501};
  return std::find(kKept.begin(), kKept.end(), status) != kKept.end();
}

std::string caching_text(const net::HeaderFields& headers) {
  const auto text = combined(headers, "Cache-Control");
  return text ? fmt::format("Cache-Control: {}", shown(*text)) : "no Cache-Control";
}

/// An error that outlives the failure.
void judge_caching(const Exchange& exchange, std::vector<Finding>& findings) {
  const net::ClientResponse& answer = exchange.answer.response;
  if (answer.status < 500) return;
  const CacheControl control = cache_control(answer.headers);
  const auto age = combined(answer.headers, "Age");
  if (control.no_store && !age) return;
  const bool kept = age || (!control.no_store && (control.fresh || is_kept_unasked(answer.status)));
  std::string seen = fmt::format("{} with {}", status_text(answer.status), caching_text(answer.headers));
  if (age) seen += fmt::format(" and Age: {}, so from a cache", shown(*age));
  const bool has_expires = combined(answer.headers, "Expires").has_value();
  if (has_expires && !control.no_store) seen += " and Expires";
  findings.push_back({"cacheable-error",
                      kept ? Severity::kFinding : Severity::kAdvice,
                      "request",
                      {},
                      std::move(seen),
                      kept ? "browsers and caches on the way go on giving this answer when the API is back"
                           : "most caches leave it alone, but nothing tells them to",
                      "send Cache-Control: no-store with every 5xx"});
}

bool varies_by_origin(const net::HeaderFields& headers) {
  const TokenList vary = token_list(headers, "Vary");
  return vary.has("*") || vary.has_ignoring_case("Origin");
}

/// Whether the allowed origin depends on who asks: a stranger to the same question got another answer.
bool is_chosen(const Visit& visit, const Exchange* stranger) {
  if (stranger == nullptr || !stranger->answer.answered) return true;
  return combined(stranger->answer.response.headers, "Access-Control-Allow-Origin") != visit.origin;
}

void judge_vary(const Exchange& exchange, const Visit& visit, const Exchange* stranger,
                std::vector<Finding>& findings) {
  const net::HeaderFields& headers = exchange.answer.response.headers;
  const bool safe = exchange.asked.method == "GET" || exchange.asked.method == "HEAD";
  if (!safe || combined(headers, "Access-Control-Allow-Origin") != visit.origin ||
      varies_by_origin(headers) || !is_chosen(visit, stranger))
    return;
  const CacheControl control = cache_control(headers);
  const bool kept = !control.no_store && (control.fresh || is_kept_unasked(exchange.answer.response.status));
  findings.push_back(
      {"vary-without-origin",
       kept ? Severity::kFinding : Severity::kAdvice,
       "request",
       {},
       fmt::format("Access-Control-Allow-Origin echoes {}, and Vary is {}", visit.origin,
                   shown(combined(headers, "Vary").value_or("missing"))),
       kept ? "a cache gives this answer to a page on another origin, or that page's to this one, and fetch "
              "rejects"
            : "were it cached, a page on another origin would get it, and its fetch would reject",
       "send Vary: Origin with every answer, also where no origin is allowed"});
}

void judge_stranger(const Exchange* stranger, std::vector<Finding>& findings) {
  if (stranger == nullptr || !stranger->answer.answered) return;
  const net::HeaderFields& headers = stranger->answer.response.headers;
  if (combined(headers, "Access-Control-Allow-Origin") != kStrangerOrigin) return;
  const bool with_cookies = combined(headers, "Access-Control-Allow-Credentials") == "true";
  findings.push_back({"any-origin-allowed",
                      with_cookies ? Severity::kFinding : Severity::kAdvice,
                      {},
                      {},
                      fmt::format("asked from {}, which is nobody's, the answer allows that origin{}",
                                  kStrangerOrigin, with_cookies ? " with credentials" : ""),
                      with_cookies ? "any website can read the API with its visitors' cookies"
                                   : "any website can read the API, without its visitors' cookies",
                      with_cookies ? "echo an origin only when it is on a list"
                                   : "echo an origin only when it is on a list, or say * if everybody may"});
}

/// A sandboxed frame of any website is "null".
void judge_null(const Page& page, const Visit& visit, std::vector<Finding>& findings) {
  if (page.origin != "null" || visit.verdict.outcome != Verdict::Outcome::kResolves) return;
  const net::HeaderFields& headers = visit.last()->answer.response.headers;
  if (combined(headers, "Access-Control-Allow-Origin") != "null") return;
  const bool with_cookies = combined(headers, "Access-Control-Allow-Credentials") == "true";
  findings.push_back({"null-origin-allowed",
                      with_cookies ? Severity::kFinding : Severity::kAdvice,
                      "request",
                      {},
                      "Access-Control-Allow-Origin: null",
                      "every website can be null: a sandboxed frame is enough",
                      "take null off the list; serve the page from an origin of its own"});
}

/// A permission that outlives what gave it.
void judge_max_age(const Visit& visit, std::vector<Finding>& findings) {
  const Exchange* preflight = visit.preflight();
  const Exchange* last = visit.last();
  if (preflight == nullptr || last->asked.purpose != Purpose::kRequest || !last->answer.answered) return;
  const net::HeaderFields& headers = preflight->answer.response.headers;
  const auto text = combined(headers, "Access-Control-Max-Age");
  if (!text) return;
  const std::string seen = fmt::format("Access-Control-Max-Age: {}", shown(*text));
  if (text->empty() || !std::all_of(text->begin(), text->end(), is_digit)) {
    findings.push_back({"max-age-malformed",
                        Severity::kAdvice,
                        "preflight",
                        {},
                        seen,
                        "browsers keep the preflight for five seconds",
                        "send a number of seconds, nothing else"});
    return;
  }
  const unsigned status = last->answer.response.status;
  const std::chrono::seconds age = max_age(headers);
  if (status != 503 || age <= std::chrono::seconds(5)) return;
  const auto capped = [&](std::chrono::seconds cap) { return std::min(age, cap).count(); };
  findings.push_back({"preflight-outlives-maintenance",
                      Severity::kFinding,
                      "preflight",
                      {},
                      fmt::format("{}, while the API answers 503", seen),
                      fmt::format("browsers keep what this preflight allows when the API is back (Chromium "
                                  "{} s, Firefox {} s, Safari {} s): methods and headers "
                                  "that the API refuses are sent, and those that it allows may be refused",
                                  capped(std::chrono::hours(2)), capped(std::chrono::hours(24)),
                                  capped(std::chrono::minutes(10))),
                      "send Access-Control-Max-Age: 0 with a maintenance's preflights"});
}

}  // namespace

std::vector<Finding> judge_sharing(const Page& page, const Visit& visit, const Exchange* stranger) {
  std::vector<Finding> findings;
  const Exchange* last = visit.last();
  if (last == nullptr) return findings;
  if (last->asked.purpose == Purpose::kRequest && last->answer.answered) {
    judge_caching(*last, findings);
    if (visit.cross) judge_vary(*last, visit, stranger, findings);
    judge_null(page, visit, findings);
    judge_max_age(visit, findings);
  }
  judge_stranger(stranger, findings);
  return findings;
}

}  // namespace understudy::app::doctor
