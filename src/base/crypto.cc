#include "base/crypto.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include "base/base64.h"
#include "base/hmac.h"

namespace understudy {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

/// A system without randomness can keep no secret: there is nothing to go on with.
void fill_random(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno != EINTR) throw std::runtime_error("the kernel gives no random bytes");
    if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  Digest digest;
  ::SHA256(bytes_of(text), text.size(), digest.data());
  return to_hex(digest);
}

std::string hmac_sha256_hex(std::string_view key, std::string_view text) {
  return to_hex(HmacKey(key).sign({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t bytes) {
  std::vector<unsigned char> random(bytes);
  fill_random(random);
  return {random.begin(), random.end()};
}

std::string random_token(std::size_t bytes) { return base64url(random_bytes(bytes)); }

std::string random_uuid() {
  std::array<unsigned char, 16> random;
  fill_random(random);
  random[6] = static_cast<unsigned char>((random[6] & 0x0F) | 0x40);  // version 4
  random[8] = static_cast<unsigned char>((random[8] & 0x3F) | 0x80);  // the RFC's variant
  std::string out = to_hex(random);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) out.insert(dash, 1, '-');
  return out;
}

}  // namespace understudy
