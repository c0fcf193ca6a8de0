#pragma once

#include <string>
#include <vector>

#include "app/cli/options.h"
#include "app/snippet/pattern.h"
#include "base/result.h"
#include "config/config.h"

namespace understudy::app::snippet {

/// One file of a snippet.
struct File {
  std::string name;  ///< where it usually stands
  std::string text;
};

struct Snippet {
  std::string head;  ///< comments: what it is, what it can't, what is missing
  std::vector<File> files;
  std::vector<std::string> missing;  ///< lines that understudy's own configuration lacks

  /// As it is printed: where there are several files, each begins with a line "#### FILE: name".
  [[nodiscard]] std::string text() const;
};

/// Pure. An error names every value that no proxy's configuration can hold.
[[nodiscard]] Result<Snippet> make_snippet(const config::Config& config, const config::GroupConfig& group,
                                           const Pattern& pattern);

/// `understudy snippet`: prints and returns the exit code.
int run(const cli::Options& options);

}  // namespace understudy::app::snippet
