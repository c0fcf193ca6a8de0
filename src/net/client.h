#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/endpoint.h"

namespace understudy::net {

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

/// Host, Content-Length, Connection and User-Agent are added where they are sent.
struct ClientRequest {
  std::string method = "GET";
  std::string target;  ///< put behind the endpoint's base; empty: the base itself, or "/"
  HeaderFields headers;
  std::string body;
};

struct ClientResponse {
  unsigned status = 0;
  HeaderFields headers;
  std::string body;

  /// The first field of that name, without regard to case; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct ClientLimits {
  std::chrono::milliseconds connect{5'000};  ///< finding the host, connecting and the TLS handshake
  std::chrono::milliseconds whole{30'000};   ///< all of it, the connect included
  std::size_t body = std::size_t{16} << 20;  ///< of the response
  std::string trust;  ///< a file of certificates (PEM) to trust; empty: those that the system trusts
};

/// Sends one request on a connection of its own and waits for the whole response, whatever its status.
/// Redirects are not followed. https: TLS 1.2 or later, the certificate is verified and must be for the host.
/// Errors say what failed, where, and what to do. Threads: any; blocks its own, at most `limits.whole`.
[[nodiscard]] Result<ClientResponse> exchange(const Endpoint& endpoint, const ClientRequest& request,
                                              const ClientLimits& limits = {});

/// Whether somebody accepts connections on a Unix socket now. False, too, where this process may not ask.
[[nodiscard]] bool is_listening(const std::string& unix_path);

}  // namespace understudy::net
