#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace understudy::bench {

/// Counts durations in buckets whose width grows with the value: at most 1.6 % off, from 1 ns to 17 s, in
/// constant memory, so that recording one costs the client next to nothing.
class Histogram {
 public:
  void record(std::uint64_t nanoseconds) {
    const std::size_t index = bucket_of(nanoseconds);
    ++counts_[index < counts_.size() ? index : counts_.size() - 1];
    ++total_;
    if (nanoseconds > largest_) largest_ = nanoseconds;
  }

  /// The duration that `share` (0..1) of all recorded ones do not exceed, in nanoseconds; 0 where none is.
  [[nodiscard]] std::uint64_t quantile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted) return middle_of(i);
    }
    return largest_;
  }

  [[nodiscard]] std::uint64_t largest() const { return largest_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  static constexpr unsigned kStepBits = 6;  // 64 buckets for every doubling
  static constexpr std::uint64_t kSteps = std::uint64_t{1} << kStepBits;
  static constexpr unsigned kDoublings = 28;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < kSteps) return static_cast<std::size_t>(value);
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - kStepBits - 1;
    return static_cast<std::size_t>((shift + 1) * kSteps + ((value >> shift) - kSteps));
  }

  static std::uint64_t middle_of(std::size_t index) {
    if (index < kSteps) return index;
    const std::uint64_t shift = index / kSteps - 1;
    const std::uint64_t low = (kSteps + index % kSteps) << shift;
    return low + (std::uint64_t{1} << shift) / 2;
  }

  std::array<std::uint64_t, kSteps*(kDoublings + 1)> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t largest_ = 0;
};

}  // namespace understudy::bench
