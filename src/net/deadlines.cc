#include "net/deadlines.h"

#include <algorithm>

namespace understudy::net {

Tick DeadlineWheel::after(std::chrono::milliseconds wait) const {
  // One tick more: the present one has begun already.
  return now_ + static_cast<Tick>((wait + kTick - std::chrono::milliseconds(1)) / kTick) + 1;
}

void DeadlineWheel::set(Timed& timed, Tick deadline) {
  timed.unlink();
  timed.deadline_ = deadline;
  const Tick furthest = now_ + static_cast<Tick>(kSlots) - 1;
  slot(std::clamp(deadline, now_ + 1, furthest)).push_back(timed);
}

}  // namespace understudy::net
