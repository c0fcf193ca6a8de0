#pragma once

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace understudy::app::cli {

/// A completion script derived from the command line's tables. Names of groups, windows and tokens are asked
/// of the server while completing. REQUIRES: shell is "bash", "zsh" or "fish".
[[nodiscard]] std::string completion(const CLI::App& app, std::string_view shell);

}  // namespace understudy::app::cli
