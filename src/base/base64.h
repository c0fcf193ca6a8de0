#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace understudy {

/// RFC 4648 section 4, padded.
[[nodiscard]] std::string base64(std::string_view bytes);

/// RFC 4648 section 5, without padding.
[[nodiscard]] std::string base64url(std::string_view bytes);

/// Undoes base64url: the bytes' number, written to the beginning of `out`. None if a character is no letter
/// of the alphabet, if the length is none that encoding gives, if bits are left over that are not zero (so
/// that no two texts mean the same bytes), or if `out` is too small. Allocates nothing.
[[nodiscard]] std::optional<std::size_t> decode_base64url(std::string_view text, std::span<std::uint8_t> out);

}  // namespace understudy
