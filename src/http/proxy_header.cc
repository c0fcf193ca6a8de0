#include "http/proxy_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>

#include <arpa/inet.h>

#include "base/text.h"

namespace understudy::http {
namespace {

using State = ProxyHeader::State;

constexpr std::string_view kVersion1 = "PROXY ";
constexpr std::string_view kVersion2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kLongestLine = 107;  ///< with its CRLF
constexpr std::size_t kFixed = 16;         ///< of version 2

ProxyHeader refused(ProxyFault fault) { return {State::kRefused, fault, 0, {}}; }

/// Whether `bytes` is `sign`, begins with it, or may become it.
bool agrees(std::string_view bytes, std::string_view sign) {
  const std::size_t length = std::min(bytes.size(), sign.size());
  return bytes.substr(0, length) == sign.substr(0, length);
}

/// A decimal number without leading zeros.
std::optional<std::uint16_t> to_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (!whole || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return port;
}

void set_v4(Peer& peer, const void* address) {
  peer.address[10] = peer.address[11] = 0xFF;
  std::memcpy(peer.address.data() + 12, address, 4);
}

bool set_address(Peer& peer, int family, std::string_view text) {
  std::array<char, 40> terminated{};
  std::array<std::uint8_t, 16> address{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return false;
  text.copy(terminated.data(), text.size());
  if (::inet_pton(family, terminated.data(), address.data()) != 1) return false;
  if (family == AF_INET) {
    set_v4(peer, address.data());
  } else {
    peer.address = address;
  }
  return true;
}

/// "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"
ProxyHeader parse_line(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, kLongestLine).find("\r\n");
  if (end == std::string_view::npos)
    return bytes.size() < kLongestLine ? ProxyHeader{} : refused(ProxyFault::kMalformed);
  ProxyHeader header{State::kDone, ProxyFault::kMissing, end + 2, {}};
  std::string_view rest = bytes.substr(kVersion1.size(), end - kVersion1.size());
  const std::string_view family = take_until(rest, ' ');
  if (family == "UNKNOWN") return header;
  if (family != "TCP4" && family != "TCP6") return refused(ProxyFault::kMalformed);
  const int number = family == "TCP4" ? AF_INET : AF_INET6;
  Peer source;
  Peer target;
  const bool addresses = set_address(source, number, take_until(rest, ' ')) &&
                         set_address(target, number, take_until(rest, ' '));
  const auto port = to_port(take_until(rest, ' '));
  if (!addresses || !port || !to_port(rest)) return refused(ProxyFault::kMalformed);
  source.port = *port;
  header.source = source;
  return header;
}

std::uint16_t number_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>((static_cast<unsigned char>(bytes[at]) << 8) |
                                    static_cast<unsigned char>(bytes[at + 1]));
}

ProxyHeader parse_binary(std::string_view bytes) {
  constexpr unsigned kLocal = 0x20;
  constexpr unsigned kProxy = 0x21;
  if (bytes.size() > 12) {
    const auto command = static_cast<unsigned char>(bytes[12]);
    if (command != kLocal && command != kProxy) return refused(ProxyFault::kMalformed);
  }
  if (bytes.size() < kFixed) return {};
  const bool local = static_cast<unsigned char>(bytes[12]) == kLocal;
  const unsigned family = static_cast<unsigned char>(bytes[13]) >> 4U;
  const unsigned protocol = static_cast<unsigned char>(bytes[13]) & 0xFU;
  const std::size_t length = number_at(bytes, 14);
  if (kFixed + length > kMostProxyHeader) return refused(ProxyFault::kTooLong);
  constexpr std::array<std::size_t, 4> kAddresses = {0, 12, 36, 216};  // by family: none, IPv4, IPv6, Unix
  const bool known = family < kAddresses.size() && protocol <= 2;
  if (!local && (!known || length < kAddresses[family])) return refused(ProxyFault::kMalformed);
  if (bytes.size() < kFixed + length) return {};
  ProxyHeader header{State::kDone, ProxyFault::kMissing, kFixed + length, {}};
  const bool is_address = !local && protocol != 0 && (family == 1 || family == 2);
  if (!is_address) return header;
  Peer source;
  if (family == 1) {
    set_v4(source, bytes.data() + kFixed);
    source.port = number_at(bytes, kFixed + 8);
  } else {
    std::memcpy(source.address.data(), bytes.data() + kFixed, 16);
    source.port = number_at(bytes, kFixed + 32);
  }
  header.source = source;
  return header;
}

}  // namespace

std::string_view to_text(ProxyFault fault) {
  constexpr std::array<std::string_view, kProxyFaultCount> kNames = {"missing", "malformed", "too-long",
                                                                     "untrusted", "timeout"};
  return kNames[static_cast<std::size_t>(fault)];
}

ProxyHeader parse_proxy_header(std::string_view bytes) {
  if (agrees(bytes, kVersion2)) return bytes.size() < kVersion2.size() ? ProxyHeader{} : parse_binary(bytes);
  if (agrees(bytes, kVersion1)) return bytes.size() < kVersion1.size() ? ProxyHeader{} : parse_line(bytes);
  return refused(ProxyFault::kMissing);
}

}  // namespace understudy::http
