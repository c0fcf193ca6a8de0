#include "control/webhook_message.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::control {
namespace {

using testing::ElementsAre;
using testing::Pair;

WebhookEvent event() {
  WebhookEvent e;
  e.event = "mode";
  e.at = WallTime(std::chrono::seconds(1795388400));
  e.who = "deploy";
  e.from = "unix socket";
  e.action = "mode.set";
  e.target = "shop";
  e.groups = {"shop"};
  return e;
}

TEST(WebhookMessage, HoldsTheWholeEvent) {
  WebhookEvent e = event();
  EXPECT_EQ(webhook_body(config::WebhookFormat::kJson, e),
            R"({"event":"mode","at":"2026-11-22T23:00:00Z","who":"deploy","from":"unix socket",)"
            R"("action":"mode.set","target":"shop","group":"shop","before":null,"after":null})");
  e.before = R"({"mode":"open"})";
  e.after = R"({"mode":"maintenance"})";
  e.status = R"({"group":"shop"})";
  e.groups = {"shop", "\"b\""};
  e.who = "a\"b";
  EXPECT_EQ(webhook_body(config::WebhookFormat::kJson, e),
            R"({"event":"mode","at":"2026-11-22T23:00:00Z","who":"a\"b","from":"unix socket",)"
            R"("action":"mode.set","target":"shop","groups":["shop","\"b\""],"before":{"mode":"open"},)"
            R"("after":{"mode":"maintenance"},"status":{"group":"shop"}})");
  e.groups.clear();
  EXPECT_EQ(webhook_body(config::WebhookFormat::kJson, e).find("group\":\"shop\",\"before"),
            std::string::npos);
}

TEST(WebhookMessage, SlackGetsASentenceThatCallsNobody) {
  WebhookEvent e = event();
  EXPECT_EQ(webhook_body(config::WebhookFormat::kSlack, e), R"({"text":"shop: mode.set, by deploy"})");
  e.sentence = "shop is down: \"a\" & <!channel>";
  EXPECT_EQ(webhook_body(config::WebhookFormat::kSlack, e),
            R"({"text":"shop is down: \"a\" &amp; &lt;!channel&gt;"})");
}

// The same figures as in docs/webhooks.md, whose example the tests run.
TEST(WebhookMessage, IsSignedWithItsTime) {
  const auto headers = webhook_headers("mode", "d-1", WallTime(std::chrono::milliseconds(1795388400999)),
                                       "a secret of 23 bytes!!!", R"({"event":"mode"})");
  EXPECT_THAT(headers,
              ElementsAre(Pair("Content-Type", "application/json"), Pair("Understudy-Event", "mode"),
                          Pair("Understudy-Delivery", "d-1"), Pair("Understudy-Timestamp", "1795388400"),
                          Pair("Understudy-Signature",
                               "v1=9c0809261a82ba67fee0bb33b4eba2c8345f248cf49bffc00c4500ce9b2ecaaa")));
}

TEST(WebhookMessage, GoesToWhoWantsIt) {
  config::WebhookConfig webhook;
  webhook.events = {"mode", "window"};
  EXPECT_TRUE(wants(webhook, event()));
  webhook.groups = {"other", "shop"};
  EXPECT_TRUE(wants(webhook, event()));
  webhook.groups = {"other"};
  EXPECT_FALSE(wants(webhook, event()));
  WebhookEvent of_none = event();
  of_none.groups.clear();
  EXPECT_TRUE(wants(webhook, of_none));
  WebhookEvent of_two = event();
  of_two.groups = {"shop", "other"};
  EXPECT_TRUE(wants(webhook, of_two));
  webhook.groups.clear();
  webhook.events = {"token"};
  EXPECT_FALSE(wants(webhook, event()));
}

}  // namespace
}  // namespace understudy::control
