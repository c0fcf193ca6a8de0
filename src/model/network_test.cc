#include "model/network.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <boost/asio/ip/address.hpp>

namespace understudy::model {
namespace {

/// As a connection's other end comes: IPv4 mapped into IPv6.
std::array<std::uint8_t, 16> peer(const std::string& text) {
  const auto address = boost::asio::ip::make_address(text);
  return address.is_v6() ? address.to_v6().to_bytes()
                         : make_address_v6(boost::asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

struct Case {
  std::string_view network;
  std::string address;
  bool inside;
};

TEST(Network, HoldsItsAddresses) {
  const Case cases[] = {
      {"203.0.113.0/24", "203.0.113.0", true},
      {"203.0.113.0/24", "203.0.113.255", true},
      {"203.0.113.0/24", "203.0.114.0", false},
      {"203.0.113.0/24", "203.0.112.255", false},
      {"127.0.0.0/8", "127.255.255.255", true},
      {"127.0.0.0/8", "128.0.0.0", false},
      {"10.0.0.128/25", "10.0.0.128", true},
      {"10.0.0.128/25", "10.0.0.127", false},
      {"10.0.0.5", "10.0.0.5", true},
      {"10.0.0.5", "10.0.0.4", false},
      {"10.0.0.5/32", "10.0.0.5", true},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::", false},
      {"2001:db8:0:8000::/49", "2001:db8:0:8000::1", true},
      {"2001:db8:0:8000::/49", "2001:db8:0:7fff::1", false},
      {"::1", "::1", true},
      {"::1/128", "::2", false},
      // The families are told apart, but for a mapped address, which is the
      // same one.
      {"0.0.0.0/0", "198.51.100.7", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::ffff:10.0.0.0/104", "10.1.2.3", true},
      {"10.0.0.0/8", "::ffff:10.1.2.3", true},
      {"10.0.0.0/8", "::10.1.2.3", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "10.0.0.1", true},
  };
  for (const Case& c : cases) {
    const auto network = parse_network(c.network);
    ASSERT_TRUE(network) << c.network;
    EXPECT_EQ(network->contains(peer(c.address)), c.inside) << c.network << " " << c.address;
  }
}

TEST(Network, RefusesTypingErrors) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,
                                      "/"sv,
                                      "/8"sv,
                                      "10.0.0.0/"sv,
                                      "10.0.0.0/33"sv,
                                      "10.0.0.0/-1"sv,
                                      "10.0.0.0/+8"sv,
                                      "10.0.0.0/8/8"sv,
                                      "10.0.0.0/8 "sv,
                                      " 10.0.0.0/8"sv,
                                      "10.0.0/8"sv,
                                      "10.0.0.256"sv,
                                      "10.0.0.0/255.0.0.0"sv,
                                      "localhost"sv,
                                      "2001:db8::/129"sv,
                                      "2001:db8::g/32"sv,
                                      "[::1]"sv,
                                      "10.0.0.1/8"sv,
                                      "10.0.0.128/24"sv,
                                      "0.0.0.1/0"sv,
                                      "2001:db8::1/32"sv,
                                      "2001:db8:8000::/32"sv,
                                      "10.0.0.0\0x/8"sv,
                                      "4294967296/8"sv,
                                      "10.0.0.0/4294967304"sv}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
}

}  // namespace
}  // namespace understudy::model
