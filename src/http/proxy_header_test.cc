#include "http/proxy_header.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace understudy::http {
namespace {

using namespace std::string_view_literals;
using namespace std::string_literals;
using State = ProxyHeader::State;

constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;

std::string binary(std::string_view command, std::string_view addresses) {
  std::string bytes = std::string(kSignature).append(command);
  bytes.push_back(static_cast<char>(addresses.size() >> 8U));
  bytes.push_back(static_cast<char>(addresses.size()));
  return bytes.append(addresses);
}

/// Refused for that reason, and not only at its end: whoever sends more of it gains nothing.
void expect_refused(std::string_view bytes, ProxyFault fault) {
  const ProxyHeader header = parse_proxy_header(bytes);
  EXPECT_EQ(header.state, State::kRefused) << bytes;
  EXPECT_EQ(header.fault, fault) << bytes;
}

/// Whole, and incomplete when cut anywhere.
ProxyHeader expect_done(std::string_view bytes) {
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    EXPECT_EQ(parse_proxy_header(bytes.substr(0, cut)).state, State::kMore) << cut << " of " << bytes;
  const std::string followed = std::string(bytes).append("GET / HTTP/1.1\r\n");
  const ProxyHeader header = parse_proxy_header(followed);
  EXPECT_EQ(header.state, State::kDone) << bytes;
  EXPECT_EQ(header.size, bytes.size()) << bytes;
  return header;
}

std::string address_of(const ProxyHeader& header) {
  std::string text;
  if (!header.source) return "none";
  for (const std::uint8_t byte : header.source->address) text += std::to_string(byte) + ".";
  return text + ":" + std::to_string(header.source->port);
}

TEST(ProxyHeader, ReadsLines) {
  EXPECT_EQ(address_of(expect_done("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n")),
            "0.0.0.0.0.0.0.0.0.0.255.255.192.168.0.1.:56324");
  EXPECT_EQ(address_of(expect_done("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n")),
            "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1.:0");
  EXPECT_EQ(address_of(expect_done("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                                   "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n")),
            "255.255.255.255.255.255.255.255.255.255.255.255.255.255.255.255.:65535");
  EXPECT_EQ(address_of(expect_done("PROXY UNKNOWN\r\n")), "none");
  EXPECT_EQ(address_of(expect_done("PROXY UNKNOWN whatever stands here\r\n")), "none");
}

TEST(ProxyHeader, RefusesMalformedLines) {
  for (const std::string_view line :
       {"PROXY TCP4 192.168.0.1 192.168.0.11 56324\r\n"sv,
        "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443 \r\n"sv,
        "PROXY TCP4  192.168.0.1 192.168.0.11 56324 443\r\n"sv, "PROXY TCP4 ::1 ::1 1 2\r\n"sv,
        "PROXY TCP6 192.168.0.1 192.168.0.11 1 2\r\n"sv, "PROXY TCP4 192.168.0.256 192.168.0.11 1 2\r\n"sv,
        "PROXY TCP4 192.168.0.1 192.168.0.11 65536 2\r\n"sv, "PROXY TCP4 192.168.0.1 192.168.0.11 01 2\r\n"sv,
        "PROXY TCP4 192.168.0.1 192.168.0.11 -1 2\r\n"sv, "PROXY TCP4 192.168.0.1 192.168.0.11 1 +2\r\n"sv,
        "PROXY TCP4 192.168.0.1\0 192.168.0.11 1 2\r\n"sv, "PROXY UDP4 192.168.0.1 192.168.0.11 1 2\r\n"sv,
        "PROXY tcp4 192.168.0.1 192.168.0.11 1 2\r\n"sv, "PROXY \r\n"sv,
        "PROXY TCP4 192.168.0.1 192.168.0.11 1 2\nGET / HTTP/1.1\r\n"sv}) {
    expect_refused(line, ProxyFault::kMalformed);
  }
  const std::string endless = "PROXY UNKNOWN " + std::string(100, 'x');
  EXPECT_EQ(parse_proxy_header(endless.substr(0, 106)).state, State::kMore);
  expect_refused(endless.substr(0, 107), ProxyFault::kMalformed);
  EXPECT_EQ(parse_proxy_header("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n").state, State::kDone);
  expect_refused("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n", ProxyFault::kMalformed);
}

TEST(ProxyHeader, ReadsBinaryOnes) {
  const std::string v4 = "\xCB\x00\x71\x07\x7F\x00\x00\x01\xDC\x04\x01\xBB"s;
  EXPECT_EQ(address_of(expect_done(binary("\x21\x11", v4))),
            "0.0.0.0.0.0.0.0.0.0.255.255.203.0.113.7.:56324");
  EXPECT_EQ(address_of(expect_done(binary("\x21\x12", v4))), "0.0.0.0.0.0.0.0.0.0.255.255.203.0.113.7.:56324")
      << "UDP, as HTTP/3 comes";
  EXPECT_EQ(address_of(expect_done(binary("\x21\x11", v4 + "\x04\x00\x02xx"s))),
            "0.0.0.0.0.0.0.0.0.0.255.255.203.0.113.7.:56324")
      << "extensions are skipped";
  const std::string v6 =
      "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s + std::string(16, '\0') + "\x00\x50\x00\x00"s;
  EXPECT_EQ(address_of(expect_done(binary("\x21\x21", v6))), "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1.:80");
  EXPECT_EQ(address_of(expect_done(binary("\x20\x00"sv, ""))), "none") << "LOCAL";
  EXPECT_EQ(address_of(expect_done(binary("\x20\x11", v4))), "none") << "LOCAL, whatever else it says";
  EXPECT_EQ(address_of(expect_done(binary("\x20\xFF", "abc"))), "none");
  EXPECT_EQ(address_of(expect_done(binary("\x21\x00"sv, "abc"))), "none") << "UNSPEC";
  EXPECT_EQ(address_of(expect_done(binary("\x21\x31", std::string(216, 'x')))), "none") << "a Unix socket";
}

TEST(ProxyHeader, RefusesMalformedBinaryOnes) {
  const std::string v4(12, '\x01');
  expect_refused(binary("\x11\x11", v4), ProxyFault::kMalformed);
  expect_refused(binary("\x22\x11", v4), ProxyFault::kMalformed);
  expect_refused(std::string(kSignature) + "\x31", ProxyFault::kMalformed);
  expect_refused(binary("\x21\x41", v4), ProxyFault::kMalformed);
  expect_refused(binary("\x21\x13", v4), ProxyFault::kMalformed);
  expect_refused(binary("\x21\x11", v4.substr(1)), ProxyFault::kMalformed);
  expect_refused(binary("\x21\x21", std::string(35, 'x')), ProxyFault::kMalformed);
  EXPECT_EQ(parse_proxy_header(binary("\x21\x11", std::string(4080, 'x'))).state, State::kDone);
  expect_refused(binary("\x21\x11", std::string(4081, 'x')), ProxyFault::kTooLong);
}

TEST(ProxyHeader, TakesNothingElse) {
  for (const std::string_view bytes : {"GET / HTTP/1.1\r\n"sv, "P "sv, "PROXX"sv, "proxy TCP4"sv,
                                       "\x16\x03\x01"sv, "\r\nGET"sv, "\0"sv, "\r\n\r\n\0\r\nQUIT\r"sv}) {
    expect_refused(bytes, ProxyFault::kMissing);
  }
  EXPECT_EQ(parse_proxy_header("").state, State::kMore);
}

}  // namespace
}  // namespace understudy::http
