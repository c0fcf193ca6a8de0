#pragma once

#include <chrono>

namespace understudy {

/// The calendar, to the resolution the system has. Seconds since 1970 without leap seconds (UTC).
using WallTime = std::chrono::system_clock::time_point;
/// For durations: never set back.
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where the time comes from. Threads: implementations may be called from any thread.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return std::chrono::system_clock::now(); }
  [[nodiscard]] SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

/// The twin for tests: stands still until told. Not for more than one thread.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime wall) : wall_(wall) {}
  [[nodiscard]] WallTime wall() const override { return wall_; }
  [[nodiscard]] SteadyTime steady() const override { return steady_; }
  void advance(std::chrono::milliseconds by) {
    wall_ += by;
    steady_ += by;
  }
  /// Somebody sets the calendar, to an earlier time perhaps. Durations know nothing of it.
  void set(WallTime wall) { wall_ = wall; }

 private:
  WallTime wall_;
  SteadyTime steady_{};
};

}  // namespace understudy
