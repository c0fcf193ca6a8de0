#pragma once

#include <string>
#include <vector>

#include <kainjow/mustache.hpp>

#include "app/snippet/pattern.h"
#include "config/config.h"

namespace understudy::app::snippet {

/// What the templates are filled with; pages/snippets/README.md lists the names.
struct Context {
  kainjow::mustache::data values;
  /// Lines that understudy's own configuration lacks for the pattern to work. The values hold the documented
  /// defaults then.
  std::vector<std::string> missing;
  /// Values that can't be written in a proxy's configuration, a sentence each: then there is no snippet.
  std::vector<std::string> faults;
};

/// Pure.
[[nodiscard]] Context make_context(const config::Config& config, const config::GroupConfig& group,
                                   const Pattern& pattern);

}  // namespace understudy::app::snippet
