#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace understudy::app::cli {

/// A manual page (roff, man macros) derived from the command line's tables: of a command ("on", "window"), or
/// of the whole program where none is named. Errors: no such command, with the nearest one.
[[nodiscard]] Result<std::string> manual(const CLI::App& app, const std::vector<std::string>& command);

}  // namespace understudy::app::cli
