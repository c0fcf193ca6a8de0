// The functions without EVP are deprecated since OpenSSL 3, and are the only ones that neither allocate nor
// load a provider.
#define OPENSSL_SUPPRESS_DEPRECATED  // NOLINT: OpenSSL's name
#include "base/hmac.h"

#include <algorithm>

#include <openssl/crypto.h>

namespace understudy {
namespace {

using Block = std::array<std::uint8_t, SHA256_CBLOCK>;

SHA256_CTX begin_with(const Block& key, std::uint8_t pad) {
  Block padded;
  std::transform(key.begin(), key.end(), padded.begin(),
                 [pad](std::uint8_t byte) { return static_cast<std::uint8_t>(byte ^ pad); });
  SHA256_CTX begun;
  ::SHA256_Init(&begun);
  ::SHA256_Update(&begun, padded.data(), padded.size());
  ::OPENSSL_cleanse(padded.data(), padded.size());
  return begun;
}

}  // namespace

HmacKey::HmacKey(std::string_view secret) {
  Block key{};
  if (secret.size() > key.size()) {
    SHA256_CTX context;
    ::SHA256_Init(&context);
    ::SHA256_Update(&context, secret.data(), secret.size());
    ::SHA256_Final(key.data(), &context);
  } else {
    std::copy(secret.begin(), secret.end(), key.begin());
  }
  inner_ = begin_with(key, 0x36);
  outer_ = begin_with(key, 0x5c);
  ::OPENSSL_cleanse(key.data(), key.size());
}

HmacKey::Digest HmacKey::sign(std::span<const std::uint8_t> message) const {
  Digest digest;
  SHA256_CTX inner = inner_;
  ::SHA256_Update(&inner, message.data(), message.size());
  ::SHA256_Final(digest.data(), &inner);
  SHA256_CTX outer = outer_;
  ::SHA256_Update(&outer, digest.data(), digest.size());
  ::SHA256_Final(digest.data(), &outer);
  return digest;
}

}  // namespace understudy
