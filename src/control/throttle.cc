#include "control/throttle.h"

#include <algorithm>

namespace understudy::control {
namespace {

bool is_mapped_ipv4(const Throttle::Address& address) {
  return std::all_of(address.begin(), address.begin() + 10, [](std::uint8_t byte) { return byte == 0; }) &&
         address[10] == 0xFF && address[11] == 0xFF;
}

Throttle::Address key_of(Throttle::Address address) {
  if (!is_mapped_ipv4(address)) std::fill(address.begin() + 8, address.end(), std::uint8_t{0});
  return address;
}

}  // namespace

std::chrono::seconds Throttle::wait(const Address& address, SteadyTime now) const {
  const auto found = entries_.find(key_of(address));
  if (found == entries_.end() || found->second.blocked_until <= now) return std::chrono::seconds(0);
  return std::chrono::ceil<std::chrono::seconds>(found->second.blocked_until - now);
}

void Throttle::note_failure(const Address& address, SteadyTime now) {
  const Address key = key_of(address);
  auto found = entries_.find(key);
  const bool at_peace = found != entries_.end() && now - found->second.blocked_until > kLongest &&
                        now - found->second.first > kLongest;
  if (at_peace) {
    by_age_.erase(found->second.place);
    entries_.erase(found);
    found = entries_.end();
  }
  if (found == entries_.end()) {
    if (entries_.size() >= kMostAddresses) {
      entries_.erase(by_age_.front());
      by_age_.pop_front();
    }
    found = entries_.emplace(key, Entry{0, now, now, std::chrono::seconds(1), by_age_.end()}).first;
    found->second.place = by_age_.insert(by_age_.end(), key);
  }
  Entry& entry = found->second;
  by_age_.splice(by_age_.end(), by_age_, entry.place);
  const bool counting = entry.failures < kFreeFailures;
  if (counting && now - entry.first > kWindow) {
    entry.failures = 0;
    entry.first = now;
  }
  ++entry.failures;
  if (entry.failures < kFreeFailures) return;
  entry.blocked_until = now + entry.next_wait;
  entry.next_wait = std::min(2 * entry.next_wait, kLongest);
}

}  // namespace understudy::control
