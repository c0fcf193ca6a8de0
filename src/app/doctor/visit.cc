#include "app/doctor/visit.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace understudy::app::doctor {
namespace {

using Kind = Trouble::Kind;
using Outcome = Verdict::Outcome;

/// fetch() itself goes on to twenty.
constexpr std::size_t kMaxRedirects = 5;

bool is_body_header(std::string_view name) {
  const std::string low = lower(name);
  return low == "content-encoding" || low == "content-language" || low == "content-location" ||
         low == "content-type";
}

void erase_headers(net::HeaderFields& headers, const std::function<bool(std::string_view)>& unwanted) {
  std::erase_if(headers, [&](const auto& field) { return unwanted(field.first); });
}

/// What every request of a browser's has.
net::HeaderFields browser_headers(const net::HeaderFields& own, std::string_view site) {
  net::HeaderFields headers = own;
  if (!combined(own, "Accept")) headers.emplace_back("Accept", "*/*");
  headers.emplace_back("Sec-Fetch-Mode", "cors");
  headers.emplace_back("Sec-Fetch-Site", site);
  headers.emplace_back("Sec-Fetch-Dest", "empty");
  return headers;
}

Asked preflight_for(const Url& url, std::string_view method, const std::vector<std::string>& unsafe,
                    std::string_view origin) {
  Asked asked{Purpose::kPreflight, "OPTIONS", url, browser_headers({}, "cross-site"), {}};
  asked.headers.emplace_back("Access-Control-Request-Method", method);
  if (!unsafe.empty())
    asked.headers.emplace_back("Access-Control-Request-Headers", fmt::format("{}", fmt::join(unsafe, ",")));
  asked.headers.emplace_back("Origin", origin);
  return asked;
}

/// fetch() under way.
class Fetch {
 public:
  Fetch(const Page& page, Credentials credentials, const Send& send)
      : page_(page),
        send_(send),
        url_(page.url),
        method_(page.method),
        headers_(page.headers),
        body_(page.body) {
    visit_.credentials = credentials;
    visit_.origin = page.origin;
  }

  Visit run() {
    visit_.cross = false;
    for (;;) {
      visit_.cross = visit_.cross || origin_of(url_) != page_.origin;
      if (!may_be_asked() || !preflight() || !ask()) break;
      const net::ClientAttempt& answer = visit_.exchanges.back().answer;
      const auto location = combined(answer.response.headers, "Location");
      if (!is_redirect(answer.response.status) || !location) {
        resolve_with(answer);
        break;
      }
      if (!follow(answer.response.status, *location)) break;
    }
    return std::move(visit_);
  }

 private:
  bool fail(Trouble trouble) {
    trouble.exchange = visit_.exchanges.empty() ? 0 : visit_.exchanges.size() - 1;
    visit_.troubles.push_back(std::move(trouble));
    return false;
  }

  bool may_be_asked() {
    if (is_bad_port(url_)) return fail({Kind::kBlockedPort, {}, {}, std::to_string(url_.port)});
    if (is_mixed_content(page_.origin, url_)) return fail({Kind::kMixedContent, {}, {}, to_text(url_)});
    return true;
  }

  /// False where no head of an answer came.
  bool exchange(Asked asked) {
    net::ClientAttempt answer = send_(asked);
    visit_.exchanges.push_back({std::move(asked), std::move(answer)});
    const net::ClientAttempt& got = visit_.exchanges.back().answer;
    if (got.answered) return true;
    const bool waits = got.fault == net::ClientFault::kTime || got.fault == net::ClientFault::kConnectTime;
    if (waits) visit_.verdict.outcome = Outcome::kWaits;
    return fail({Kind::kFault, {}, {}, got.message});
  }

  bool cors_check() {
    const auto& headers = visit_.exchanges.back().answer.response.headers;
    const CorsCheck check = check_cors(headers, visit_.origin, visit_.credentials);
    return check == CorsCheck::kPasses || fail({Kind::kCors, check});
  }

  /// "CORS-preflight fetch"
  bool preflight() {
    if (!visit_.cross) return true;
    const auto unsafe = unsafe_header_names(headers_);
    if (is_safelisted_method(method_) && unsafe.empty()) return true;
    if (!exchange(preflight_for(url_, method_, unsafe, visit_.origin))) return false;
    const net::ClientResponse& answer = visit_.exchanges.back().answer.response;
    bool passes = true;
    if (answer.status < 200 || answer.status > 299) passes = fail({Kind::kPreflightStatus});
    passes = cors_check() && passes;
    if (!passes) return false;
    for (PreflightGap& gap : preflight_gaps(answer.headers, method_, unsafe, visit_.credentials)) {
      // Chromium has not taken over that rule of the standard's yet: it warns, and goes on.
      const bool overlooked = gap.kind == PreflightGap::Kind::kAuthorizationStar;
      passes = fail({Kind::kGap, {}, std::move(gap)}) || (passes && overlooked);
    }
    return passes;
  }

  bool ask() {
    Asked asked{Purpose::kRequest, method_, url_,
                browser_headers(headers_, visit_.cross ? "cross-site" : "same-origin"), body_};
    const bool safe = method_ == "GET" || method_ == "HEAD";
    if (visit_.cross || !safe) asked.headers.emplace_back("Origin", visit_.origin);
    const bool includes = visit_.credentials == Credentials::kInclude;
    if (includes && !page_.cookie.empty() && origin_of(url_) == origin_of(page_.url))
      asked.headers.emplace_back("Cookie", page_.cookie);
    return exchange(std::move(asked)) && (!visit_.cross || cors_check());
  }

  /// "HTTP-redirect fetch"
  bool follow(unsigned status, const std::string& location) {
    const auto next = resolve(url_, location);
    if (!next) return fail({Kind::kRedirectAddress, {}, {}, location});
    if (next->user && (visit_.cross || origin_of(*next) != page_.origin))
      return fail({Kind::kRedirectUser, {}, {}, location});
    const bool to_get = ((status == 301 || status == 302) && method_ == "POST") ||
                        (status == 303 && method_ != "GET" && method_ != "HEAD");
    if (to_get) {
      method_ = "GET";
      body_.clear();
      erase_headers(headers_, is_body_header);
    }
    if (origin_of(*next) != origin_of(url_)) {
      erase_headers(headers_, [](std::string_view name) { return iequals(name, "Authorization"); });
      // From a foreign origin on to another one: nobody's name is put on that.
      if (origin_of(url_) != page_.origin) visit_.origin = "null";
    }
    url_ = *next;
    return may_go_on();
  }

  bool may_go_on() {
    const auto is_same = [&](const Exchange& one) {
      return one.asked.purpose == Purpose::kRequest && one.asked.method == method_ && one.asked.url == url_;
    };
    if (std::any_of(visit_.exchanges.begin(), visit_.exchanges.end(), is_same))
      return fail({Kind::kRedirectLoop, {}, {}, to_text(url_)});
    if (++redirects_ <= kMaxRedirects) return true;
    visit_.verdict.outcome = Outcome::kUnknown;
    return fail({Kind::kRedirectsMany, {}, {}, to_text(url_)});
  }

  void resolve_with(const net::ClientAttempt& answer) {
    Verdict& verdict = visit_.verdict;
    verdict.outcome = Outcome::kResolves;
    verdict.status = answer.response.status;
    const bool whole = answer.fault == net::ClientFault::kNone || answer.fault == net::ClientFault::kBody;
    verdict.body = Verdict::Body::kWhole;
    if (!whole)
      verdict.body = answer.fault == net::ClientFault::kTime ? Verdict::Body::kWaits : Verdict::Body::kCut;
    verdict.headers = visit_.cross ? exposure(answer.response.headers, visit_.credentials)
                                   : own_exposure(answer.response.headers);
  }

  const Page& page_;
  const Send& send_;
  Url url_;
  std::string method_;
  net::HeaderFields headers_;
  std::string body_;
  std::size_t redirects_ = 0;
  Visit visit_;
};

}  // namespace

const Exchange* Visit::preflight() const {
  const auto found = std::find_if(exchanges.begin(), exchanges.end(), [](const Exchange& one) {
    return one.asked.purpose == Purpose::kPreflight;
  });
  return found == exchanges.end() ? nullptr : &*found;
}

Visit visit(const Page& page, Credentials credentials, const Send& send) {
  return Fetch(page, credentials, send).run();
}

bool needs_preflight(const Page& page) {
  return origin_of(page.url) != page.origin &&
         (!is_safelisted_method(page.method) || !unsafe_header_names(page.headers).empty());
}

Asked stranger(const Page& page) {
  const bool safe = page.method == "GET" || page.method == "HEAD";
  Asked asked;
  if (needs_preflight(page) || !safe) {
    asked = preflight_for(page.url, page.method, unsafe_header_names(page.headers), kStrangerOrigin);
  } else {
    asked = {Purpose::kStranger, page.method, page.url, browser_headers(page.headers, "cross-site"), {}};
    asked.headers.emplace_back("Origin", kStrangerOrigin);
  }
  asked.purpose = Purpose::kStranger;
  return asked;
}

}  // namespace understudy::app::doctor
