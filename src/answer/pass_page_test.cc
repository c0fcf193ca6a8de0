#include "answer/pass_page.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::answer {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PassPage, LinksLeadToListedOriginsAlone) {
  const std::vector<std::string> origins = {"https://shop.example", "http://localhost:3000"};
  for (const char* good :
       {"https://shop.example", "https://shop.example/", "https://shop.example/a?b=https://x#c",
        "https://shop.example?a", "https://shop.example#a", "http://localhost:3000/x"})
    EXPECT_TRUE(may_lead_to(good, origins)) << good;
  for (const char* bad :
       {"", "/", "//shop.example/", "https://shop.example.evil/", "https://shop.example@evil/",
        "https://evil/", "https://shop.example:444/", "http://shop.example/", "https://SHOP.example/",
        "https://shop.example\\@evil/", "https://shop.example/\r\nX: y", "https://shop.example/ ",
        "https://shop.example/\xc3\xa4", "https://", "javascript:alert(1)//https://shop.example",
        "https:/shop.example"})
    EXPECT_FALSE(may_lead_to(bad, origins)) << bad;
  EXPECT_FALSE(may_lead_to("https://shop.example", {}));
}

TEST(PassPage, TheCookieIsAsTheGroupSays) {
  model::GatePolicy policy;
  EXPECT_EQ(pass_cookie("up_x", std::chrono::seconds(60), policy),
            "Set-Cookie: understudy_pass=up_x; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=None\r\n");
  policy.cookie_domain = "shop.example";
  policy.same_site = model::SameSite::kStrict;
  EXPECT_EQ(pass_cookie("false", std::nullopt, policy),
            "Set-Cookie: understudy_pass=false; Path=/; Domain=shop.example; HttpOnly; Secure; "
            "SameSite=Strict\r\n");
}

TEST(PassPage, EscapesAndSaysWhatItIs) {
  const WallTime expires{std::chrono::seconds(1'800'000'000)};
  const std::string good = render_pass_page({PassPage::kGood, "<b>&{{x}}{}", expires});
  EXPECT_THAT(good, HasSubstr("&lt;b&gt;&amp;"));
  EXPECT_THAT(good, Not(HasSubstr("<b>")));
  EXPECT_THAT(good, HasSubstr("2027-01-15T08:00:00Z"));
  EXPECT_THAT(good, HasSubstr("Friday 15 January 2027, 08:00 UTC"));
  EXPECT_THAT(good, HasSubstr("give-up"));
  for (int page = 0; page <= static_cast<int>(PassPage::kGivenUp); ++page) {
    const auto kind = static_cast<PassPage>(page);
    const std::string text = render_pass_page({kind, "shop", expires, model::PassFault::kExpired});
    EXPECT_EQ(text.find("{{"), std::string::npos) << page;
    EXPECT_EQ(text.find("{}"), std::string::npos) << page;
    EXPECT_EQ(text.find("<h1></h1>"), std::string::npos) << page;
    EXPECT_GE(status_of(kind), 200U);
  }
}

TEST(PassPage, NeverSaysHowASignatureWasWrong) {
  const auto said = [](model::PassFault fault) {
    return render_pass_page({PassPage::kRefused, "shop", {}, fault});
  };
  EXPECT_EQ(said(model::PassFault::kMalformed), said(model::PassFault::kWrongMac));
  EXPECT_EQ(said(model::PassFault::kMalformed), said(model::PassFault::kUnknownKey));
  EXPECT_NE(said(model::PassFault::kExpired), said(model::PassFault::kRevoked));
}

}  // namespace
}  // namespace understudy::answer
