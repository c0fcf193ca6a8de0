#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/request.h"

namespace understudy::http {

/// Why a connection that had to begin with a PROXY protocol header is closed.
enum class ProxyFault : std::uint8_t {
  kMissing,    ///< something else came
  kMalformed,  ///< a header, but a broken one, or one cut short
  kTooLong,    ///< longer than kMostProxyHeader
  kUntrusted,  ///< from an address that is no trusted proxy
  kTimeout,    ///< it did not come in time
};
constexpr std::size_t kProxyFaultCount = 5;
/// The word in the metrics.
[[nodiscard]] std::string_view to_text(ProxyFault fault);

/// Of version 2, with its extensions.
inline constexpr std::size_t kMostProxyHeader = 4096;

/// What stands at the front of a connection's bytes.
struct ProxyHeader {
  enum class State : std::uint8_t { kMore, kDone, kRefused };
  State state = State::kMore;
  ProxyFault fault = ProxyFault::kMissing;  ///< of a refused one
  std::size_t size = 0;                     ///< of a complete one, in bytes
  /// Whom the connection is relayed for; none where it is the proxy's own (LOCAL, a health check) or of no
  /// known family (UNKNOWN, UNSPEC, a Unix socket): the connection's real other end counts.
  std::optional<Peer> source;
};

/// Versions 1 and 2 (HAProxy: doc/proxy-protocol.txt, sections 2.1 and 2.2). Extensions (TLVs) are skipped,
/// checksums not looked at. Pure.
[[nodiscard]] ProxyHeader parse_proxy_header(std::string_view bytes);

}  // namespace understudy::http
