#include "app/doctor/fetch_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::app::doctor {
namespace {

using net::HeaderFields;
using testing::ElementsAre;
using testing::IsEmpty;
constexpr Credentials kOmit = Credentials::kOmit;
constexpr Credentials kInclude = Credentials::kInclude;
constexpr std::string_view kOrigin = "https://shop.example";

TEST(FetchRules, NormaliseSomeMethodsAlone) {
  EXPECT_EQ(normalized_method("delete"), "DELETE");
  EXPECT_EQ(normalized_method("patch"), "patch");
  EXPECT_EQ(normalized_method("Get"), "GET");
  EXPECT_TRUE(is_forbidden_method("trace"));
  EXPECT_TRUE(is_safelisted_method("POST"));
  EXPECT_FALSE(is_safelisted_method("PUT"));
}

TEST(FetchRules, KnowWhichHeadersAreForbidden) {
  for (const char* name : {"Cookie", "host", "Sec-Fetch-Mode", "PROXY-X", "Origin", "Set-Cookie"})
    EXPECT_TRUE(is_forbidden_header(name, "x")) << name;
  EXPECT_TRUE(is_forbidden_header("X-HTTP-Method-Override", "GET, track"));
  EXPECT_FALSE(is_forbidden_header("X-HTTP-Method-Override", "PUT"));
  EXPECT_FALSE(is_forbidden_header("Authorization", "x"));
}

TEST(FetchRules, KnowWhichHeadersNeedNoPreflight) {
  EXPECT_TRUE(is_safelisted_header("Accept", "*/*"));
  EXPECT_FALSE(is_safelisted_header("Accept", "a(b"));
  EXPECT_FALSE(is_safelisted_header("Accept", std::string(129, 'a')));
  EXPECT_TRUE(is_safelisted_header("Accept-Language", "de, en;q=0.5"));
  EXPECT_FALSE(is_safelisted_header("Accept-Language", "de_DE"));
  EXPECT_TRUE(is_safelisted_header("content-type", "Text/Plain; charset=utf-8"));
  EXPECT_FALSE(is_safelisted_header("content-type", "application/json"));
  EXPECT_FALSE(is_safelisted_header("content-type", "text/plain; a=\"b\""));
  EXPECT_TRUE(is_safelisted_header("Range", "bytes=0-"));
  EXPECT_TRUE(is_safelisted_header("Range", "bytes=9-010"));
  for (const char* range : {"bytes=-5", "bytes=10-9", "bytes=0-1,3-4", "items=0-1", "bytes=0", "bytes="})
    EXPECT_FALSE(is_safelisted_header("Range", range)) << range;
  EXPECT_FALSE(is_safelisted_header("X-Shop", "1"));
}

TEST(FetchRules, NameUnsafeHeadersSorted) {
  EXPECT_THAT(unsafe_header_names({{"X-B", "1"}, {"Accept", "*/*"}, {"x-a", "1"}}),
              ElementsAre("x-a", "x-b"));
  // Together the safe ones may be 1024 bytes long.
  HeaderFields many;
  for (int i = 0; i < 9; ++i) many.emplace_back("Accept", std::string(120, 'a'));
  EXPECT_THAT(unsafe_header_names(many), ElementsAre("accept"));
  many.pop_back();
  EXPECT_THAT(unsafe_header_names(many), IsEmpty());
}

TEST(FetchRules, ReadLists) {
  const TokenList list = token_list({{"Vary", " a ,, B\t"}, {"VARY", ",c"}, {"X", "d"}}, "vary");
  EXPECT_THAT(list.items, ElementsAre("a", "B", "c"));
  EXPECT_TRUE(list.has_ignoring_case("b"));
  EXPECT_FALSE(list.has("b"));
  EXPECT_TRUE(token_list({{"Vary", ""}}, "Vary").present);
  EXPECT_FALSE(token_list({}, "Vary").present);
  EXPECT_TRUE(token_list({{"Vary", "a b"}}, "Vary").malformed);
  EXPECT_TRUE(token_list({{"Vary", "\"a\""}}, "Vary").malformed);
}

CorsCheck check(const HeaderFields& headers, Credentials credentials) {
  return check_cors(headers, kOrigin, credentials);
}

TEST(FetchRules, CheckTheOrigin) {
  const std::string name = "Access-Control-Allow-Origin";
  EXPECT_EQ(check({}, kOmit), CorsCheck::kOriginMissing);
  EXPECT_EQ(check({{name, "*"}}, kOmit), CorsCheck::kPasses);
  EXPECT_EQ(check({{name, "*"}}, kInclude), CorsCheck::kOriginStar);
  EXPECT_EQ(check({{name, " https://shop.example\t"}}, kOmit), CorsCheck::kPasses);
  EXPECT_EQ(check({{name, "https://shop.example"}}, kInclude), CorsCheck::kCredentials);
  for (const char* wrong :
       {"", "null", "https://shop.example/", "https://SHOP.example", "http://shop.example"})
    EXPECT_EQ(check({{name, wrong}}, kOmit), CorsCheck::kOriginWrong) << wrong;
  EXPECT_EQ(check({{name, "https://shop.example"}, {name, "https://shop.example"}}, kOmit),
            CorsCheck::kOriginSeveral);
  EXPECT_EQ(check_cors({{name, "null"}}, "null", kOmit), CorsCheck::kPasses);
  const auto with = [&](const char* value) {
    return check({{name, "https://shop.example"}, {"Access-Control-Allow-Credentials", value}}, kInclude);
  };
  EXPECT_EQ(with("true"), CorsCheck::kPasses);
  for (const char* wrong : {"True", "1", "true, true", ""})
    EXPECT_EQ(with(wrong), CorsCheck::kCredentials) << wrong;
}

std::vector<PreflightGap::Kind> gaps(const HeaderFields& answer, std::string_view method,
                                     const std::vector<std::string>& unsafe, Credentials credentials) {
  std::vector<PreflightGap::Kind> kinds;
  for (const PreflightGap& gap : preflight_gaps(answer, method, unsafe, credentials))
    kinds.push_back(gap.kind);
  return kinds;
}

TEST(FetchRules, FindWhatAPreflightLacks) {
  using Kind = PreflightGap::Kind;
  const std::string methods = "Access-Control-Allow-Methods";
  const std::string names = "Access-Control-Allow-Headers";
  EXPECT_THAT(gaps({}, "POST", {}, kInclude), IsEmpty());
  EXPECT_THAT(gaps({}, "PUT", {"x-a"}, kOmit), ElementsAre(Kind::kMethod, Kind::kHeader));
  EXPECT_THAT(gaps({{methods, "put"}}, "PUT", {}, kOmit), ElementsAre(Kind::kMethod));
  EXPECT_THAT(gaps({{methods, "PUT"}, {names, "X-A"}}, "PUT", {"x-a"}, kInclude), IsEmpty());
  EXPECT_THAT(gaps({{methods, "*"}, {names, "*"}}, "PUT", {"x-a"}, kOmit), IsEmpty());
  EXPECT_THAT(gaps({{methods, "*"}, {names, "*"}}, "PUT", {"x-a"}, kInclude),
              ElementsAre(Kind::kMethodStar, Kind::kHeaderStar));
  EXPECT_THAT(gaps({{names, "*"}}, "GET", {"authorization"}, kOmit), ElementsAre(Kind::kAuthorizationStar));
  EXPECT_THAT(gaps({{names, "*, authorization"}}, "GET", {"authorization"}, kInclude), IsEmpty());
  EXPECT_THAT(gaps({{names, "a b"}, {methods, "(x)"}}, "GET", {"x-a"}, kOmit),
              ElementsAre(Kind::kMalformed, Kind::kMalformed));
}

TEST(FetchRules, SayWhichHeadersAScriptReads) {
  const HeaderFields headers{{"Content-Type", "x"}, {"Retry-After", "1"}, {"X-A", "1"}, {"Set-Cookie", "a"}};
  const auto with = [&](const char* exposed) {
    HeaderFields all = headers;
    all.emplace_back("Access-Control-Expose-Headers", exposed);
    return all;
  };
  EXPECT_THAT(exposure(headers, kOmit).readable, ElementsAre("content-type"));
  EXPECT_THAT(exposure(headers, kOmit).hidden, ElementsAre("retry-after", "x-a"));
  EXPECT_THAT(exposure(with("RETRY-AFTER, set-cookie"), kInclude).readable,
              ElementsAre("content-type", "retry-after"));
  EXPECT_THAT(exposure(with("*"), kOmit).readable,
              ElementsAre("access-control-expose-headers", "content-type", "retry-after", "x-a"));
  EXPECT_THAT(exposure(with("*"), kInclude).readable, ElementsAre("content-type"));
  EXPECT_THAT(exposure(with("retry-after x-a"), kOmit).readable, ElementsAre("content-type"));
  EXPECT_THAT(own_exposure(headers).readable, ElementsAre("content-type", "retry-after", "x-a"));
}

TEST(FetchRules, ReadHowLongAPreflightIsKept) {
  const auto age = [](const char* text) { return max_age({{"Access-Control-Max-Age", text}}).count(); };
  EXPECT_EQ(max_age({}).count(), 5);
  EXPECT_EQ(age("0"), 0);
  EXPECT_EQ(age("86400"), 86'400);
  EXPECT_EQ(age("99999999999999999999"), 4'294'967'295);
  for (const char* text : {"", "-1", "1h", "1, 2", "1.5"}) EXPECT_EQ(age(text), 5) << text;
}

TEST(FetchRules, KnowWhatIsNeverAsked) {
  EXPECT_TRUE(is_bad_port(parse_url("http://a:6667/").value()));
  EXPECT_FALSE(is_bad_port(parse_url("http://a:8080/").value()));
  const auto mixed = [](const char* origin, const char* url) {
    return is_mixed_content(origin, parse_url(url).value());
  };
  EXPECT_TRUE(mixed("https://shop.example", "http://api.example/"));
  EXPECT_TRUE(mixed("https://shop.example", "http://127.example/"));
  EXPECT_FALSE(mixed("http://shop.example", "http://api.example/"));
  for (const char* own :
       {"http://localhost:1/", "http://api.localhost/", "http://127.0.0.9/", "http://[::1]/", "https://a/"})
    EXPECT_FALSE(mixed("https://shop.example", own)) << own;
}

}  // namespace
}  // namespace understudy::app::doctor
