#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace understudy::net {

/// Where an HTTP server is to be reached.
struct Endpoint {
  enum class Kind : std::uint8_t { kUnix, kHttp, kHttps };
  Kind kind = Kind::kUnix;
  std::string path;  ///< of a Unix socket, absolute
  std::string host;  ///< a name or an address without brackets
  std::uint16_t port = 0;
  std::string base;  ///< put before every target: "" or "/base", without a slash at its end; may hold a query
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Reads "unix:/run/understudy/admin.sock", "http://HOST[:PORT][/BASE]" and "https://…", IPv6 addresses in
/// brackets. Errors say what was wrong and what was expected; user names in addresses, fragments, blanks and
/// control characters are refused.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

/// The same as text, for people: "unix:/run/understudy/admin.sock", "https://status.example:8504/base".
[[nodiscard]] std::string to_text(const Endpoint& endpoint);

/// What goes into the Host header: the host with its port where that is not the scheme's own; "localhost" for
/// a Unix socket.
[[nodiscard]] std::string host_header(const Endpoint& endpoint);

}  // namespace understudy::net
