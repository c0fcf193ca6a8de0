#include "model/counters.h"

#include <algorithm>

namespace understudy::model {
namespace {

template <std::size_t kSize>
void add(std::array<std::uint64_t, kSize>& sum, const std::array<std::uint64_t, kSize>& part) {
  for (std::size_t i = 0; i < kSize; ++i) sum[i] += part[i];
}

}  // namespace

std::uint64_t& GroupCounters::make(std::size_t slot) {
  const auto wanted = static_cast<std::uint8_t>(slot);
  for (auto& [known, count] : more_) {
    if (known == wanted) return count;
  }
  for (std::size_t i = 0; i < kFew; ++i) {
    if (slots_[i] != kFree) continue;
    slots_[i] = wanted;
    return counts_[i];
  }
  return more_.emplace_back(wanted, 0).second;
}

std::uint64_t GroupCounters::look(std::size_t slot) const {
  for (std::size_t i = 0; i < kFew; ++i) {
    if (slots_[i] == slot) return counts_[i];
  }
  for (const auto& [known, count] : more_) {
    if (known == slot) return count;
  }
  return 0;
}

GroupCounters& GroupCounters::operator+=(const GroupCounters& other) {
  for (std::size_t i = 0; i < kFew; ++i) {
    if (other.slots_[i] != kFree) at(other.slots_[i]) += other.counts_[i];
  }
  for (const auto& [slot, count] : other.more_) at(slot) += count;
  return *this;
}

Counters& Counters::operator+=(const Counters& other) {
  for (const auto& [name, counters] : other.groups) groups[name] += counters;
  for (const auto& [id, use] : other.pass_uses) {
    PassUse& sum = pass_uses[id];
    sum.count += use.count;
    sum.last = std::max(sum.last, use.last);
  }
  unmatched += other.unmatched;
  add(refused, other.refused);
  connections += other.connections;
  connections_accepted += other.connections_accepted;
  access_log_dropped += other.access_log_dropped;
  add(proxy_refused, other.proxy_refused);
  spop.connections += other.spop.connections;
  spop.accepted += other.spop.accepted;
  spop.health_checks += other.spop.health_checks;
  add(spop.refused, other.spop.refused);
  agent_check.connections += other.agent_check.connections;
  agent_check.up += other.agent_check.up;
  agent_check.stopped += other.agent_check.stopped;
  agent_check.unknown += other.agent_check.unknown;
  return *this;
}

}  // namespace understudy::model
