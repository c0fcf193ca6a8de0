#pragma once

#include <string>
#include <string_view>

#include "model/group.h"

namespace understudy::answer {

/// Paths below this are understudy's own; everything else belongs to the API.
constexpr std::string_view kOwnPrefix = "/_understudy/";

/// Its query holds a token, which is good for whoever reads it: never in a log.
constexpr std::string_view kPassPath = "/_understudy/pass";
/// Whether a target leads there, be it behind the gate's own path.
[[nodiscard]] constexpr bool may_hold_token(std::string_view target) {
  return target.find(kPassPath) != std::string_view::npos;
}

/// The body of /_understudy/status.json: the group's state and the next window, for banners.
/// Texts are given by language: the operator's, or, where none, those in `language` (an index into what is
/// offered for the reason that the mode stands for) and in English.
[[nodiscard]] std::string status_json(const model::Group& group, const model::GroupState& state,
                                      std::size_t language);

/// What the group's mode would answer with; an open group's next reason is a maintenance.
[[nodiscard]] model::Reason announced_reason(model::Mode mode);

}  // namespace understudy::answer
