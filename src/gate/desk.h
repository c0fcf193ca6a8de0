#pragma once

#include <memory>
#include <string_view>

#include "answer/question.h"
#include "base/clock.h"
#include "http/access_sink.h"
#include "model/group_table.h"
#include "model/tally.h"

namespace understudy::gate {

/// Where the proxies' dialects other than HTTP get their decisions, and count them. Threads: one worker's,
/// but for the constructor; the snapshot is handed over by `use`, posted there.
class Desk {
 public:
  /// `clock` must outlive the desk, and so must `access`, which may be null: where decisions of groups that
  /// are not open are told.
  Desk(std::shared_ptr<const model::Snapshot> snapshot, const Clock& clock,
       http::AccessSink* access = nullptr);

  /// Puts a snapshot in force from the next decision on.
  void use(std::shared_ptr<const model::Snapshot> snapshot);

  /// Views hold until `use`, and as long as the question does.
  struct Verdict {
    answer::Decision decision;
    std::string_view group;  ///< empty: of nobody's, and so it passes
  };
  /// The group is the one of this name or id, else the host's, else the default one.
  [[nodiscard]] Verdict decide(std::string_view group, std::string_view host,
                               const answer::Question& question);

  /// How the group of this name or id stands; without a name the default group. Null if there is none.
  [[nodiscard]] const model::GroupState* state(std::string_view group) const;

  /// What was counted until now, and where to count.
  [[nodiscard]] model::Counters& counters() { return tally_.all; }

 private:
  void tell(std::string_view host, const answer::Question& question, const Verdict& verdict);

  const Clock& clock_;
  http::AccessSink* const access_;
  std::shared_ptr<const model::Snapshot> snapshot_;
  model::Tally tally_;
};

}  // namespace understudy::gate
