#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/problem.h"
#include "model/locale.h"

namespace understudy::config {

using Environment = std::map<std::string, std::string>;

struct Position {
  std::string file;  ///< empty: the configuration file; else "environment variable …"
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// What reading a configuration gave. `config` is to be used only where no problem is an error.
struct ReadResult {
  Config config;
  std::vector<Problem> problems;               ///< all of them, in the order of their places
  std::map<std::string, Position> positions;   ///< where the server's settings stand, by key
  std::map<std::string, std::string> written;  ///< the server's settings that were given, as text, by key
  /// What was parsed, which nobody needs any more: of a large file so much that freeing it takes its
  /// time, on whichever thread has it.
  std::shared_ptr<const void> leftovers;
};

/// Reads a configuration (TOML 1.0) and puts the environment's variables over it. `file` is the name
/// used in problems. Finds every problem, not the first alone, but for syntax errors, behind which
/// nothing is certain. Pure, but for page_dir folders, which are looked at, and secret_files, which are read.
[[nodiscard]] ReadResult read_config(std::string_view text, const std::string& file,
                                     const Environment& environment, const model::Locales& locales);

/// The variables of this process that begin with UNDERSTUDY_.
[[nodiscard]] Environment process_environment();

/// What `understudy serve` uses without a file: one group, in maintenance, for pages on this machine.
[[nodiscard]] std::string_view demonstration_config();

}  // namespace understudy::config
