#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace understudy::tell {

// HAProxy's replies on its stats socket, read to their end. Pure. A command's reply ends with an empty line;
// of a command that is silent when it succeeds nothing else is there. Errors hold HAProxy's own words.

/// What is wrong with the replies to `commands` commands that are silent when they succeed; none: all did.
[[nodiscard]] std::optional<std::string> complaint_in(std::string_view replies, std::size_t commands);

struct MapEntry {
  std::string_view key;
  std::string_view value;
};
/// To `show map FILE`. The entries point into `reply`.
[[nodiscard]] Result<std::vector<MapEntry>> read_map(std::string_view reply);

/// Bits of a server's administrative state (HAProxy, doc/management.txt, "show servers state").
inline constexpr unsigned kForcedMaint = 0x01;
inline constexpr unsigned kConfiguredMaint = 0x04;
inline constexpr unsigned kForcedDrain = 0x08;

struct ServerLine {
  std::string_view backend;
  std::string_view server;
  unsigned admin = 0;
};
/// To `show servers state BACKEND`. The lines point into `reply`.
[[nodiscard]] Result<std::vector<ServerLine>> read_servers(std::string_view reply);

}  // namespace understudy::tell
