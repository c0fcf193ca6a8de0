#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace understudy {

/// An address to listen on.
struct ListenAddress {
  enum class Kind : std::uint8_t { kTcp, kTls, kUnix };
  Kind kind = Kind::kTcp;
  std::string host;  ///< an IP address; empty for a Unix socket
  std::uint16_t port = 0;
  std::string path;      ///< for a Unix socket
  bool proxied = false;  ///< connections begin with a PROXY protocol header; never on a Unix socket
  std::string text;      ///< as it was written
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// Whether `text` is an IPv4 or IPv6 address, without brackets.
[[nodiscard]] bool is_ip_address(std::string_view text);

/// Reads "127.0.0.1:8503", "[::]:8503", "tls:0.0.0.0:8543", "unix:/run/understudy/answer.sock",
/// "proxy:127.0.0.1:8503", "proxy+tls:0.0.0.0:8543".
[[nodiscard]] std::optional<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace understudy
