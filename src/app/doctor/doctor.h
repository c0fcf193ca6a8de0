#pragma once

#include "app/cli/options.h"
#include "app/doctor/visit.h"
#include "base/result.h"

namespace understudy::app::doctor {

/// `understudy doctor`: asks a live API as a browser would, and prints what JavaScript sees and what to
/// change. Returns the exit code: 0 nothing found, 1 findings, 2 wrong use.
int run(const cli::Options& options);

/// What the options ask for, as fetch() would take it. Errors name the option and what to write instead.
[[nodiscard]] Result<Page> page_of(const cli::Options& options);

}  // namespace understudy::app::doctor
