#include "gate/desk.h"

#include <utility>

#include "answer/identify.h"
#include "answer/own_paths.h"

namespace understudy::gate {

Desk::Desk(std::shared_ptr<const model::Snapshot> snapshot, const Clock& clock, http::AccessSink* access)
    : clock_(clock), access_(access) {
  use(std::move(snapshot));
}

void Desk::use(std::shared_ptr<const model::Snapshot> snapshot) {
  tally_.follow(snapshot_ == nullptr ? nullptr : snapshot_->table.get(), *snapshot->table);
  if (snapshot_ != nullptr && snapshot_->passes != snapshot->passes) tally_.follow(snapshot->passes.get());
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
  const Verdict verdict{decision, found.name};
  // What goes through an open group stands in the API's own log.
  if (access_ != nullptr && decision.cause != answer::Cause::kOpen) tell(host, question, verdict);
  return verdict;
}

void Desk::tell(std::string_view host, const answer::Question& question, const Verdict& verdict) {
  http::Request request;
  request.method_name = question.method;
  request.target = question.target;
  request.host = host;
  request.peer.unknown = !question.client;
  if (question.client) request.peer.address = *question.client;
  http::AnswerNote note;
  note.status = verdict.decision.blocked() ? 403 : 204;  // as the same decision over HTTP
  note.group = verdict.group;
  note.format = "spoe";
  note.hides_query = answer::may_hold_token(question.target);
  note.why = answer::to_text(verdict.decision.cause);
  note.why_detail = verdict.decision.detail;
  access_->note(request, note, 0);
}

const model::GroupState* Desk::state(std::string_view group) const {
  const model::GroupTable& table = *snapshot_->table;
  const std::size_t index = group.empty() ? table.default_group() : table.find(group);
  return index == model::GroupTable::kNone ? nullptr : &snapshot_->states[index];
}

}  // namespace understudy::gate
