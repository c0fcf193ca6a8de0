#pragma once

#include <cstdint>
#include <cstdio>
#include <vector>

#include "config/problem.h"

namespace understudy::app {

enum class Style : std::uint8_t { kText, kJson };

/// Prints a configuration's problems, one a line, coloured on a terminal, or as one JSON object.
void print_problems(const std::vector<config::Problem>& problems, std::FILE* out, Style style);

}  // namespace understudy::app
