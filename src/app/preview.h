#pragma once

#include <memory>

#include "answer/render.h"
#include "base/clock.h"
#include "control/api.h"
#include "model/group_table.h"

namespace understudy::app {

/// What a client would get from a group, made by the very code that answers clients.
[[nodiscard]] control::Preview preview_answer(const control::PreviewQuery& query,
                                              const std::shared_ptr<const model::Snapshot>& snapshot,
                                              answer::RenderCache& cache, const Clock& clock);

}  // namespace understudy::app
