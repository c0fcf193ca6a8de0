#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace understudy::model {

/// An address prefix; IPv4 stands as IPv4-mapped IPv6, so that one comparison serves both.
struct Network {
  std::array<std::uint8_t, 16> address{};
  unsigned prefix_bits = 128;

  friend bool operator==(const Network&, const Network&) = default;
  [[nodiscard]] bool contains(const std::array<std::uint8_t, 16>& other) const;
};

/// "203.0.113.0/24", "2001:db8::/32", or a single address. None if malformed, if the prefix is too
/// long for the family, or if bits behind the prefix are set (a typing error, more often than not).
[[nodiscard]] std::optional<Network> parse_network(std::string_view text);

/// "203.0.113.0/24"; an address alone without its prefix: "203.0.113.7".
[[nodiscard]] std::string to_text(const Network& network);

}  // namespace understudy::model
