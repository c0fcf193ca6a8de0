#include "base/wall_timer.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include <sys/timerfd.h>
#include <unistd.h>

namespace understudy {

WallTimer::WallTimer() : timer_(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (!timer_.valid()) throw std::system_error(errno, std::generic_category(), "timerfd_create");
}

void WallTimer::arm(std::optional<WallTime> when) {
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  constexpr seconds kFarAway{std::int64_t{1} << 33};
  // All zeroes would disarm it; a time that is past lets it become readable at once.
  const auto since_1970 =
      when ? std::max(nanoseconds(1), std::chrono::ceil<nanoseconds>(when->time_since_epoch()))
           : nanoseconds(kFarAway);
  const auto whole = std::chrono::floor<seconds>(since_1970);
  itimerspec spec{};
  spec.it_value.tv_sec = whole.count();
  spec.it_value.tv_nsec = (since_1970 - whole).count();
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, nullptr);
}

void WallTimer::acknowledge() {
  std::uint64_t expirations = 0;
  // ECANCELED tells that the calendar was set; both mean: look at the time.
  [[maybe_unused]] const auto got = ::read(timer_.get(), &expirations, sizeof expirations);
}

}  // namespace understudy
