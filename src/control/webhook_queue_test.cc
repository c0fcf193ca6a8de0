#include "control/webhook_queue.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace understudy::control {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Verdict = WebhookQueue::Verdict;

Delivery delivery(const std::string& id, SteadyTime posted = {}) {
  return {id, "mode", std::make_shared<const std::string>("{}"), posted};
}

Result<SendOutcome> status(int code, std::optional<std::chrono::seconds> retry_after = std::nullopt) {
  return SendOutcome{code, retry_after};
}

WebhookQueue queue(const RetryPlan& plan = {}) { return {plan, Random(1)}; }

TEST(WebhookQueue, SendsInOrder) {
  WebhookQueue q = queue();
  EXPECT_FALSE(q.due());
  q.post(delivery("a", SteadyTime(5s)));
  q.post(delivery("b", SteadyTime(6s)));
  EXPECT_EQ(q.due(), SteadyTime(5s));
  EXPECT_EQ(q.take().id, "a");
  EXPECT_FALSE(q.due());
  EXPECT_EQ(q.settle(status(503), SteadyTime(5s)), Verdict::kRetry);
  EXPECT_EQ(q.take().id, "a");
  EXPECT_EQ(q.settle(status(204), SteadyTime(7s)), Verdict::kDelivered);
  EXPECT_EQ(q.take().id, "b");
  EXPECT_EQ(q.settle(status(200), SteadyTime(7s)), Verdict::kDelivered);
  EXPECT_EQ(q.pending(), 0U);
  EXPECT_EQ(q.counts().delivered, 2U);
}

TEST(WebhookQueue, WaitsTwiceAsLongEachTime) {
  WebhookQueue q = queue();
  q.post(delivery("a"));
  SteadyTime now{};
  bool jitter_seen = false;
  for (const milliseconds least : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s}) {
    static_cast<void>(q.take());
    ASSERT_EQ(q.settle(Error{"refused"}, now), Verdict::kRetry);
    const auto wait = q.due().value() - now;
    EXPECT_GE(wait, least);
    EXPECT_LE(wait, std::min<milliseconds>(least + least / 4, 5min));
    jitter_seen = jitter_seen || wait != least;
    now += wait;
  }
  EXPECT_TRUE(jitter_seen);
  for (int i = 0; i < 40; ++i) {
    static_cast<void>(q.take());
    ASSERT_EQ(q.settle(Error{"refused"}, now), Verdict::kRetry);
    EXPECT_EQ(q.due().value() - now, 5min);
    now = q.due().value();
  }
  EXPECT_EQ(q.last_error(), "refused");
}

TEST(WebhookQueue, BeginsAnewOnceOneHasGotThrough) {
  WebhookQueue q = queue();
  q.post(delivery("a"));
  q.post(delivery("b"));
  for (int i = 0; i < 5; ++i) {
    static_cast<void>(q.take());
    ASSERT_EQ(q.settle(status(500), SteadyTime{}), Verdict::kRetry);
  }
  EXPECT_EQ(q.last_error(), "status 500");
  static_cast<void>(q.take());
  ASSERT_EQ(q.settle(status(200), SteadyTime{}), Verdict::kDelivered);
  EXPECT_EQ(q.last_error(), "");
  static_cast<void>(q.take());
  ASSERT_EQ(q.settle(status(500), SteadyTime{}), Verdict::kRetry);
  EXPECT_LE(q.due().value() - SteadyTime{}, 1250ms);
}

TEST(WebhookQueue, GivesUpAfterADay) {
  WebhookQueue q = queue();
  q.post(delivery("a"));
  q.post(delivery("b", SteadyTime(23h)));
  SteadyTime now{};
  Verdict verdict = Verdict::kRetry;
  int attempts = 0;
  while (verdict == Verdict::kRetry && ++attempts < 1000) {
    EXPECT_EQ(q.take().id, "a");
    verdict = q.settle(Error{"no answer"}, now);
    now = q.due().value();
  }
  EXPECT_EQ(verdict, Verdict::kGivenUp);
  EXPECT_GT(now, SteadyTime(24h));
  EXPECT_LT(now, SteadyTime(24h + 10min));
  EXPECT_EQ(q.counts().failed, 1U);
  // The next one is tried no sooner for that.
  EXPECT_GE(now - q.take().posted, 1h);
  EXPECT_EQ(q.settle(Error{"no answer"}, now), Verdict::kRetry);
}

TEST(WebhookQueue, GivesUpAtOnceWhereTheReceiverMeansNo) {
  for (const int code : {400, 401, 403, 404, 410, 422, 499}) {
    WebhookQueue q = queue();
    q.post(delivery("a"));
    static_cast<void>(q.take());
    EXPECT_EQ(q.settle(status(code), SteadyTime{}), Verdict::kGivenUp) << code;
    EXPECT_EQ(q.counts().failed, 1U);
    EXPECT_EQ(q.pending(), 0U);
  }
  for (const int code : {100, 199, 300, 301, 302, 399, 408, 425, 429, 500, 503, 599}) {
    WebhookQueue q = queue();
    q.post(delivery("a"));
    static_cast<void>(q.take());
    EXPECT_EQ(q.settle(status(code), SteadyTime{}), Verdict::kRetry) << code;
    EXPECT_EQ(q.pending(), 1U);
  }
}

TEST(WebhookQueue, HonoursRetryAfterWithinBounds) {
  const auto wait_for = [](std::chrono::seconds asked) {
    WebhookQueue q = queue();
    q.post(delivery("a"));
    static_cast<void>(q.take());
    EXPECT_EQ(q.settle(status(429, asked), SteadyTime{}), Verdict::kRetry);
    return q.due().value() - SteadyTime{};
  };
  EXPECT_EQ(wait_for(90s), 90s);
  EXPECT_EQ(wait_for(1h), 5min);
  EXPECT_EQ(wait_for(std::chrono::seconds::max()), 5min);
  for (const auto asked : {0s, std::chrono::seconds(-5), std::chrono::seconds::min()}) {
    EXPECT_GE(wait_for(asked), 1s);
    EXPECT_LE(wait_for(asked), 1250ms);
  }
}

TEST(WebhookQueue, DropsTheOldestThatIsNotBeingSent) {
  WebhookQueue q = queue({.capacity = 3});
  for (const char* id : {"a", "b", "c"}) q.post(delivery(id));
  q.post(delivery("d"));
  EXPECT_EQ(q.counts().dropped, 1U);
  EXPECT_EQ(q.pending(), 3U);
  EXPECT_EQ(q.take().id, "b");
  q.post(delivery("e"));
  EXPECT_EQ(q.counts().dropped, 2U);
  EXPECT_EQ(q.settle(status(503), SteadyTime{}), Verdict::kRetry);
  EXPECT_EQ(q.take().id, "b");
  EXPECT_EQ(q.settle(status(200), SteadyTime{}), Verdict::kDelivered);
  EXPECT_EQ(q.take().id, "d");
  EXPECT_EQ(q.settle(status(503), SteadyTime{}), Verdict::kRetry);
  const auto due = q.due();
  q.post(delivery("f"));
  q.post(delivery("g"));
  EXPECT_EQ(q.due(), due);  // a full queue is no reason to ask a dead receiver more often
  EXPECT_EQ(q.take().id, "e");
}

TEST(WebhookQueue, HoldsAThousand) {
  WebhookQueue q = queue();
  for (int i = 0; i < 1100; ++i) q.post(delivery(std::to_string(i)));
  EXPECT_EQ(q.pending(), 1000U);
  EXPECT_EQ(q.counts().dropped, 100U);
  EXPECT_EQ(q.take().id, "100");
}

}  // namespace
}  // namespace understudy::control
