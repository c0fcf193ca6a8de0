#include "base/wall_timer.h"

#include <chrono>

#include <gtest/gtest.h>
#include <poll.h>

namespace understudy {
namespace {

bool is_readable(const WallTimer& timer, int wait) {
  pollfd waiting{timer.descriptor(), POLLIN, 0};
  return ::poll(&waiting, 1, wait) == 1;
}

TEST(WallTimer, RingsAtItsTimeAndNotBefore) {
  WallTimer timer;
  const WallTime when = SystemClock().wall() + std::chrono::milliseconds(50);
  timer.arm(when);
  EXPECT_FALSE(is_readable(timer, 0));
  ASSERT_TRUE(is_readable(timer, 10000));
  EXPECT_GE(SystemClock().wall(), when);
  timer.acknowledge();
  EXPECT_FALSE(is_readable(timer, 0));
}

TEST(WallTimer, RingsAtOnceForWhatIsPast) {
  WallTimer timer;
  timer.arm(SystemClock().wall() - std::chrono::hours(1));
  EXPECT_TRUE(is_readable(timer, 10000));
  timer.arm(WallTime{});
  EXPECT_TRUE(is_readable(timer, 10000));
}

TEST(WallTimer, RingsForNothingWithoutATime) {
  WallTimer timer;
  timer.arm(SystemClock().wall() - std::chrono::hours(1));
  timer.arm(std::nullopt);
  EXPECT_FALSE(is_readable(timer, 0));
}

}  // namespace
}  // namespace understudy
