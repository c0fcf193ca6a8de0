#include "model/counters.h"

#include <algorithm>

namespace understudy::model {

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
  for (std::size_t fault = 0; fault < refused.size(); ++fault) refused[fault] += other.refused[fault];
  connections += other.connections;
  connections_accepted += other.connections_accepted;
  access_log_dropped += other.access_log_dropped;
  return *this;
}

}  // namespace understudy::model
