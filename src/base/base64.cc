#include "base/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace understudy {
namespace {

constexpr std::string_view kUrlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What a letter stands for; -1: it is none.
constexpr auto kUrlValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kUrlAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kUrlAlphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}();

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view piece = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = (bits << 8) | (k < piece.size() ? static_cast<unsigned char>(piece[k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= piece.size() ? kAlphabet[(bits >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return out;
}

std::string base64url(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t held = 0;  // the last `bits` of it are not written yet
  unsigned bits = 0;
  for (const char byte : bytes) {
    held = (held << 8) | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6) out += kUrlAlphabet[(held >> (bits - 6)) & 63];
  }
  if (bits > 0) out += kUrlAlphabet[(held << (6 - bits)) & 63];
  return out;
}

std::optional<std::size_t> decode_base64url(std::string_view text, std::span<std::uint8_t> out) {
  const std::size_t size = text.size() / 4 * 3 + text.size() % 4 * 6 / 8;
  if (text.size() % 4 == 1 || size > out.size()) return std::nullopt;
  std::uint32_t held = 0;  // the last `bits` of it are not written yet
  unsigned bits = 0;
  std::size_t written = 0;
  for (const char letter : text) {
    const std::int8_t value = kUrlValues[static_cast<unsigned char>(letter)];
    if (value < 0) return std::nullopt;
    held = (held << 6) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out[written++] = static_cast<std::uint8_t>(held >> bits);
  }
  if ((held & ((1U << bits) - 1)) != 0) return std::nullopt;
  return written;
}

}  // namespace understudy
