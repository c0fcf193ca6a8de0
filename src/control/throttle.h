#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>

#include "base/clock.h"

namespace understudy::control {

/// Slows down whoever tries wrong tokens, by address: an IPv6 network of 64 bits counts as one, since one
/// customer has it whole. After kFreeFailures within a minute each further failure makes the address wait,
/// 1 s at first and twice as long each time, up to 5 min; it is forgotten after 5 min of peace.
/// Threads: one owner.
class Throttle {
 public:
  using Address = std::array<std::uint8_t, 16>;
  static constexpr unsigned kFreeFailures = 5;
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::chrono::seconds kLongest{300};
  static constexpr std::size_t kMostAddresses = 4096;  ///< whoever failed longest ago is forgotten first

  /// How long this address has yet to wait; zero: it may try. Rounded up.
  [[nodiscard]] std::chrono::seconds wait(const Address& address, SteadyTime now) const;
  void note_failure(const Address& address, SteadyTime now);

  [[nodiscard]] std::size_t addresses() const { return entries_.size(); }

 private:
  struct Entry {
    unsigned failures = 0;
    SteadyTime first;  ///< of the failures that count
    SteadyTime blocked_until;
    std::chrono::seconds next_wait{1};
    std::list<Address>::iterator place;  ///< in by_age_
  };

  std::map<Address, Entry> entries_;
  std::list<Address> by_age_;  ///< the last failure longest ago first
};

}  // namespace understudy::control
