#pragma once

#include <filesystem>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "model/reason.h"

namespace understudy::state {

/// What a flag file says at the moment.
struct Flag {
  model::Mode mode = model::Mode::kOpen;
  std::optional<WallTime> since;  ///< when the file came or was last written; none while open
  bool empty = false;             ///< there, but without content: perhaps about to be written
};

/// Looks at a flag file. Not there: open. There: maintenance, unless it holds `off` (open) or
/// `read-only` and no more. Errors: it can't be told, because a folder on the way may not be entered.
[[nodiscard]] Result<Flag> read_flag_file(const std::filesystem::path& path, WallTime now);

}  // namespace understudy::state
