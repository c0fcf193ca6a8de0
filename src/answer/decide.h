#pragma once

#include <chrono>

#include "answer/question.h"
#include "base/clock.h"
#include "http/request.h"
#include "model/group_table.h"
#include "model/reason.h"

namespace understudy::answer {

/// Why an answer is given, and what its Retry-After rests on.
struct Announcement {
  model::Reason reason = model::Reason::kFailure;
  std::chrono::seconds wait{};  ///< until this client's turn while its group reopens; 0: the group does not
};

/// What a trusted proxy says, else what the group's mode means for this request; a request that nothing
/// announced is a failure. Pure.
[[nodiscard]] Announcement announce(const http::Request& request, const model::Group& group,
                                    const model::GroupState& state, const model::Snapshot& snapshot,
                                    WallTime now);

/// What a request asks for, of itself, its address looked for behind the trusted proxies. Views into the
/// request.
[[nodiscard]] Question question_of(const http::Request& request, const model::Group& group,
                                   const model::Snapshot& snapshot);

}  // namespace understudy::answer
