#include "control/webhooks.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::control {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr auto kLimit = 20s;  // a test that waits this long has failed

config::WebhookConfig webhook(const std::string& name) {
  config::WebhookConfig config;
  config.name = name;
  config.url = "http://" + name + ".example/";
  config.secret = "0123456789abcdef";
  config.events = {"mode"};
  return config;
}

WebhookEvent event(const std::string& target) {
  WebhookEvent e;
  e.event = "mode";
  e.target = target;
  return e;
}

/// Receivers that answer as they are told, and remember what they got.
class FakeReceivers {
 public:
  /// Answers from here on; what is held waits until it is let go.
  void answer(const std::string& name, int status) {
    const std::lock_guard lock(mutex_);
    answers_[name] = status;
    changed_.notify_all();
  }
  void hold(const std::string& name) { answer(name, 0); }

  Webhooks::Send sender() {
    return [this](const config::WebhookConfig& hook, const WebhookHeaders& headers, const std::string& body) {
      return receive(hook, headers, body);
    };
  }
  /// Whether it comes true before the limit. Judged whenever something arrives.
  bool wait_until(const std::function<bool()>& holds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLimit, holds);
  }
  std::vector<std::string>& got(const std::string& name) {
    return got_[name];
  }  ///< inside wait_until, or at rest
  std::vector<std::string> ids;

 private:
  Result<SendOutcome> receive(const config::WebhookConfig& hook, const WebhookHeaders& headers,
                              const std::string& body) {
    std::unique_lock lock(mutex_);
    const auto at = body.find("\"target\":\"") + 10;
    got_[hook.name].push_back(body.substr(at, body.find('"', at) - at));
    ids.push_back(headers.at(2).second);
    changed_.notify_all();
    const auto status = [&] {
      const auto found = answers_.find(hook.name);
      return found == answers_.end() ? 200 : found->second;
    };
    if (!changed_.wait_for(lock, kLimit, [&] { return status() != 0; })) return Error{"held for too long"};
    return SendOutcome{status(), std::nullopt};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> answers_;
  std::map<std::string, std::vector<std::string>> got_;
};

class WebhooksTest : public testing::Test {
 protected:
  Webhooks make(const std::vector<config::WebhookConfig>& hooks, RetryPlan plan = {}) {
    return Webhooks({clock_, log_, Random(1), receivers_.sender(), plan}, hooks);
  }
  /// Waits for what the receivers don't see: what became of it.
  static bool becomes(const Webhooks& webhooks, const std::function<bool(const Webhooks::State&)>& holds) {
    const auto end = std::chrono::steady_clock::now() + kLimit;
    while (std::chrono::steady_clock::now() < end) {
      if (holds(webhooks.states().at(0))) return true;
      std::this_thread::yield();
    }
    return false;
  }

  SystemClock clock_;
  Log log_{LogLevel::kError, LogFormat::kJson};
  FakeReceivers receivers_;
};

TEST_F(WebhooksTest, DeliversInOrder) {
  Webhooks webhooks = make({webhook("a")});
  for (int i = 0; i < 5; ++i) webhooks.post(event(std::to_string(i)));
  EXPECT_TRUE(receivers_.wait_until([&] { return receivers_.got("a").size() == 5; }));
  EXPECT_THAT(receivers_.got("a"), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_TRUE(becomes(webhooks, [](const auto& s) { return s.counts.delivered == 5 && s.pending == 0; }));
}

TEST_F(WebhooksTest, ADeadReceiverHoldsUpNobody) {
  receivers_.hold("dead");
  Webhooks webhooks = make({webhook("dead"), webhook("live")});
  for (int i = 0; i < 3; ++i) webhooks.post(event(std::to_string(i)));
  EXPECT_TRUE(receivers_.wait_until([&] { return receivers_.got("live").size() == 3; }));
  EXPECT_EQ(webhooks.states().at(0).pending, 3U);
  receivers_.answer("dead", 200);
  EXPECT_TRUE(receivers_.wait_until([&] { return receivers_.got("dead").size() == 3; }));
}

TEST_F(WebhooksTest, TriesAgainWithTheSameDelivery) {
  receivers_.answer("a", 503);
  Webhooks webhooks = make({webhook("a")}, {.first = 1ms, .most = 2ms});
  webhooks.post(event("x"));
  EXPECT_TRUE(receivers_.wait_until([&] { return receivers_.got("a").size() >= 3; }));
  EXPECT_EQ(webhooks.states().at(0).last_error, "status 503");
  EXPECT_EQ(receivers_.ids.at(0), receivers_.ids.at(1));
  receivers_.answer("a", 200);
  EXPECT_TRUE(
      becomes(webhooks, [](const auto& s) { return s.counts.delivered == 1 && s.last_error.empty(); }));
}

TEST_F(WebhooksTest, CountsWhatIsRefused) {
  receivers_.answer("a", 410);
  Webhooks webhooks = make({webhook("a")});
  webhooks.post(event("x"));
  EXPECT_TRUE(
      becomes(webhooks, [](const auto& s) { return s.counts.failed == 1 && s.last_error == "status 410"; }));
}

TEST_F(WebhooksTest, EndsAtOnceWithARetryAhead) {
  receivers_.answer("a", 503);
  {
    Webhooks webhooks = make({webhook("a")}, {.first = 1h, .most = 1h});
    webhooks.post(event("x"));
    webhooks.post(event("y"));
    EXPECT_TRUE(becomes(webhooks, [](const auto& s) { return s.last_error == "status 503"; }));
  }
  EXPECT_THAT(receivers_.got("a"), ElementsAre("x"));
}

TEST_F(WebhooksTest, AReloadKeepsTheQueuesOfThoseThatStay) {
  receivers_.hold("stays");
  receivers_.hold("goes");
  Webhooks webhooks = make({webhook("goes"), webhook("stays")});
  webhooks.post(event("x"));
  webhooks.post(event("y"));
  EXPECT_TRUE(receivers_.wait_until(
      [&] { return receivers_.got("stays").size() == 1 && receivers_.got("goes").size() == 1; }));
  webhooks.use({webhook("new"), webhook("stays")});  // while both are sending
  webhooks.post(event("z"));
  EXPECT_TRUE(receivers_.wait_until([&] { return receivers_.got("new").size() == 1; }));
  receivers_.answer("stays", 200);
  receivers_.answer("goes", 200);
  EXPECT_TRUE(receivers_.wait_until([&] { return receivers_.got("stays").size() == 3; }));
  EXPECT_THAT(receivers_.got("stays"), ElementsAre("x", "y", "z"));
  EXPECT_THAT(receivers_.got("new"), ElementsAre("z"));
  EXPECT_THAT(receivers_.got("goes"), ElementsAre("x"));
  const auto states = webhooks.states();
  ASSERT_EQ(states.size(), 2U);
  EXPECT_EQ(states[0].name, "new");
  EXPECT_EQ(states[1].name, "stays");
}

TEST_F(WebhooksTest, TellsThoseThatWantIt) {
  config::WebhookConfig other = webhook("other");
  other.events = {"token"};
  Webhooks webhooks = make({other, webhook("a")});
  webhooks.post(event("x"));
  EXPECT_TRUE(receivers_.wait_until([&] { return receivers_.got("a").size() == 1; }));
  EXPECT_EQ(webhooks.states().at(0).pending, 0U);
  EXPECT_TRUE(receivers_.got("other").empty());
}

}  // namespace
}  // namespace understudy::control
