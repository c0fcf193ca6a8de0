#pragma once

#include "base/clock.h"
#include "control/api.h"
#include "model/group_table.h"

namespace understudy::app {

/// What the gate would say, decided by the very code that answers proxies, and in sentences what every right
/// that the group knows comes to. REQUIRES: the group is one of the snapshot's.
[[nodiscard]] control::DecisionShown show_decision(const control::DecisionQuery& query,
                                                   const model::Snapshot& snapshot, WallTime now);

}  // namespace understudy::app
