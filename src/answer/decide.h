#pragma once

#include "http/request.h"
#include "model/group_table.h"

namespace understudy::answer {

/// Why an answer is given: what a trusted proxy says, else what the group's mode means for this
/// request; a request that nothing announced is a failure. Pure.
[[nodiscard]] model::Reason decide_reason(const http::Request& request, const model::Snapshot& snapshot,
                                          model::Mode mode);

}  // namespace understudy::answer
