#include "base/random.h"

#include <array>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace understudy {
namespace {

TEST(Random, GivesSplitMixNumbers) {
  // The published test vector of SplitMix64 for this seed.
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317ULL);
  EXPECT_EQ(random.next(), 3203168211198807973ULL);
  EXPECT_EQ(random.next(), 9817491932198370423ULL);
  EXPECT_EQ(random.next(), 4593380528125082431ULL);
  EXPECT_EQ(random.next(), 16408922859458223821ULL);
}

TEST(Random, StaysWithinBoundsAndReachesThem) {
  Random random(1);
  EXPECT_EQ(random.up_to(0), 0U);
  std::array<unsigned, 4> seen{};
  for (int i = 0; i < 4000; ++i) {
    const std::uint32_t number = random.up_to(3);
    ASSERT_LE(number, 3U);
    ++seen[number];
  }
  for (const unsigned count : seen) EXPECT_GT(count, 800U);
  for (int i = 0; i < 1000; ++i) static_cast<void>(random.up_to(std::numeric_limits<std::uint32_t>::max()));
}

TEST(Random, GivesTheSameForTheSameSeed) {
  Random one(42);
  Random two(42);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(one.next(), two.next());
}

}  // namespace
}  // namespace understudy
