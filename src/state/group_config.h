#pragma once

#include "config/config.h"
#include "model/group.h"

namespace understudy::state {

/// The configuration that a group was built from. What was written in several ways comes out in one: origins
/// in their order by the alphabet, durations in whole seconds.
[[nodiscard]] config::GroupConfig config_of(const model::Group& group);

}  // namespace understudy::state
