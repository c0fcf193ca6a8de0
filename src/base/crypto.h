#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace understudy {

// Secrets and what is derived from them. Threads: any. Randomness is the kernel's (getrandom), never
// base/random.h, which spreads clients in time and can be foretold.

/// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view text);

/// HMAC-SHA256 (RFC 2104) as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string hmac_sha256_hex(std::string_view key, std::string_view text);

/// Takes as long whatever the bytes are; only the lengths can be told from the time it takes.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b);

[[nodiscard]] std::string random_bytes(std::size_t bytes);

/// `bytes` random bytes as base64url without padding (RFC 4648 section 5): 32 bytes are 43 characters.
[[nodiscard]] std::string random_token(std::size_t bytes);

/// A random UUID (RFC 9562, version 4) in lower case.
[[nodiscard]] std::string random_uuid();

}  // namespace understudy
