#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/counters.h"
#include "model/group_table.h"

namespace understudy::model {

/// One worker's counters with a way from a group's index to its own. One thread.
class Tally {
 public:
  /// From now on indexes are those of `table`; `before` is the table they were of, null at first.
  void follow(const GroupTable* before, const GroupTable& table);

  /// Uses of passes that are no longer in the book, null for an empty one, are of no account.
  void follow(const PassBook* book);

  [[nodiscard]] GroupCounters& of(std::size_t group, const GroupTable& table) {
    GroupCounters*& counters = by_index_[group];
    if (counters == nullptr) counters = &all.groups[table.group(group).name];
    return *counters;
  }
  /// A decision, and the use of the pass with this id where one was used. Allocates for a pass's first use
  /// alone.
  void count_decision(GroupCounters& group, Cause cause, std::string_view pass, WallTime now);

  Counters all;

 private:
  std::vector<GroupCounters*> by_index_;  ///< into all.groups, found as they are needed
};

}  // namespace understudy::model
