// Why a script gets nothing: one finding for each trouble.
#include <fmt/format.h>

#include "app/doctor/rules.h"
#include "app/doctor/wording.h"
#include "base/text.h"

namespace understudy::app::doctor {
namespace {

constexpr std::string_view kBlind =
    "fetch rejects with TypeError (XMLHttpRequest: status 0): the page can't tell this from a lost "
    "connection";

/// "Access-Control-Allow-Origin: https://shop.example", and what goes with it.
std::string wanted_origin(const Visit& visit) {
  const std::string line = fmt::format("Access-Control-Allow-Origin: {}", visit.origin);
  return visit.credentials == Credentials::kInclude ? line + " and Access-Control-Allow-Credentials: true"
                                                    : line;
}

Finding missing_origin(const Visit& visit, const Exchange& exchange) {
  const net::ClientResponse& answer = exchange.answer.response;
  const bool by_proxy = answer.status == 502 || answer.status == 503 || answer.status == 504;
  Finding finding;
  finding.code =
      by_proxy && exchange.asked.purpose == Purpose::kRequest ? "proxy-error-without-cors" : "origin-missing";
  finding.seen = fmt::format("{} without Access-Control-Allow-Origin{}", status_text(answer.status),
                             sender_text(answer));
  finding.so = fmt::format("{}, and does not learn of the {}", kBlind, answer.status);
  finding.change =
      fmt::format("send {} with every answer, errors too{}", wanted_origin(visit), proxy_advice(answer));
  return finding;
}

Finding wrong_origin(const Visit& visit, const net::ClientResponse& answer) {
  const std::string allowed = combined(answer.headers, "Access-Control-Allow-Origin").value_or("");
  Finding finding;
  finding.code = "origin-wrong";
  finding.seen = fmt::format("Access-Control-Allow-Origin: {}, while the page is at {}{}", shown(allowed),
                             visit.origin, origin_difference(allowed, visit.origin));
  finding.so = fmt::format("{}; the value must be the page's origin byte for byte, or *", kBlind);
  finding.change = fmt::format("send {}", wanted_origin(visit));
  if (visit.origin == "null")
    finding.change +=
        ", or better, redirect to no other host: the address that is asked should answer itself";
  return finding;
}

Finding cors_finding(const Visit& visit, const Exchange& exchange, CorsCheck check) {
  const net::ClientResponse& answer = exchange.answer.response;
  const std::string allowed = combined(answer.headers, "Access-Control-Allow-Origin").value_or("");
  switch (check) {
    case CorsCheck::kOriginSeveral:
      return {"origin-several",
              Severity::kFinding,
              {},
              {},
              fmt::format("Access-Control-Allow-Origin: {}", shown(allowed)),
              fmt::format("{}; one value alone is allowed, also over several lines", kBlind),
              fmt::format(
                  "send it once, with the asking origin: {}; look for a proxy and an API that both set it",
                  visit.origin)};
    case CorsCheck::kOriginStar:
      return {
          "origin-star-with-credentials",
          Severity::kFinding,
          {},
          {},
          "Access-Control-Allow-Origin: *",
          fmt::format("with credentials: \"include\" {}; * is for requests without cookies alone", kBlind),
          fmt::format("send {} and Vary: Origin; if the page needs no cookies, fetch without credentials "
                      "and ask here with --credentials omit",
                      wanted_origin(visit))};
    case CorsCheck::kOriginWrong:
      return wrong_origin(visit, answer);
    case CorsCheck::kCredentials:
      return {"credentials-not-true",
              Severity::kFinding,
              {},
              {},
              fmt::format(
                  "Access-Control-Allow-Credentials: {}",
                  shown(combined(answer.headers, "Access-Control-Allow-Credentials").value_or("(missing)"))),
              fmt::format("with credentials: \"include\" {}", kBlind),
              "send Access-Control-Allow-Credentials: true, in lower case and once; if the page needs no "
              "cookies, "
              "ask here with --credentials omit"};
    case CorsCheck::kOriginMissing:
    case CorsCheck::kPasses:
      break;
  }
  return missing_origin(visit, exchange);
}

Finding preflight_status(const Exchange& exchange) {
  const net::ClientResponse& answer = exchange.answer.response;
  const std::string method = combined(exchange.asked.headers, "Access-Control-Request-Method").value_or("");
  Finding finding;
  finding.seen =
      fmt::format("the preflight OPTIONS got {}{}", status_text(answer.status), sender_text(answer));
  finding.so = fmt::format("the browser never sends the {}: {}", method, kBlind);
  if (is_redirect(answer.status)) {
    finding.code = "preflight-redirected";
    finding.seen += fmt::format(", to {}", shown(combined(answer.headers, "Location").value_or("nowhere")));
    finding.change =
        "answer the preflight itself with 204; let the page ask the final address (https, with or without "
        "the last slash)";
  } else if (answer.status >= 500) {
    finding.code = "preflight-5xx";
    finding.change =
        "answer OPTIONS with 204 and the CORS headers in the proxy or in understudy, also when the API is "
        "down" +
        proxy_advice(answer);
  } else {
    finding.code = "preflight-not-2xx";
    finding.change =
        answer.status == 401 || answer.status == 403 || answer.status == 407
            ? "answer OPTIONS before asking for a login: a preflight never carries cookies or Authorization"
            : "answer OPTIONS with 204 and the CORS headers on this path";
  }
  return finding;
}

Finding gap_finding(const Exchange& exchange, const PreflightGap& gap) {
  using Kind = PreflightGap::Kind;
  const auto& headers = exchange.answer.response.headers;
  const auto list = [&](std::string_view name) {
    return fmt::format("{}: {}", name, shown(combined(headers, name).value_or("(missing)")));
  };
  const std::string methods = list("Access-Control-Allow-Methods");
  const std::string names = list("Access-Control-Allow-Headers");
  const std::string so = fmt::format("the browser never sends the request: {}", kBlind);
  const auto finding = [&](const char* code, const std::string& seen, std::string why, std::string change) {
    return Finding{code, Severity::kFinding, {}, {}, seen, std::move(why), std::move(change)};
  };
  switch (gap.kind) {
    case Kind::kMethod: {
      const TokenList allowed = token_list(headers, "Access-Control-Allow-Methods");
      if (allowed.has_ignoring_case(gap.name))
        return finding("method-not-allowed", methods,
                       fmt::format("{} is another method than that: case counts, and fetch turns none but "
                                   "DELETE, GET, HEAD, OPTIONS, POST and PUT into capitals; {}",
                                   gap.name, so),
                       "write the method in capitals in the page, and in the API's list");
      return finding(
          "method-not-allowed", methods, fmt::format("{} is not in it; {}", gap.name, so),
          fmt::format("add {} to Access-Control-Allow-Methods of the preflight's answer", gap.name));
    }
    case Kind::kMethodStar:
      return finding(
          "method-not-allowed", methods,
          fmt::format("with credentials: \"include\" * is no wildcard but a method's name; {}", so),
          fmt::format("name {} in Access-Control-Allow-Methods", gap.name));
    case Kind::kHeader:
      return finding(
          "header-not-allowed", names, fmt::format("{} is not in it; {}", gap.name, so),
          fmt::format("add {} to Access-Control-Allow-Headers of the preflight's answer", gap.name));
    case Kind::kHeaderStar:
      return finding(
          "header-not-allowed", names,
          fmt::format(
              "with credentials: \"include\" * is no wildcard but a header's name, so {} is not allowed; {}",
              gap.name, so),
          fmt::format("name {} in Access-Control-Allow-Headers", gap.name));
    case Kind::kAuthorizationStar:
      return finding(
          "authorization-not-covered", names,
          "by the Fetch standard * never covers Authorization, and fetch rejects; Chromium still lets it "
          "through, with a warning in its console that this will end",
          "name Authorization in Access-Control-Allow-Headers, beside * or in its place");
    case Kind::kMalformed:
      break;
  }
  return finding(
      "list-malformed", list(gap.name),
      fmt::format("that is no list of names with commas between them; {}", so),
      fmt::format("send {} as names with commas between them, without quotes or blanks in them", gap.name));
}

Finding fault_finding(const Exchange& exchange) {
  using net::ClientFault;
  const auto made = [&](const char* code, const char* change) {
    return Finding{code,  Severity::kFinding, {}, {}, shown(exchange.answer.message), std::string(kBlind),
                   change};
  };
  switch (exchange.answer.fault) {
    case ClientFault::kHost:
      return made("host-not-found", "check the name and its DNS records, seen from where the browsers are");
    case ClientFault::kRefused:
      return made("connection-refused", "start what should listen there, or check port and firewall");
    case ClientFault::kConnect:
      return made("not-reachable", "check route and firewall");
    case ClientFault::kConnectTime:
    case ClientFault::kTime: {
      Finding finding = made("timeout", "see what holds the answer up; --timeout waits longer here");
      finding.so =
          "the page waits: no browser gives up before minutes have passed, and fetch has no timeout of its "
          "own";
      return finding;
    }
    case ClientFault::kTls:
      return made("tls-failed", "serve TLS 1.2 or later on that port, or ask over http");
    case ClientFault::kCertificate:
      return made("certificate",
                  "serve a certificate for this host with its whole chain; --insecure looks past it here, no "
                  "browser does");
    case ClientFault::kProtocol:
      return made("not-http", "see what listens there: it does not speak HTTP/1.1");
    case ClientFault::kClosed:
      return made("no-answer",
                  "find out who closes the connection without an answer: an API that dies, or a proxy that "
                  "drops requests");
    case ClientFault::kNone:
    case ClientFault::kRequest:
    case ClientFault::kBody:
      break;
  }
  return made("not-sent", "change what can't be sent");
}

Finding blocked(const Trouble& trouble) {
  switch (trouble.kind) {
    case Trouble::Kind::kBlockedPort:
      return {"port-blocked",
              Severity::kFinding,
              {},
              {},
              fmt::format("port {}", trouble.detail),
              fmt::format("browsers never connect to that port: {}", kBlind),
              "serve the API on another port, 443 best of all"};
    case Trouble::Kind::kMixedContent:
      return {"mixed-content",
              Severity::kFinding,
              {},
              {},
              fmt::format("an https page asks {}", shown(trouble.detail)),
              fmt::format("browsers block that before anything is sent: {}", kBlind),
              "serve the API over https"};
    case Trouble::Kind::kRedirectAddress:
      return {"redirect-broken",
              Severity::kFinding,
              {},
              {},
              fmt::format("a redirect to {}", shown(trouble.detail)),
              std::string(kBlind),
              "redirect to an http or https address, or not at all"};
    case Trouble::Kind::kRedirectUser:
      return {"redirect-with-user",
              Severity::kFinding,
              {},
              {},
              "a redirect to an address with a user or a password in it",
              fmt::format("browsers follow none such across origins: {}", kBlind),
              "take the user out of the address"};
    case Trouble::Kind::kRedirectLoop:
      return {"redirect-loop",
              Severity::kFinding,
              {},
              {},
              fmt::format("redirects lead back to {}", shown(trouble.detail)),
              std::string(kBlind),
              "end the loop: often http and https, or a last slash, sent back and forth"};
    default:
      break;
  }
  return {"redirects-many",
          Severity::kFinding,
          {},
          {},
          fmt::format("more than five redirects; the next leads to {}", shown(trouble.detail)),
          "it was not followed any further here; each one costs the page a round trip, and after twenty "
          "fetch rejects",
          "let the page ask the final address"};
}

}  // namespace

std::vector<Finding> explain_troubles(const Page&, const Visit& visit) {
  std::vector<Finding> findings;
  for (const Trouble& trouble : visit.troubles) {
    const Exchange* last = visit.exchanges.empty() ? nullptr : &visit.exchanges[trouble.exchange];
    Finding finding;
    switch (trouble.kind) {
      case Trouble::Kind::kCors:
        finding = cors_finding(visit, *last, trouble.cors);
        break;
      case Trouble::Kind::kGap:
        finding = gap_finding(*last, trouble.gap);
        break;
      case Trouble::Kind::kPreflightStatus:
        finding = preflight_status(*last);
        break;
      case Trouble::Kind::kFault:
        finding = fault_finding(*last);
        break;
      default:
        finding = blocked(trouble);
    }
    if (last != nullptr) finding.on = last->asked.purpose == Purpose::kPreflight ? "preflight" : "request";
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace understudy::app::doctor
