#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <boost/intrusive/list.hpp>

#include "base/clock.h"

namespace understudy::net {

/// Ticks of the coarse clock that deadlines are kept in.
constexpr std::chrono::milliseconds kTick{100};
using Tick = std::uint32_t;

/// Something with a deadline. Postponing it costs one store: the wheel looks again when it comes by.
class Timed
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  [[nodiscard]] Tick deadline() const { return deadline_; }

 protected:
  ~Timed() = default;

 private:
  friend class DeadlineWheel;
  Tick deadline_ = 0;
};

/// Deadlines swept by a coarse wheel instead of one timer each: exact to a tick, never early.
/// Holds no ownership; what is destroyed leaves by itself. One thread.
class DeadlineWheel {
 public:
  using List = boost::intrusive::list<Timed, boost::intrusive::constant_time_size<false>>;

  /// The tick that lies `wait` ahead of now, rounded up.
  [[nodiscard]] Tick after(std::chrono::milliseconds wait) const;
  [[nodiscard]] Tick now() const { return now_; }

  /// Puts a deadline on `timed`, in place of an earlier one.
  void set(Timed& timed, Tick deadline);
  /// The same where the new deadline is not before the old one: cheap enough for each request.
  void postpone(Timed& timed, Tick deadline) const { timed.deadline_ = deadline; }

  /// Moves the clock to `now` and calls `expired` with each whose deadline has passed; it may destroy
  /// that one or set a new deadline on it, and must do one of the two.
  template <typename Expired>
  void advance(Tick now, Expired expired);

  /// Everything in the wheel, in no order; `visit` may destroy what it is given.
  template <typename Visit>
  void for_each(Visit visit);

  /// The first that `fits`, beginning with what was due next when it was last looked at; null if none.
  template <typename Fits>
  [[nodiscard]] Timed* find(Fits fits);

 private:
  static constexpr std::size_t kSlots = 1024;  ///< 102 s; what lies further ahead passes by more than once
  [[nodiscard]] List& slot(Tick tick) { return slots_[tick % kSlots]; }

  std::array<List, kSlots> slots_;
  Tick now_ = 0;
};

template <typename Expired>
void DeadlineWheel::advance(Tick now, Expired expired) {
  // Having slept longer than a whole turn, one turn is enough: every slot is looked at once.
  if (now - now_ > kSlots) now_ = now - static_cast<Tick>(kSlots);
  while (now_ != now) {
    ++now_;
    List due;
    due.splice(due.end(), slot(now_));
    while (!due.empty()) {
      Timed& timed = due.front();
      if (timed.deadline_ > now) {
        set(timed, timed.deadline_);
      } else {
        expired(timed);
      }
    }
  }
}

template <typename Visit>
void DeadlineWheel::for_each(Visit visit) {
  for (List& list : slots_) {
    for (auto at = list.begin(); at != list.end();) {
      Timed& timed = *at++;
      visit(timed);
    }
  }
}

template <typename Fits>
Timed* DeadlineWheel::find(Fits fits) {
  for (Tick tick = now_ + 1; tick != now_ + 1 + kSlots; ++tick) {
    for (Timed& timed : slot(tick)) {
      if (fits(timed)) return &timed;
    }
  }
  return nullptr;
}

}  // namespace understudy::net
