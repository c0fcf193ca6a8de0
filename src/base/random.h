#pragma once

#include <cstdint>

namespace understudy {

/// Spreads clients in time; never for secrets. SplitMix64 (Steele, Lea, Flood: "Fast splittable
/// pseudorandom number generators", OOPSLA 2014). Given the same seed it gives the same numbers.
/// Threads: one owner.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  /// A number from 0 to `most`, both included.
  std::uint32_t up_to(std::uint32_t most) {
    return static_cast<std::uint32_t>(((next() >> 32) * (std::uint64_t{most} + 1)) >> 32);
  }

 private:
  std::uint64_t state_;
};

}  // namespace understudy
