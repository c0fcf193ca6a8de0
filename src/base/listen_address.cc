#include "base/listen_address.h"

#include <charconv>

#include <boost/asio/ip/address.hpp>

namespace understudy {
bool is_ip_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return false;
  boost::system::error_code error;
  boost::asio::ip::make_address(std::string(text), error);
  return !error;
}

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress address;
  address.text = text;
  if (text.starts_with("unix:")) {
    address.kind = ListenAddress::Kind::kUnix;
    address.path = text.substr(5);
    // sockaddr_un holds 108 bytes, one of them the end.
    return address.path.starts_with('/') && address.path.size() < 108 ? std::optional(address) : std::nullopt;
  }
  if (text.starts_with("proxy:") || text.starts_with("proxy+")) {
    address.proxied = true;
    text.remove_prefix(6);
    // "proxy:tls:…" would be a second way to say the same.
    if (text.starts_with("tls:") != (address.text[5] == '+')) return std::nullopt;
  }
  if (text.starts_with("tls:")) {
    address.kind = ListenAddress::Kind::kTls;
    text.remove_prefix(4);
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(colon + 1);
  unsigned port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port > 65535) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!is_ip_address(host) || bracketed != (host.find(':') != std::string_view::npos)) return std::nullopt;
  address.host = host;
  address.port = static_cast<std::uint16_t>(port);
  return address;
}

}  // namespace understudy
