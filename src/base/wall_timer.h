#pragma once

#include <optional>

#include "base/clock.h"
#include "base/files.h"

namespace understudy {

/// Becomes readable at a time of the calendar, and whenever the calendar is set to another time meanwhile
/// (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET). Threads: one owner.
class WallTimer {
 public:
  /// Throws std::system_error where the kernel gives no timer.
  WallTimer();

  /// None: only the calendar being set is told.
  void arm(std::optional<WallTime> when);
  /// To be called when it has become readable.
  void acknowledge();
  [[nodiscard]] int descriptor() const { return timer_.get(); }

 private:
  FileDescriptor timer_;
};

}  // namespace understudy
