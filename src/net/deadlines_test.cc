#include "net/deadlines.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace understudy::net {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

class Alarm final : public Timed {
 public:
  explicit Alarm(int number = 0) : number_(number) {}
  [[nodiscard]] int number() const { return number_; }

 private:
  const int number_;
};

/// Advances, takes what expires out of the wheel and returns its numbers, sorted.
std::vector<int> expired(DeadlineWheel& wheel, Tick now) {
  std::vector<int> out;
  wheel.advance(now, [&](Timed& timed) {
    timed.unlink();
    out.push_back(static_cast<Alarm&>(timed).number());
  });
  std::sort(out.begin(), out.end());
  return out;
}

TEST(Deadlines, AWaitIsNeverCutShortAndExactToATick) {
  DeadlineWheel wheel;
  for (int wait = 0; wait <= 1000; ++wait) {
    // The present tick may be about to end, so the wait begins with the next one.
    const auto ticks = milliseconds((wheel.after(milliseconds(wait)) - wheel.now() - 1) * kTick.count());
    EXPECT_GE(ticks, milliseconds(wait));
    EXPECT_LT(ticks, milliseconds(wait) + kTick);
  }
}

TEST(Deadlines, ExpireAtTheirTick) {
  DeadlineWheel wheel;
  Alarm one(1);
  Alarm two(2);
  Alarm same(3);
  wheel.set(one, 5);
  wheel.set(two, 7);
  wheel.set(same, 5);
  EXPECT_THAT(expired(wheel, 4), ElementsAre());
  EXPECT_THAT(expired(wheel, 5), ElementsAre(1, 3));
  EXPECT_THAT(expired(wheel, 6), ElementsAre());
  EXPECT_THAT(expired(wheel, 7), ElementsAre(2));
  EXPECT_EQ(wheel.now(), 7U);
}

TEST(Deadlines, APastDeadlineExpiresWithTheNextTick) {
  DeadlineWheel wheel;
  EXPECT_THAT(expired(wheel, 100), ElementsAre());
  Alarm late(1);
  wheel.set(late, 50);
  EXPECT_THAT(expired(wheel, 100), ElementsAre());
  EXPECT_THAT(expired(wheel, 101), ElementsAre(1));
}

TEST(Deadlines, PostponingAndSettingAnew) {
  DeadlineWheel wheel;
  Alarm alarm(1);
  wheel.set(alarm, 10);
  wheel.postpone(alarm, 20);
  EXPECT_EQ(alarm.deadline(), 20U);
  EXPECT_THAT(expired(wheel, 19), ElementsAre());
  EXPECT_THAT(expired(wheel, 20), ElementsAre(1));
  wheel.set(alarm, 40);
  wheel.set(alarm, 30);
  EXPECT_THAT(expired(wheel, 30), ElementsAre(1)) << "an earlier one takes the place of a later one";
}

TEST(Deadlines, BeyondOneTurnOfTheWheel) {
  DeadlineWheel wheel;
  Alarm far(1);
  Alarm postponed(2);
  wheel.set(far, 5000);
  wheel.set(postponed, 3);
  wheel.postpone(postponed, 4000);
  for (Tick now = 1; now < 4000; ++now) ASSERT_THAT(expired(wheel, now), ElementsAre()) << now;
  EXPECT_THAT(expired(wheel, 4000), ElementsAre(2));
  EXPECT_THAT(expired(wheel, 4999), ElementsAre());
  EXPECT_THAT(expired(wheel, 5000), ElementsAre(1));
}

TEST(Deadlines, AfterALongSleepAllThatIsDueExpiresAndNothingElse) {
  for (const Tick slept : {500U, 1023U, 1024U, 1025U, 2048U, 100'000U}) {
    DeadlineWheel wheel;
    std::vector<std::unique_ptr<Alarm>> alarms;
    std::vector<int> due;
    for (int i = 0; i < 200; ++i) {
      alarms.push_back(std::make_unique<Alarm>(i));
      const Tick deadline = slept - 100 + static_cast<Tick>(i);
      wheel.set(*alarms.back(), deadline);
      if (deadline <= slept) due.push_back(i);
    }
    EXPECT_EQ(expired(wheel, slept), due) << slept;
    EXPECT_EQ(expired(wheel, slept + 99).size(), alarms.size() - due.size()) << slept;
  }
}

TEST(Deadlines, WhatExpiresMayBeSetAnew) {
  DeadlineWheel wheel;
  Alarm alarm(1);
  wheel.set(alarm, 1);
  std::vector<Tick> rung;
  for (Tick now = 1; now <= 10; ++now) {
    wheel.advance(now, [&](Timed& timed) {
      rung.push_back(now);
      wheel.set(timed, now + 3);
    });
  }
  EXPECT_THAT(rung, ElementsAre(1, 4, 7, 10));
}

TEST(Deadlines, WhatIsDestroyedLeaves) {
  DeadlineWheel wheel;
  auto one = std::make_unique<Alarm>(1);
  auto two = std::make_unique<Alarm>(2);
  wheel.set(*one, 5);
  wheel.set(*two, 5);
  one.reset();
  wheel.advance(5, [&](Timed& timed) {
    EXPECT_EQ(&timed, two.get());
    two.reset();
  });
  EXPECT_EQ(two, nullptr);
}

TEST(Deadlines, OneThatExpiresMayDestroyAnother) {
  DeadlineWheel wheel;
  std::map<const Timed*, std::unique_ptr<Alarm>> alarms;
  for (int i = 0; i < 10; ++i) {
    auto alarm = std::make_unique<Alarm>(i);
    wheel.set(*alarm, 5);
    alarms.emplace(alarm.get(), std::move(alarm));
  }
  int rung = 0;
  wheel.advance(5, [&](Timed& timed) {
    ++rung;
    alarms.erase(&timed);
    if (!alarms.empty()) alarms.erase(alarms.begin());
  });
  EXPECT_EQ(rung, 5);
  EXPECT_TRUE(alarms.empty());
}

TEST(Deadlines, EveryoneIsVisitedAndTheNextOneDueIsFound) {
  DeadlineWheel wheel;
  EXPECT_THAT(expired(wheel, 1000), ElementsAre());
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (int i = 0; i < 5; ++i) {
    alarms.push_back(std::make_unique<Alarm>(i));
    wheel.set(*alarms.back(), 1500 - static_cast<Tick>(i) * 100);
  }
  const auto find = [&](int least) {
    const Timed* found =
        wheel.find([&](Timed& timed) { return static_cast<Alarm&>(timed).number() >= least; });
    return found == nullptr ? -1 : static_cast<const Alarm*>(found)->number();
  };
  EXPECT_EQ(find(0), 4) << "the one that is due first";
  alarms.pop_back();
  EXPECT_EQ(find(0), 3);
  EXPECT_EQ(find(9), -1);
  std::set<int> visited;
  wheel.for_each([&](Timed& timed) {
    visited.insert(static_cast<Alarm&>(timed).number());
    timed.unlink();
  });
  EXPECT_THAT(visited, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(find(0), -1);
}

/// Against a plain list of deadlines, with steps of every length.
TEST(Deadlines, AsASimpleListWouldHaveIt) {
  Random random(3);
  DeadlineWheel wheel;
  std::vector<std::unique_ptr<Alarm>> alarms;
  std::map<int, Tick> expected;
  for (int i = 0; i < 300; ++i) alarms.push_back(std::make_unique<Alarm>(i));
  Tick now = 0;
  for (int round = 0; round < 3000; ++round) {
    for (int i = 0; i < 5; ++i) {
      const auto number = static_cast<int>(random.up_to(299));
      const auto at = static_cast<std::size_t>(number);
      const Tick deadline = now + 1 + random.up_to(random.up_to(1) == 0 ? 50 : 3000);
      const auto known = expected.find(number);
      if (known != expected.end() && deadline >= known->second && random.up_to(1) == 0) {
        wheel.postpone(*alarms[at], deadline);
      } else {
        wheel.set(*alarms[at], deadline);
      }
      expected[number] = deadline;
    }
    now += 1 + random.up_to(round % 100 == 0 ? 2500 : 20);
    std::vector<int> due;
    for (const auto& [number, deadline] : expected) {
      if (deadline <= now) due.push_back(number);
    }
    for (const int number : due) expected.erase(number);
    ASSERT_EQ(expired(wheel, now), due) << round;
  }
}

}  // namespace
}  // namespace understudy::net
