#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <openssl/types.h>

#include "base/files.h"

namespace understudy::net {

/// What became of a read or write on a socket that doesn't block.
struct IoResult {
  enum class Kind : std::uint8_t {
    kDone,       ///< `bytes` were moved, at least one
    kWantRead,   ///< nothing yet: wait until the socket is readable
    kWantWrite,  ///< nothing yet: wait until the socket is writable
    kEnd,        ///< the other end has closed its side
    kPlainHttp,  ///< plain HTTP came where a TLS handshake was expected
    kFailed,
  };
  Kind kind;
  std::size_t bytes = 0;
};

/// The bytes of one connection, plain or through TLS. Owns the socket. One thread.
class Transport {
 public:
  /// `tls` null: plain. On a TLS connection the handshake happens inside the first reads.
  Transport(FileDescriptor socket, SSL_CTX* tls);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  [[nodiscard]] bool is_tls() const { return tls_ != nullptr; }
  /// Whether bytes wait inside the TLS layer, of which the socket's readiness tells nothing.
  [[nodiscard]] bool has_buffered() const;

  [[nodiscard]] IoResult read(std::span<char> into);
  /// Writes both pieces, the second behind the first, in one call where that is possible.
  [[nodiscard]] IoResult write(std::string_view first, std::string_view second = {});
  /// Goes on without TLS, with a client that speaks none.
  void drop_tls();
  /// Gives the socket away. REQUIRES: no TLS; nothing else is called afterwards.
  [[nodiscard]] FileDescriptor release() { return std::move(socket_); }
  /// Says that nothing more will be written; reading goes on.
  void half_close();

 private:
  [[nodiscard]] IoResult tls_outcome(int result) const;

  FileDescriptor socket_;
  SSL* tls_ = nullptr;
};

}  // namespace understudy::net
