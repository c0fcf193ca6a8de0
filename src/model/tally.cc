#include "model/tally.h"

#include <string>

namespace understudy::model {

void Tally::follow(const GroupTable* before, const GroupTable& table) {
  if (before == &table) return;
  if (before != nullptr && table.continues(*before)) return by_index_.resize(table.size(), nullptr);
  by_index_.assign(table.size(), nullptr);
  // The label set stays bounded by the configuration: what vanished from it is counted no longer.
  std::erase_if(all.groups, [&](const auto& entry) {
    return !entry.first.empty() && table.find(entry.first) == GroupTable::kNone;
  });
}

void Tally::follow(const PassBook* book) {
  std::erase_if(all.pass_uses, [&](const auto& use) { return book == nullptr || !book->has(use.first); });
}

void Tally::count_decision(GroupCounters& group, Cause cause, std::string_view pass, WallTime now) {
  group.count_decision(cause);
  if (pass.empty()) return;
  auto use = all.pass_uses.find(pass);
  if (use == all.pass_uses.end()) use = all.pass_uses.emplace(std::string(pass), PassUse{}).first;
  ++use->second.count;
  use->second.last = now;
}

}  // namespace understudy::model
