#include "answer/client_address.h"

#include <cstddef>

#include <boost/asio/ip/address.hpp>

#include "answer/identify.h"
#include "base/text.h"

namespace understudy::answer {
namespace {

/// A longer list is no chain of proxies, and costs no more than this.
constexpr std::size_t kMostProxies = 128;
constexpr std::size_t kLongestAddress = 64;

/// "[2001:db8::1]:443", "203.0.113.7:443": without brackets and port. Empty: malformed.
std::string_view without_port(std::string_view text) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return {};
    port = text.substr(end + 1);
    text = text.substr(1, end - 1);
    if (text.find(':') == std::string_view::npos) return {};
  } else {
    // With more than one colon it is an IPv6 address, which has a port in brackets alone.
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) return text;
    port = text.substr(colon);
    text = text.substr(0, colon);
  }
  if (port.empty()) return text;
  const bool fine = port.front() == ':' && port.size() > 1 && port.size() <= 6 &&
                    port.find_first_not_of("0123456789", 1) == std::string_view::npos;
  return fine ? text : std::string_view();
}

/// Takes the last element of a list off; empty elements are none (RFC 9110 section 5.6.1.2).
std::string_view take_last(std::string_view& list) {
  while (!list.empty()) {
    const auto comma = list.rfind(',');
    const std::string_view last = trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
    if (!last.empty()) return last;
  }
  return {};
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  namespace ip = boost::asio::ip;
  const std::string_view bare = without_port(text);
  if (bare.empty() || bare.size() > kLongestAddress || bare.find('\0') != std::string_view::npos)
    return std::nullopt;
  boost::system::error_code error;
  const auto address = ip::make_address(std::string(bare), error);
  if (error) return std::nullopt;
  if (address.is_v4()) return ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
  // A zone means something on the machine alone that wrote it.
  if (bare.find('%') != std::string_view::npos) return std::nullopt;
  return address.to_v6().to_bytes();
}

std::string to_text(const Address& address) {
  namespace ip = boost::asio::ip;
  const ip::address_v6 v6(address);
  return v6.is_v4_mapped() ? ip::make_address_v4(ip::v4_mapped, v6).to_string() : v6.to_string();
}

std::optional<Address> client_address(const http::Peer& peer, std::string_view forwarded_for,
                                      const model::Snapshot& snapshot) {
  if (!is_trusted(peer, snapshot)) return peer.address;
  std::optional<Address> nearest;
  if (!peer.unix_socket) nearest = peer.address;
  for (std::size_t proxies = 0; proxies < kMostProxies; ++proxies) {
    const std::string_view entry = take_last(forwarded_for);
    if (entry.empty()) return nearest;
    nearest = parse_address(entry);
    if (!nearest || !snapshot.trusts(*nearest)) return nearest;
  }
  return std::nullopt;
}

}  // namespace understudy::answer
