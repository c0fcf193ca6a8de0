#pragma once

#include <chrono>
#include <cstdint>

namespace understudy::net {

/// Bounds on what a connection may cost. The same for all of a server's connections.
struct Limits {
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds drain_timeout{30'000};
  std::uint64_t drain_limit = std::uint64_t{64} << 20;
  std::uint64_t max_connections = 100'000;
};

}  // namespace understudy::net
