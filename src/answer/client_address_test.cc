#include "answer/client_address.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace understudy::answer {
namespace {

std::string client(std::string_view peer, std::string_view forwarded_for) {
  model::Snapshot snapshot;
  for (const std::string_view trusted : {"127.0.0.0/8", "10.0.0.0/8", "2001:db8:1::/48"})
    snapshot.trusted_proxies.push_back(*model::parse_network(trusted));
  http::Peer from;
  if (peer == "unix") {
    from.unix_socket = true;
  } else {
    from.address = parse_address(peer).value();
  }
  const auto found = client_address(from, forwarded_for, snapshot);
  return found ? to_text(*found) : "none";
}

TEST(ClientAddress, IsTheConnectionsOwnUnlessThatIsATrustedProxys) {
  EXPECT_EQ(client("192.0.2.1", ""), "192.0.2.1");
  EXPECT_EQ(client("192.0.2.1", "203.0.113.7"), "192.0.2.1") << "forged";
  EXPECT_EQ(client("127.0.0.1", ""), "127.0.0.1");
  EXPECT_EQ(client("127.0.0.1", "203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(client("2001:db8:1::5", "2001:db8::7"), "2001:db8::7");
  EXPECT_EQ(client("unix", "203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(client("unix", ""), "none");
}

TEST(ClientAddress, IsTheFirstFromTheRightThatIsNoTrustedProxy) {
  EXPECT_EQ(client("127.0.0.1", "198.51.100.1, 203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(client("127.0.0.1", "198.51.100.1, 203.0.113.7, 10.1.1.1"), "203.0.113.7");
  EXPECT_EQ(client("127.0.0.1", "203.0.113.7,10.0.0.1 , 10.0.0.2"), "203.0.113.7");
  EXPECT_EQ(client("127.0.0.1", "10.0.0.9, 10.0.0.1"), "10.0.0.9") << "proxies alone: the leftmost";
  EXPECT_EQ(client("127.0.0.1", ", 203.0.113.7, ,"), "203.0.113.7") << "empty elements are none";
  EXPECT_EQ(client("127.0.0.1", " , ,"), "127.0.0.1");
}

TEST(ClientAddress, IsUnknownWhereAnEntryIsNoAddress) {
  EXPECT_EQ(client("127.0.0.1", "203.0.113.7, unknown"), "none");
  EXPECT_EQ(client("127.0.0.1", "unknown, 10.0.0.1"), "none");
  EXPECT_EQ(client("127.0.0.1", "unknown, 203.0.113.7"), "203.0.113.7")
      << "what is left of it is not believed";
  EXPECT_EQ(client("unix", "_hidden"), "none");
}

TEST(ClientAddress, ReadsLongChainsUpToAPoint) {
  std::string chain = "203.0.113.7";
  for (int i = 0; i < 100; ++i) chain += ", 10.0.0.1";
  EXPECT_EQ(client("127.0.0.1", chain), "203.0.113.7");
  for (int i = 0; i < 28; ++i) chain += ", 10.0.0.1";
  EXPECT_EQ(client("127.0.0.1", chain), "none");
}

TEST(ClientAddress, TakesMappedAddressesForIPv4AndLeavesPortsOut) {
  EXPECT_EQ(client("::ffff:127.0.0.1", "::ffff:203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(client("127.0.0.1", "203.0.113.7:4711"), "203.0.113.7");
  EXPECT_EQ(client("127.0.0.1", "[2001:db8::7]:443"), "2001:db8::7");
  EXPECT_EQ(client("127.0.0.1", "[2001:db8::7]"), "2001:db8::7");
  EXPECT_EQ(client("127.0.0.1", "203.0.113.7, ::ffff:10.0.0.1"), "203.0.113.7");
}

TEST(ClientAddress, ReadsNothingElseAsAnAddress) {
  for (const std::string_view text :
       {"",          "a",        "1.2.3",     "1.2.3.4.5",      "256.1.1.1",
        "010.1.1.1", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:123456", "[1.2.3.4]",
        "[::1",      "[::1]x",   "[::1]:",    "fe80::1%eth0",   "fe80::1%1",
        "::1::",     "1.2.3.4 ", "0x7f.1",    "1.2.3.4/32",     "\"1.2.3.4\""}) {
    EXPECT_EQ(parse_address(text), std::nullopt) << text;
  }
  EXPECT_EQ(to_text(parse_address("2001:DB8:0:0::1").value()), "2001:db8::1");
}

}  // namespace
}  // namespace understudy::answer
