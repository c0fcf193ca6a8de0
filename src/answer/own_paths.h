#pragma once

#include <string>

#include "model/group.h"

namespace understudy::answer {

/// Paths below this are understudy's own; everything else belongs to the API.
constexpr std::string_view kOwnPrefix = "/_understudy/";

/// The body of /_understudy/status.json: the group's state and the next window, for banners.
[[nodiscard]] std::string status_json(const model::Group& group, const model::GroupState& state);

}  // namespace understudy::answer
