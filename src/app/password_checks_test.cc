#include "app/password_checks.h"

#include <chrono>
#include <future>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/password.h"

namespace understudy::app {
namespace {

using State = answer::PasswordDesk::State;
using std::chrono::seconds;

const WallTime kNow{seconds(1'800'000'000)};

class PasswordChecksTest : public testing::Test {
 protected:
  static answer::Address client(std::uint8_t last) {
    answer::Address address{};
    address[3] = last;
    return address;
  }
  answer::PasswordDesk::Ticket hand_in(const std::string& password, std::uint8_t from = 1,
                                       const std::string& group = "shop") {
    return checks_.hand_in({group, hash_, password, client(from)});
  }
  /// Waits for the checking thread, which is bounded by the test's own time limit.
  State outcome(const std::string& ticket, std::string* token = nullptr) {
    while (true) {
      const auto told = checks_.fetch(ticket, "shop");
      if (token != nullptr) *token = told.token;
      if (told.state != State::kWaiting) return told.state;
      std::this_thread::yield();
    }
  }
  State tried(const std::string& password, std::uint8_t from = 1) {
    return outcome(hand_in(password, from).id);
  }

  FakeClock clock_{kNow};
  const std::string hash_ = hash_password("right").value();
  std::optional<std::string> made_ = "up_token";
  PasswordChecks checks_{
      clock_, [this](const PasswordChecks::Right& right) { checks_.note_pass(right.ticket, made_); }};
};

TEST_F(PasswordChecksTest, TellsOnce) {
  const std::string ticket = hand_in("right").id;
  EXPECT_EQ(ticket.size(), 22U);
  std::string token;
  EXPECT_EQ(outcome(ticket, &token), State::kRight);
  EXPECT_EQ(token, "up_token");
  EXPECT_EQ(checks_.fetch(ticket, "shop").state, State::kUnknown);
  EXPECT_EQ(tried("wrong"), State::kWrong);
  EXPECT_EQ(checks_.fetch("nothing", "shop").state, State::kUnknown);
}

TEST_F(PasswordChecksTest, SaysWhereNoPassCouldBeMade) {
  made_.reset();
  EXPECT_EQ(tried("right"), State::kFailed);
}

TEST_F(PasswordChecksTest, TellsTheGroupAlone) {
  const std::string ticket = hand_in("right").id;
  EXPECT_EQ(checks_.fetch(ticket, "blog").state, State::kUnknown);
  EXPECT_EQ(outcome(ticket), State::kRight);
}

TEST_F(PasswordChecksTest, SlowsAnAddressDown) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(tried("wrong", 1), State::kWrong) << i;
  const auto refused = hand_in("right", 1);
  EXPECT_EQ(refused.id, "");
  EXPECT_GE(refused.wait, seconds(1));
  EXPECT_EQ(tried("right", 2), State::kRight) << "others are not concerned";
  clock_.advance(refused.wait);
  EXPECT_EQ(tried("right", 1), State::kRight);
}

TEST_F(PasswordChecksTest, SlowsAGroupDown) {
  for (unsigned i = 0; i < PasswordChecks::kMostWrong; ++i)
    EXPECT_EQ(tried("wrong", static_cast<std::uint8_t>(i)), State::kWrong) << i;
  const auto refused = hand_in("right", 200);
  EXPECT_EQ(refused.id, "");
  EXPECT_EQ(refused.wait, seconds(60));
  EXPECT_NE(hand_in("right", 201, "blog").id, "") << "another group is not concerned";
  clock_.advance(seconds(60));
  EXPECT_EQ(tried("right", 200), State::kRight);
}

}  // namespace
}  // namespace understudy::app
