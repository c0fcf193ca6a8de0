// From recorded exchanges to findings. What Chromium makes of the same: tests/browser/test_doctor.py.
#include "app/doctor/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::app::doctor {
namespace {

using net::ClientFault;
using net::HeaderFields;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::pair<std::string, std::string> kOrigin{"Access-Control-Allow-Origin", "https://shop.example"};
const std::pair<std::string, std::string> kCredentials{"Access-Control-Allow-Credentials", "true"};
const std::pair<std::string, std::string> kVary{"Vary", "Origin"};
const std::pair<std::string, std::string> kNoStore{"Cache-Control", "no-store"};

net::ClientAttempt answered(unsigned status, HeaderFields headers, std::string body = {}) {
  net::ClientAttempt answer;
  answer.answered = true;
  answer.response = {status, std::move(headers), std::move(body)};
  return answer;
}

Page page_at(const char* url, std::string method = "GET") {
  Page page;
  page.origin = "https://shop.example";
  page.url = parse_url(url).value();
  page.method = std::move(method);
  return page;
}

/// Answers in turn; what was asked is kept.
class Recorded {
 public:
  explicit Recorded(std::vector<net::ClientAttempt> answers) : answers_(std::move(answers)) {}
  Visit visit(const Page& page, Credentials credentials) {
    return doctor::visit(page, credentials, [this](const Asked& one) {
      asked.push_back(one);
      return answers_.at(asked.size() - 1);
    });
  }
  std::vector<Asked> asked;

 private:
  std::vector<net::ClientAttempt> answers_;
};

std::vector<std::string> codes(const std::vector<Finding>& findings) {
  std::vector<std::string> out;
  for (const Finding& finding : findings) {
    EXPECT_FALSE(finding.seen.empty() || finding.so.empty() || finding.change.empty()) << finding.code;
    out.push_back(finding.code);
  }
  return out;
}

std::vector<Finding> findings_of(const Page& page, const std::vector<net::ClientAttempt>& answers,
                                 Credentials credentials = Credentials::kInclude) {
  const Visit seen = Recorded(answers).visit(page, credentials);
  return find(page, {seen}, nullptr);
}

TEST(DoctorVisit, SendsWhatABrowserSends) {
  Page page = page_at("https://api.example/orders", "PUT");
  page.headers = {{"X-Shop", "1"}, {"Accept", "application/json"}};
  page.cookie = "a=b";
  page.body = "{}";
  Recorded recorded({answered(204, {kOrigin,
                                    kCredentials,
                                    {"Access-Control-Allow-Methods", "PUT"},
                                    {"Access-Control-Allow-Headers", "x-shop"}}),
                     answered(200, {kOrigin, kCredentials}, "")});
  const Visit seen = recorded.visit(page, Credentials::kInclude);
  EXPECT_EQ(seen.verdict.outcome, Verdict::Outcome::kResolves);
  ASSERT_EQ(recorded.asked.size(), 2U);
  const Asked& preflight = recorded.asked[0];
  EXPECT_EQ(preflight.method, "OPTIONS");
  EXPECT_EQ(combined(preflight.headers, "Access-Control-Request-Method"), "PUT");
  EXPECT_EQ(combined(preflight.headers, "Access-Control-Request-Headers"), "x-shop");
  EXPECT_EQ(combined(preflight.headers, "Cookie"), std::nullopt);
  EXPECT_EQ(preflight.body, "");
  const Asked& request = recorded.asked[1];
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(combined(request.headers, "Origin"), "https://shop.example");
  EXPECT_EQ(combined(request.headers, "Accept"), "application/json");
  EXPECT_EQ(combined(request.headers, "Cookie"), "a=b");
  EXPECT_EQ(request.body, "{}");
}

TEST(DoctorVisit, FollowsRedirectsAsTheStandardSays) {
  Page page = page_at("https://api.example/orders", "POST");
  page.headers = {{"Content-Type", "text/plain"}};
  page.cookie = "a=b";
  page.body = "{}";
  Recorded recorded({answered(302, {kOrigin, kCredentials, {"Location", "https://other.example/x"}}),
                     answered(200, {{"Access-Control-Allow-Origin", "null"}, kCredentials})});
  const Visit seen = recorded.visit(page, Credentials::kInclude);
  EXPECT_EQ(seen.verdict.outcome, Verdict::Outcome::kResolves);
  ASSERT_EQ(recorded.asked.size(), 2U);
  EXPECT_EQ(recorded.asked[1].method, "GET");
  EXPECT_EQ(recorded.asked[1].body, "");
  EXPECT_EQ(combined(recorded.asked[1].headers, "Content-Type"), std::nullopt);
  EXPECT_EQ(combined(recorded.asked[1].headers, "Origin"), "null");
  EXPECT_EQ(combined(recorded.asked[1].headers, "Cookie"), std::nullopt);
}

TEST(DoctorVisit, GivesUpOnManyRedirects) {
  std::vector<net::ClientAttempt> answers;
  for (int i = 0; i < 9; ++i)
    answers.push_back(answered(302, {kOrigin, kVary, {"Location", "/" + std::to_string(i)}}));
  Recorded recorded(answers);
  const Page page = page_at("https://api.example/");
  const Visit seen = recorded.visit(page, Credentials::kOmit);
  EXPECT_EQ(seen.verdict.outcome, Verdict::Outcome::kUnknown);
  EXPECT_EQ(recorded.asked.size(), 6U);
  EXPECT_THAT(codes(find(page, {seen}, nullptr)), ElementsAre("redirects-many"));
}

TEST(DoctorRules, FindNothingWrongWithAReadable503) {
  EXPECT_THAT(codes(findings_of(page_at("https://api.example/"),
                                {answered(503,
                                          {kOrigin,
                                           kCredentials,
                                           kVary,
                                           kNoStore,
                                           {"Retry-After", "9"},
                                           {"Access-Control-Expose-Headers", "Retry-After"},
                                           {"Content-Type", "application/json"}},
                                          "{}")})),
              IsEmpty());
}

TEST(DoctorRules, SayASharedFindingOnce) {
  const Page page = page_at("https://api.example/");
  const std::vector<net::ClientAttempt> answers{answered(502, {kNoStore, {"Server", "nginx\x1b[2J"}})};
  const Visit omit = Recorded(answers).visit(page, Credentials::kOmit);
  const Visit include = Recorded(answers).visit(page, Credentials::kInclude);
  const auto findings = find(page, {omit, include}, nullptr);
  ASSERT_THAT(codes(findings), ElementsAre("proxy-error-without-cors"));
  EXPECT_THAT(findings[0].modes, ElementsAre(Credentials::kOmit, Credentials::kInclude));
  EXPECT_THAT(findings[0].seen, HasSubstr("502 Bad Gateway"));
  EXPECT_THAT(findings[0].seen, testing::Not(HasSubstr("\x1b")));
  EXPECT_THAT(findings[0].change, HasSubstr("always"));
  EXPECT_THAT(findings[0].change, HasSubstr("Access-Control-Allow-Credentials: true"));
}

TEST(DoctorRules, NameTheLikelySlipInAnOrigin) {
  const auto seen = [](const char* allowed) {
    return findings_of(page_at("https://api.example/"),
                       {answered(200, {{"Access-Control-Allow-Origin", allowed}})})
        .at(0)
        .seen;
  };
  EXPECT_THAT(seen("https://shop.example/"), HasSubstr("slash"));
  EXPECT_THAT(seen("http://shop.example"), HasSubstr("http and https"));
  EXPECT_THAT(seen("HTTPS://SHOP.EXAMPLE"), HasSubstr("case counts"));
  EXPECT_THAT(seen("shop.example"), HasSubstr("scheme is missing"));
  EXPECT_THAT(seen("https://*.example"), HasSubstr("pattern"));
  EXPECT_THAT(seen("https://shop.example:8443"), HasSubstr("port"));
}

TEST(DoctorRules, TellFaultsApart) {
  const auto code = [](ClientFault fault) {
    net::ClientAttempt answer;
    answer.fault = fault;
    answer.message = "why";
    return codes(findings_of(page_at("https://api.example/"), {answer})).at(0);
  };
  EXPECT_EQ(code(ClientFault::kHost), "host-not-found");
  EXPECT_EQ(code(ClientFault::kRefused), "connection-refused");
  EXPECT_EQ(code(ClientFault::kConnect), "not-reachable");
  EXPECT_EQ(code(ClientFault::kConnectTime), "timeout");
  EXPECT_EQ(code(ClientFault::kTime), "timeout");
  EXPECT_EQ(code(ClientFault::kTls), "tls-failed");
  EXPECT_EQ(code(ClientFault::kCertificate), "certificate");
  EXPECT_EQ(code(ClientFault::kClosed), "no-answer");
  EXPECT_EQ(code(ClientFault::kProtocol), "not-http");
}

TEST(DoctorRules, JudgeCaching) {
  const auto judged = [](HeaderFields more) {
    HeaderFields headers{kOrigin,
                         kCredentials,
                         kVary,
                         {"Retry-After", "9"},
                         {"Access-Control-Expose-Headers", "*,Retry-After"}};
    headers.insert(headers.end(), more.begin(), more.end());
    const auto findings = findings_of(page_at("https://api.example/"), {answered(503, headers)});
    if (findings.empty()) return std::string("fine");
    return findings[0].code + (findings[0].severity == Severity::kFinding ? "" : " (advice)");
  };
  EXPECT_EQ(judged({kNoStore}), "fine");
  EXPECT_EQ(judged({}), "cacheable-error (advice)");
  EXPECT_EQ(judged({{"Cache-Control", "no-cache"}}), "cacheable-error (advice)");
  EXPECT_EQ(judged({{"Cache-Control", "max-age=0"}}), "cacheable-error (advice)");
  EXPECT_EQ(judged({{"Cache-Control", "private, Max-Age=\"60\""}}), "cacheable-error");
  EXPECT_EQ(judged({{"Cache-Control", "s-maxage=1"}}), "cacheable-error");
  EXPECT_EQ(judged({kNoStore, {"Age", "1"}}), "cacheable-error");
}

TEST(DoctorRules, AskAsAStrangerWhatDoesNoHarm) {
  Page page = page_at("https://api.example/", "POST");
  page.headers = {{"Content-Type", "text/plain"}};
  EXPECT_EQ(stranger(page).method, "OPTIONS");
  EXPECT_EQ(stranger(page_at("https://api.example/")).method, "GET");
  EXPECT_EQ(stranger(page_at("https://api.example/", "DELETE")).method, "OPTIONS");
  EXPECT_EQ(combined(stranger(page).headers, "Origin"), kStrangerOrigin);
}

TEST(DoctorRules, WarnOfStrangersThatAreAllowed) {
  const Page page = page_at("https://api.example/");
  const Visit seen =
      Recorded({answered(200, {kOrigin, kCredentials, kVary})}).visit(page, Credentials::kInclude);
  const auto with = [&](HeaderFields headers) {
    const Exchange other{stranger(page), answered(200, std::move(headers))};
    const auto findings = find(page, {seen}, &other);
    if (findings.empty()) return std::string("fine");
    return findings[0].code + (findings[0].severity == Severity::kFinding ? "" : " (advice)");
  };
  const std::pair<std::string, std::string> echo{"Access-Control-Allow-Origin", std::string(kStrangerOrigin)};
  EXPECT_EQ(with({}), "fine");
  EXPECT_EQ(with({{"Access-Control-Allow-Origin", "*"}}), "fine");
  EXPECT_EQ(with({echo}), "any-origin-allowed (advice)");
  EXPECT_EQ(with({echo, kCredentials}), "any-origin-allowed");
}

TEST(DoctorRules, WantVaryWhereTheOriginIsChosen) {
  const Page page = page_at("https://api.example/");
  const Visit seen = Recorded({answered(200, {kOrigin, kCredentials})}).visit(page, Credentials::kInclude);
  const Exchange constant{stranger(page), answered(200, {kOrigin})};
  const Exchange chosen{stranger(page), answered(200, {})};
  EXPECT_THAT(codes(find(page, {seen}, &constant)), IsEmpty());
  EXPECT_THAT(codes(find(page, {seen}, &chosen)), ElementsAre("vary-without-origin"));
  EXPECT_THAT(codes(find(page, {seen}, nullptr)), ElementsAre("vary-without-origin"));
}

}  // namespace
}  // namespace understudy::app::doctor
