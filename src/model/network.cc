#include "model/network.h"

#include <charconv>
#include <cstddef>

#include <boost/asio/ip/address.hpp>

namespace understudy::model {
namespace {

bool same_prefix(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b,
                 unsigned bits) {
  for (std::size_t i = 0; i < 16 && bits > 0; ++i) {
    const unsigned here = bits < 8 ? bits : 8;
    const auto mask = static_cast<std::uint8_t>(0xFF00U >> here);
    if ((a[i] & mask) != (b[i] & mask)) return false;
    bits -= here;
  }
  return true;
}

}  // namespace

bool Network::contains(const std::array<std::uint8_t, 16>& other) const {
  return same_prefix(address, other, prefix_bits);
}

std::optional<Network> parse_network(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const auto slash = text.find('/');
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(text.substr(0, slash)), error);
  if (error || (address.is_v6() && address.to_v6().scope_id() != 0)) return std::nullopt;
  Network network;
  const unsigned most = address.is_v4() ? 32 : 128;
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (failed != std::errc{} || end != digits.data() + digits.size() || bits > most) return std::nullopt;
  }
  const auto v6 = address.is_v4()
                      ? boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, address.to_v4())
                      : address.to_v6();
  network.address = v6.to_bytes();
  network.prefix_bits = bits + (128 - most);
  for (unsigned bit = network.prefix_bits; bit < 128; ++bit) {
    if ((network.address[bit / 8] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  }
  return network;
}

std::string to_text(const Network& network) {
  const boost::asio::ip::address_v6 v6(network.address);
  // IPv4-mapped, but for a prefix that reaches beyond IPv4: "::/0" holds more than IPv4.
  const bool v4 = v6.is_v4_mapped() && network.prefix_bits >= 96;
  std::string text =
      v4 ? boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6).to_string() : v6.to_string();
  if (network.prefix_bits < 128) {
    text.append("/").append(std::to_string(v4 ? network.prefix_bits - 96 : network.prefix_bits));
  }
  return text;
}

}  // namespace understudy::model
