#pragma once

// What the stores have in common; of no concern to their users.

#include <vector>

#include "state/store.h"

namespace understudy::state {

/// The refusal of a write whose record is not what was expected. `found`: its revision; 0: there is none.
[[nodiscard]] StoreError conflict(const Write& write, Revision found);

/// What a watcher is told of a write.
[[nodiscard]] Record written(const Write& write, Revision revision);

/// Tells all of them, in the order in which they came. One may add another, or commit in its turn.
void tell(const std::vector<Store::Watcher>& watchers, Revision revision, const std::vector<Record>& changed);

}  // namespace understudy::state
