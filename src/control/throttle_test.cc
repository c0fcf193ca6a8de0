#include "control/throttle.h"

#include <gtest/gtest.h>

namespace understudy::control {
namespace {

using std::chrono::seconds;

Throttle::Address v4(std::uint8_t last, std::uint8_t third = 0) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, third, last};
}
Throttle::Address v6(std::uint8_t network, std::uint8_t host) {
  return {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, network, 0, 0, 0, 0, 0, 0, 0, host};
}

class ThrottleTest : public ::testing::Test {
 protected:
  void fail(const Throttle::Address& address, int times) {
    for (int i = 0; i < times; ++i) throttle_.note_failure(address, now_);
  }
  [[nodiscard]] seconds wait(const Throttle::Address& address) const { return throttle_.wait(address, now_); }

  Throttle throttle_;
  SteadyTime now_ = SteadyTime(seconds(1'000));
};

TEST_F(ThrottleTest, FourFailuresAreFree) {
  fail(v4(1), 4);
  EXPECT_EQ(wait(v4(1)), seconds(0));
  fail(v4(1), 1);
  EXPECT_EQ(wait(v4(1)), seconds(1));
  EXPECT_EQ(wait(v4(2)), seconds(0));
}

TEST_F(ThrottleTest, FailuresAreCountedWithinAMinute) {
  fail(v4(1), 4);
  now_ += seconds(61);
  fail(v4(1), 4);
  EXPECT_EQ(wait(v4(1)), seconds(0));
}

TEST_F(ThrottleTest, TheWaitDoublesUpToFiveMinutes) {
  fail(v4(1), 4);
  for (const int expected : {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
    fail(v4(1), 1);
    ASSERT_EQ(wait(v4(1)), seconds(expected));
    now_ += std::chrono::milliseconds(500);
    ASSERT_EQ(wait(v4(1)), seconds(expected)) << "rounded up";
    now_ += seconds(expected);
    ASSERT_EQ(wait(v4(1)), seconds(0));
  }
}

TEST_F(ThrottleTest, FiveMinutesOfPeaceForget) {
  fail(v4(1), 8);
  now_ += seconds(8 + 299);
  fail(v4(1), 1);
  EXPECT_EQ(wait(v4(1)), seconds(16));
  now_ += seconds(16 + 301);
  fail(v4(1), 4);
  EXPECT_EQ(wait(v4(1)), seconds(0));
  fail(v4(1), 1);
  EXPECT_EQ(wait(v4(1)), seconds(1));
}

TEST_F(ThrottleTest, AnIpv6NetworkIsOneAddress) {
  for (std::uint8_t host = 0; host < 5; ++host) fail(v6(1, host), 1);
  EXPECT_EQ(wait(v6(1, 77)), seconds(1));
  EXPECT_EQ(wait(v6(2, 1)), seconds(0));
}

TEST_F(ThrottleTest, TheTableIsBounded) {
  fail(v4(1), 5);
  for (int i = 0; i < 10'000; ++i) {
    Throttle::Address address = v6(0, 0);
    address[4] = static_cast<std::uint8_t>(i >> 8);
    address[5] = static_cast<std::uint8_t>(i);
    throttle_.note_failure(address, now_);
    if (i % 100 == 0) fail(v4(1), 1);
    ASSERT_LE(throttle_.addresses(), Throttle::kMostAddresses);
  }
  EXPECT_GT(wait(v4(1)), seconds(0)) << "who goes on failing is not forgotten";
}

}  // namespace
}  // namespace understudy::control
