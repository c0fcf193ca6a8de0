#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
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

/// Whether a server's certificate must be one that is trusted, and be for its host.
enum class CertificateCheck : std::uint8_t { kYes, kNo };

struct ClientLimits {
  std::chrono::milliseconds connect{5'000};  ///< finding the host, connecting and the TLS handshake
  std::chrono::milliseconds whole{30'000};   ///< all of it, the connect included
  std::size_t body = std::size_t{16} << 20;  ///< of the response
  std::string trust;  ///< a file of certificates (PEM) to trust; empty: those that the system trusts
  CertificateCheck certificate = CertificateCheck::kYes;
};

/// Where an exchange failed.
enum class ClientFault : std::uint8_t {
  kNone,
  kRequest,      ///< the request itself can't be sent
  kHost,         ///< the host's address was not found
  kRefused,      ///< nobody listens
  kConnect,      ///< no connection, for another reason
  kConnectTime,  ///< no connection in time
  kTls,          ///< no TLS handshake
  kCertificate,  ///< the server's certificate is not to be trusted, or is for another host
  kTime,         ///< no whole answer in time
  kClosed,       ///< the connection ended or was reset before the answer was whole
  kProtocol,     ///< what came is no HTTP/1.1
  kBody,         ///< the body is longer than the limit
};

/// One request and everything that came of it, also where it failed half-way.
struct ClientAttempt {
  ClientFault fault = ClientFault::kNone;
  std::string message = {};      ///< for a person: what failed, where, and what to do; empty for kNone
  bool answered = false;         ///< whether the head of a final answer came
  ClientResponse response = {};  ///< the body as far as it came

  /// Takes another's fault and message.
  void fail(ClientAttempt other);
};

/// Sends one request on a connection of its own and waits for the whole response, whatever its status.
/// Redirects are not followed. https: TLS 1.2 or later, the certificate is verified unless `limits` say
/// otherwise. Errors say what failed, where, and what to do. Threads: any; blocks its own, at most
/// `limits.whole`.
[[nodiscard]] Result<ClientResponse> exchange(const Endpoint& endpoint, const ClientRequest& request,
                                              const ClientLimits& limits = {});

/// The same, and what came before it failed: the head, and a part of the body.
[[nodiscard]] ClientAttempt attempt(const Endpoint& endpoint, const ClientRequest& request,
                                    const ClientLimits& limits = {});

/// Whether somebody accepts connections on a Unix socket now. False, too, where this process may not ask.
[[nodiscard]] bool is_listening(const std::string& unix_path);

}  // namespace understudy::net
