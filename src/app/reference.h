#pragma once

#include <string>

namespace understudy::app {

/// docs/configuration.md, derived from the settings table: a test compares the two.
[[nodiscard]] std::string configuration_reference();

}  // namespace understudy::app
