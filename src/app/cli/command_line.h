#pragma once

#include <vector>

#include <CLI/CLI.hpp>

#include "app/cli/options.h"

namespace understudy::app::cli {

/// Builds the tables of all commands with their options, descriptions and examples: the only place where they
/// are declared. Parsing, --help, the shells' completion and the manual pages derive from them. What is
/// parsed goes into `options`, which must outlive `app`.
///
/// An option's type name says what its values are: GROUP, WINDOW, TOKEN, PASS and FILE are completed as such,
/// "a|b|c" are its only values.
void build_command_line(CLI::App& app, Options& options);

/// To be called once `app` has parsed: an option that was given counts before its environment variable.
void settle_environment(const CLI::App& app, Options& options);

/// The words with what may be left out: `pass shop` becomes `pass add shop`.
[[nodiscard]] std::vector<const char*> spell_out(int argc, const char* const* argv);

}  // namespace understudy::app::cli
