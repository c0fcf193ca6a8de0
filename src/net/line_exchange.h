#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/listen_address.h"
#include "base/result.h"

namespace understudy::net {

struct LineLimits {
  std::chrono::milliseconds connect{1'000};
  std::chrono::milliseconds whole{2'000};     ///< all of it, the connect included
  std::size_t reply = std::size_t{64} << 20;  ///< bytes
};

/// Sends one line on a connection of its own and reads until the other side closes it: what HAProxy's stats
/// socket speaks. The reply may be empty. Errors: nobody there, no permission, too slow, too much.
/// REQUIRES: `line` holds no line end; the address is no TLS address. Threads: any; blocks its own, at most
/// `limits.whole`.
[[nodiscard]] Result<std::string> exchange_line(const ListenAddress& address, std::string_view line,
                                                const LineLimits& limits = {});

}  // namespace understudy::net
