#pragma once

#include <memory>
#include <string>

#include <openssl/types.h>

#include "base/result.h"

namespace understudy::net {

/// A certificate with its key, ready for handshakes: TLS 1.2 and 1.3, HTTP/1.1 by ALPN. Immutable;
/// connections keep the one that they began with.
class TlsIdentity {
 public:
  /// Errors name the file: not readable, not PEM, key and certificate don't belong together.
  [[nodiscard]] static Result<std::shared_ptr<const TlsIdentity>> load(const std::string& certificate,
                                                                       const std::string& key);
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  [[nodiscard]] SSL_CTX* context() const { return context_; }

 private:
  explicit TlsIdentity(SSL_CTX* context) : context_(context) {}
  SSL_CTX* const context_;
};

}  // namespace understudy::net
