// `[gate]`, `[groups.NAME.gate]` and `[groups.NAME.bypass]`.
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/reader.h"

namespace understudy::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kHash =
    "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7";

ReadResult read(std::string_view text, const Environment& environment = {}) {
  static const model::Locales kLocales = model::built_in_locales();
  return read_config(text, "a.toml", environment, kLocales);
}

std::string shop(std::string_view more) {
  return fmt::format("[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\n{}\n", more);
}

std::string line_of(std::string_view text) {
  for (const Problem& problem : read(text).problems) {
    if (problem.severity == Severity::kError) return to_line(problem);
  }
  return "no error";
}

TEST(ReaderGate, ReadsEverySetting) {
  const ReadResult result = read(shop(fmt::format(R"(
[groups.shop.gate]
paths = ["/api/*", "POST /graphql"]
exempt = []
reads = ["POST /search"]
ramp_cookie = "session"
[groups.shop.bypass]
networks = ["203.0.113.0/24", "2001:db8::/32"]
cookie = "BYPASS_MAINTENANCE"
header = "X-Bypass=letmein"
cookie_domain = "Shop.example"
cookie_same_site = "strict"
redirects = ["https://shop.example"]
password_hash = "{}"
[gate]
spoe = "127.0.0.1:8505"
agent_check = ["[::1]:8506", "unix:/run/agent.sock"]
pass_key_lifetime = "7d"
)",
                                                  kHash)));
  ASSERT_TRUE(result.problems.empty()) << to_line(result.problems.front());
  const GroupConfig& group = result.config.groups.at(0);
  EXPECT_EQ(group.gate.paths.at(1).method, "POST");
  EXPECT_TRUE(group.gate.exempt.empty());
  EXPECT_EQ(group.gate.reads.at(0).text(), "POST /search");
  EXPECT_EQ(group.gate.ramp_cookie, "session");
  EXPECT_EQ(group.bypass.networks.size(), 2U);
  EXPECT_EQ(group.bypass.cookie, (model::Credential{"BYPASS_MAINTENANCE", "true"}));
  EXPECT_EQ(group.bypass.header, (model::Credential{"X-Bypass", "letmein"}));
  EXPECT_EQ(group.bypass.cookie_domain, "shop.example");
  EXPECT_EQ(group.bypass.same_site, model::SameSite::kStrict);
  EXPECT_THAT(group.bypass.redirects, ElementsAre("https://shop.example"));
  EXPECT_EQ(group.bypass.password_hash, kHash);
  EXPECT_EQ(result.config.spoe_listen.at(0).port, 8505);
  EXPECT_EQ(result.config.agent_check_listen.size(), 2U);
  EXPECT_EQ(result.config.pass_key_lifetime, std::chrono::hours(7 * 24));
}

TEST(ReaderGate, HasDefaults) {
  const ReadResult result = read(shop(""));
  EXPECT_EQ(result.config.groups.at(0).gate.exempt.at(0).text(), "/.well-known/acme-challenge/*");
  EXPECT_TRUE(result.config.groups.at(0).bypass.cookie.name.empty());
  EXPECT_TRUE(result.config.spoe_listen.empty());
  EXPECT_EQ(result.config.pass_key_lifetime, std::chrono::hours(30 * 24));
}

TEST(ReaderGate, TakesVariables) {
  const ReadResult result =
      read(shop(""), {{"UNDERSTUDY_GROUPS_SHOP_BYPASS_NETWORKS", "10.0.0.0/8, 192.0.2.1"},
                      {"UNDERSTUDY_GROUPS_SHOP_GATE_READS", "POST /graphql,/search"},
                      {"UNDERSTUDY_GATE_SPOE", "127.0.0.1:1,127.0.0.1:2"}});
  ASSERT_TRUE(result.problems.empty()) << to_line(result.problems.front());
  EXPECT_EQ(result.config.groups.at(0).bypass.networks.size(), 2U);
  EXPECT_EQ(result.config.groups.at(0).gate.reads.size(), 2U);
  EXPECT_EQ(result.config.spoe_listen.size(), 2U);
}

TEST(ReaderGate, SaysWhatIsWrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"bypass.networks = [\"203.0.113.7/24\"]", "bits are set behind the prefix"},
      {"bypass.networks = [\"203.0.113.7/24\"]", "did you mean \"203.0.113.0/24\""},
      {"bypass.networks = [\"203.0.113.0/33\"]", "a network such as"},
      {"bypass.networks = [\"shop.example\"]", "a network such as"},
      {"gate.paths = [\"api/*\"]", "the path does not begin with a slash"},
      {"gate.exempt = [\"/a*\"]", "a \"*\" stands for a whole segment"},
      {"gate.reads = [\"POST search\"]", "the path does not begin with a slash"},
      {"gate.ramp_cookie = \"a b\"", "a cookie's name such as"},
      {"bypass.cookie = \"a b\"", "letters that no such name may have"},
      {"bypass.cookie = \"A=false\"", "can give none"},
      {"bypass.cookie = \"A=\"", "the value is empty"},
      {"bypass.cookie = \"A=b;c\"", "the value has letters"},
      {"bypass.cookie = \"understudy_pass\"", "this cookie carries signed passes"},
      {"bypass.header = \"X Bypass\"", "letters that no such name may have"},
      {"bypass.header = \"Cookie\"", "a meaning of its own"},
      {"bypass.header = \"x-forwarded-for=1\"", "a meaning of its own"},
      {"bypass.header = \"Understudy-Pass\"", "a meaning of its own"},
      {"bypass.cookie_domain = \".shop.example\"", "malformed host name"},
      {"bypass.cookie_domain = \"co.uk\"", "browsers refuse cookies for a public suffix"},
      {"bypass.cookie_same_site = \"loose\"", "one of \"none\" \"lax\" \"strict\""},
      {"bypass.redirects = [\"https://shop.example/\"]", "an origin has no trailing slash"},
      {"bypass.redirects = [\"https://*.shop.example\"]", "a link leads to one origin alone"},
      {"bypass.redirects = [\"*\"]", "a link leads to one origin alone"},
      {"bypass.redirects = [\"javascript://x\"]", "neither http nor https"},
      {"bypass.redirects = [\"shop.example\"]", "it has no scheme"},
      {"bypass.colour = 1", "unknown key"},
      {"gate.path = []", "did you mean \"paths\""},
      {"gate = 1", "a table: [groups.NAME.gate]"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_THAT(line_of(shop(text)), HasSubstr(std::string(expected)));
  EXPECT_THAT(line_of("[gate]\nspoe = \"tls:127.0.0.1:1\"\n"), HasSubstr("unix:/run/understudy/spoe.sock"));
  EXPECT_THAT(line_of("[gate]\nspoe = [1]\n"), HasSubstr("a string or a list of strings"));
  EXPECT_THAT(line_of("[gate]\nspoe = 1\n"), HasSubstr("a string or a list of strings"));
}

TEST(ReaderGate, TakesSlowHashesAloneAndNeverQuotesThem) {
  const std::string b86(86, 'a');
  const std::string b53(53, 'a');
  const std::string b43(43, 'a');
  for (const std::string& fine :
       {std::string(), std::string(kHash), "$2b$12$" + b53, "$6$salt$" + b86, "$6$rounds=5000$salt$" + b86,
        "$5$salt$" + b43, "$7$CU..../....salt$" + b43}) {
    EXPECT_EQ(line_of(shop(fmt::format("bypass.password_hash = \"{}\"", fine))), "no error") << fine;
  }
  for (const std::string& wrong :
       {std::string("secret"), std::string("$1$salt$0123456789012345678901"), "$2b$1$" + b53,
        "$6$salt$" + b43, "$6$rounds=x$salt$" + b86, std::string("$y$"), std::string("$y$j9T$salt$short"),
        "$2x$12$" + b53, std::string("ab01234567890")}) {
    const std::string line = line_of(shop(fmt::format("bypass.password_hash = \"{}\"", wrong)));
    EXPECT_THAT(line, HasSubstr("it is no hash of a password")) << wrong;
    // "$y$" is what is asked for.
    if (wrong != "$y$") {
      EXPECT_THAT(line, Not(HasSubstr(wrong)));
    }
  }
  EXPECT_THAT(line_of(shop("bypass = \"secret\"")), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace understudy::config
