#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "answer/question.h"
#include "base/clock.h"
#include "model/counters.h"
#include "model/group_table.h"

namespace understudy::gate {

/// Where the proxies' dialects other than HTTP get their decisions, and count them. Threads: one worker's,
/// but for the constructor; the snapshot is handed over by `use`, posted there.
class Desk {
 public:
  /// `clock` must outlive the desk.
  Desk(std::shared_ptr<const model::Snapshot> snapshot, const Clock& clock);

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
  [[nodiscard]] model::Counters& counters() { return counters_; }

 private:
  [[nodiscard]] model::GroupCounters& counters_of(std::size_t group);

  const Clock& clock_;
  std::shared_ptr<const model::Snapshot> snapshot_;
  model::Counters counters_;
  std::vector<model::GroupCounters*> by_index_;  ///< into counters_.groups, found as they are needed
};

}  // namespace understudy::gate
