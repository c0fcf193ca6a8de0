#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include <openssl/sha.h>

namespace understudy {

/// A key made ready for HMAC-SHA256 (RFC 2104): both of its blocks are hashed once, so that a short message
/// costs two more, and nothing is allocated. Uses libcrypto's SHA-256 directly, which loads none of the
/// providers that its one-shot functions bring in (2 MB of resident memory). Immutable; threads: any.
class HmacKey {
 public:
  using Digest = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

  explicit HmacKey(std::string_view secret);
  [[nodiscard]] Digest sign(std::span<const std::uint8_t> message) const;

 private:
  SHA256_CTX inner_;
  SHA256_CTX outer_;
};

}  // namespace understudy
