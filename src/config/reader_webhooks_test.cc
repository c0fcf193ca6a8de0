// The sections [webhooks.NAME].

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/test_folder.h"
#include "config/reader.h"

namespace understudy::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kSecret = "0123456789abcdef";
constexpr std::string_view kShop = "[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\n";

ReadResult read(std::string_view text, const Environment& environment = {}) {
  static const model::Locales kLocales = model::built_in_locales();
  return read_config(std::string(text) + "\n" + std::string(kShop), "a.toml", environment, kLocales);
}

/// "LINE:COLUMN KEY", with a "?" in front of a warning.
std::vector<std::string> places_of(const ReadResult& result) {
  std::vector<std::string> out;
  for (const Problem& problem : result.problems) {
    out.push_back(fmt::format("{}{}:{} {}", problem.severity == Severity::kWarning ? "?" : "", problem.line,
                              problem.column, problem.key));
  }
  return out;
}

/// A sound webhook with `more` behind it, which begins on line 4.
std::string ops(std::string_view more) {
  return fmt::format("[webhooks.ops]\nurl = \"https://hooks.example/a\"\nsecret = \"{}\"\n{}", kSecret, more);
}

TEST(WebhookSettings, ReadsEveryKey) {
  const ReadResult result = read(
      ops("format = \"slack\"\nevents = [\"token\", \"store\"]\ngroups = [\"shop\"]\ntimeout = \"250ms\""));
  ASSERT_THAT(places_of(result), ElementsAre());
  ASSERT_EQ(result.config.webhooks.size(), 1U);
  const WebhookConfig& webhook = result.config.webhooks[0];
  EXPECT_EQ(webhook.name, "ops");
  EXPECT_EQ(webhook.url, "https://hooks.example/a");
  EXPECT_EQ(webhook.secret, kSecret);
  EXPECT_EQ(webhook.format, WebhookFormat::kSlack);
  EXPECT_THAT(webhook.events, ElementsAre("token", "store"));
  EXPECT_THAT(webhook.groups, ElementsAre("shop"));
  EXPECT_EQ(webhook.timeout, 250ms);
}

TEST(WebhookSettings, HasTheDocumentedDefaults) {
  const WebhookConfig webhook = read(ops("")).config.webhooks.at(0);
  EXPECT_EQ(webhook.format, WebhookFormat::kJson);
  EXPECT_THAT(webhook.events, ElementsAre("mode", "window"));
  EXPECT_TRUE(webhook.groups.empty());
  EXPECT_EQ(webhook.timeout, 5s);
}

TEST(WebhookSettings, RefusesOtherUrls) {
  for (const std::string_view url :
       {"ftp://a.example",     "hooks.example",        "//hooks.example",         "https://",
        "https:///a",          "https://a@b.example",  "https://u:p@b.example/x", "https://a.example/#x",
        "https://a b.example", "https://a.example/ä",  "https://a.example:0",     "https://a.example:65536",
        "https://a.example:",  "https://a.example:8o", "https://[::g]",           "https://[::1",
        "https://[::1]x",      "https://-a.example",   "https://a..example",      ""}) {
    EXPECT_THAT(places_of(read(fmt::format("[webhooks.ops]\nurl = \"{}\"\nsecret = \"{}\"", url, kSecret))),
                ElementsAre("2:7 webhooks.ops.url"))
        << url;
  }
  for (const std::string_view url :
       {"http://a.example", "https://A.example:8443/x?y=z", "http://127.0.0.1:80/", "http://[::1]:80/a",
        "https://a.example?@", "HTTPS://a.example", "http://localhost:9000/@/x"}) {
    EXPECT_THAT(places_of(read(fmt::format("[webhooks.ops]\nurl = \"{}\"\nsecret = \"{}\"", url, kSecret))),
                ElementsAre())
        << url;
  }
}

TEST(WebhookSettings, JudgesTheRest) {
  EXPECT_THAT(places_of(read(ops("format = \"xml\""))), ElementsAre("4:10 webhooks.ops.format"));
  EXPECT_THAT(places_of(read(ops("events = [\"mode\", \"mod\"]"))), ElementsAre("4:19 webhooks.ops.events"));
  EXPECT_THAT(places_of(read(ops("events = []"))), ElementsAre("4:10 webhooks.ops.events"));
  EXPECT_THAT(places_of(read(ops("groups = [\"shop\", \"shpo\"]"))), ElementsAre("4:19 webhooks.ops.groups"));
  EXPECT_THAT(places_of(read(ops("timeout = \"99ms\""))), ElementsAre("4:11 webhooks.ops.timeout"));
  EXPECT_THAT(places_of(read(ops("timeout = \"61s\""))), ElementsAre("4:11 webhooks.ops.timeout"));
  EXPECT_THAT(places_of(read(ops("evnts = []"))), ElementsAre("4:1 webhooks.ops.evnts"));
  EXPECT_THAT(places_of(read("[webhooks.ops]")),
              ElementsAre("1:11 webhooks.ops.url", "1:11 webhooks.ops.secret"));
  EXPECT_THAT(places_of(read("[webhooks.\"a b\"]\nurl = \"http://a\"\nsecret = \"0123456789abcdef\"")),
              ElementsAre("1:11 webhooks.a b"));
  EXPECT_THAT(places_of(read("webhooks = 1")), ElementsAre("1:12 webhooks"));
  const auto told = [](std::string_view more) { return to_line(read(ops(more)).problems.at(0)); };
  EXPECT_THAT(told("events = [\"mod\"]"), HasSubstr("did you mean \"mode\"?"));
  EXPECT_THAT(told("groups = [\"shpo\"]"), HasSubstr("did you mean \"shop\"?"));
  EXPECT_THAT(told("evnts = []"), HasSubstr("did you mean \"events\"?"));
}

TEST(WebhookSettings, NeedsOneSecretOfSomeLength) {
  EXPECT_THAT(places_of(read("[webhooks.a]\nurl = \"http://a\"\nsecret = \"0123456789abcde\"")),
              ElementsAre("3:10 webhooks.a.secret"));
  EXPECT_THAT(places_of(read(ops("secret_file = \"/nonexistent\""))),
              ElementsAre("4:15 webhooks.ops.secret_file"));
}

TEST(WebhookSettings, ReadsTheSecretFromAFile) {
  const TestFolder folder;
  const std::string path = (folder / "secret").string();
  const std::string text = fmt::format("[webhooks.a]\nurl = \"http://a\"\nsecret_file = \"{}\"", path);
  EXPECT_THAT(places_of(read(text)), ElementsAre("3:15 webhooks.a.secret_file"));
  folder.write("secret", "  0123456789abcdef\r\n");
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  EXPECT_THAT(places_of(read(text)), ElementsAre());
  EXPECT_EQ(read(text).config.webhooks.at(0).secret, kSecret);
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_THAT(places_of(read(text)), ElementsAre("?3:15 webhooks.a.secret_file"));
  folder.write("secret", "too short\n");
  EXPECT_TRUE(has_errors(read(text).problems));
  EXPECT_THAT(places_of(read("[webhooks.a]\nurl = \"http://a\"\nsecret_file = \"secret\"")),
              ElementsAre("3:15 webhooks.a.secret_file"));
}

TEST(WebhookSettings, TakesVariables) {
  const ReadResult result =
      read(ops("timeout = \"1s\""), {{"UNDERSTUDY_WEBHOOKS_OPS_TIMEOUT", "2s"},
                                     {"UNDERSTUDY_WEBHOOKS_NEW_URL", "http://new.example"},
                                     {"UNDERSTUDY_WEBHOOKS_NEW_SECRET", std::string(kSecret)},
                                     {"UNDERSTUDY_WEBHOOKS_NEW_EVENTS", "mode,group"}});
  ASSERT_THAT(places_of(result), ElementsAre());
  ASSERT_EQ(result.config.webhooks.size(), 2U);
  EXPECT_EQ(result.config.webhooks[0].timeout, 2s);
  EXPECT_EQ(result.config.webhooks[1].name, "new");
  EXPECT_THAT(result.config.webhooks[1].events, ElementsAre("mode", "group"));
  EXPECT_THAT(to_line(read("", {{"UNDERSTUDY_WEBHOOKS_OPS_COLOUR", "x"}}).problems.at(0)),
              HasSubstr("UNDERSTUDY_WEBHOOKS_NAME_URL"));
}

TEST(WebhookSettings, NeverQuotesASecret) {
  const std::string_view cases[] = {
      "[webhooks.a]\nurl = \"http://a\"\nsecret = \"hush\"",
      "[webhooks.a]\nurl = \"http://a\"\nsecret = [\"hush\"]",
      "[webhooks.a]\nurl = \"http://user:hush@a\"\nsecret = \"0123456789abcdef\"",
      "[webhooks.a]\nurl = \"ftp://a/hush\"\nsecret = \"0123456789abcdef\"",
      "[webhooks]\nsecret = \"hush-hush-hush-hush\"",
      "[webhooks.a]\nurl = \"http://a\"\nsecrt = \"hush-hush-hush-hush\"",
      "webhooks = \"hush\"",
  };
  for (const std::string_view text : cases) {
    const ReadResult result = read(text);
    EXPECT_TRUE(has_errors(result.problems)) << text;
    for (const Problem& problem : result.problems)
      EXPECT_THAT(to_line(problem), Not(HasSubstr("hush"))) << text;
  }
  const ReadResult result =
      read("", {{"UNDERSTUDY_WEBHOOKS_A_SECRET", "hush"}, {"UNDERSTUDY_WEBHOOKS_A_URL", "hush"}});
  EXPECT_TRUE(has_errors(result.problems));
  for (const Problem& problem : result.problems) EXPECT_THAT(to_line(problem), Not(HasSubstr("hush")));
  for (const auto& [key, value] : result.written) EXPECT_THAT(value, Not(HasSubstr("hush"))) << key;
}

}  // namespace
}  // namespace understudy::config
