#include "gate/desk.h"

#include <utility>

#include "answer/identify.h"

namespace understudy::gate {

Desk::Desk(std::shared_ptr<const model::Snapshot> snapshot, const Clock& clock) : clock_(clock) {
  use(std::move(snapshot));
}

void Desk::use(std::shared_ptr<const model::Snapshot> snapshot) {
  tally_.follow(snapshot_ == nullptr ? nullptr : snapshot_->table.get(), *snapshot->table);
  snapshot_ = std::move(snapshot);
}

Desk::Verdict Desk::decide(std::string_view group, std::string_view host, const answer::Question& question) {
  const model::Snapshot& snapshot = *snapshot_;
  const std::size_t index = answer::identify(group, host, snapshot);
  if (index == model::GroupTable::kNone) {
    ++tally_.all.unmatched;
    tally_.count_decision(tally_.all.groups[""], answer::Cause::kOpen, {}, {});
    return {};
  }
  const model::Group& found = snapshot.table->group(index);
  const WallTime now = clock_.wall();
  const answer::Decision decision = answer::decide(question, found, snapshot.states[index], snapshot, now);
  tally_.count_decision(tally_.of(index, *snapshot.table), decision.cause, decision.pass, now);
  return {decision, found.name};
}

const model::GroupState* Desk::state(std::string_view group) const {
  const model::GroupTable& table = *snapshot_->table;
  const std::size_t index = group.empty() ? table.default_group() : table.find(group);
  return index == model::GroupTable::kNone ? nullptr : &snapshot_->states[index];
}

}  // namespace understudy::gate
