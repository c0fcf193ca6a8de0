#include "model/network_set.h"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace understudy::model {
namespace {

NetworkSet set_of(const std::vector<std::string>& texts) {
  std::vector<Network> networks;
  networks.reserve(texts.size());
  for (const std::string& text : texts) networks.push_back(parse_network(text).value());
  NetworkSet set;
  set.assign(std::move(networks));
  return set;
}

std::string found(const NetworkSet& set, std::string_view address) {
  const std::size_t index = set.find(parse_network(address).value().address);
  return index == NetworkSet::kNone ? "" : std::string(set.text(index));
}

TEST(NetworkSet, FindsTheWidestNetworkThatHoldsAnAddress) {
  const NetworkSet set = set_of({"10.1.2.0/24", "203.0.113.7", "10.0.0.0/8", "2001:db8::/32", "10.9.0.0/16"});
  EXPECT_EQ(found(set, "10.1.2.3"), "10.0.0.0/8");
  EXPECT_EQ(found(set, "10.0.0.0"), "10.0.0.0/8");
  EXPECT_EQ(found(set, "10.255.255.255"), "10.0.0.0/8");
  EXPECT_EQ(found(set, "203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(found(set, "::ffff:203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(found(set, "2001:db8:ffff::1"), "2001:db8::/32");
  for (const std::string_view outside :
       {"9.255.255.255", "11.0.0.0", "203.0.113.6", "203.0.113.8", "2001:db7:ffff::1", "2001:db9::", "::1"}) {
    EXPECT_EQ(found(set, outside), "") << outside;
  }
}

TEST(NetworkSet, KeepsWhatWasAssignedInItsOrder) {
  const NetworkSet set = set_of({"10.1.0.0/16", "10.0.0.0/8", "10.0.0.0/8"});
  ASSERT_EQ(set.all().size(), 3U);
  EXPECT_EQ(set.text(0), "10.1.0.0/16");
  EXPECT_EQ(set.text(2), "10.0.0.0/8");
  EXPECT_EQ(set.find(parse_network("10.1.0.1")->address), 1U) << "of equal ones the first";
  EXPECT_TRUE(NetworkSet().empty());
  EXPECT_EQ(NetworkSet().find(parse_network("10.1.0.1")->address), NetworkSet::kNone);
}

TEST(NetworkSet, HoldsEverythingAndSingleAddresses) {
  EXPECT_EQ(found(set_of({"::/0"}), "192.0.2.1"), "::/0");
  EXPECT_EQ(found(set_of({"::/0"}), "2001:db8::1"), "::/0");
  EXPECT_EQ(found(set_of({"0.0.0.0/0"}), "192.0.2.1"), "0.0.0.0/0");
  EXPECT_EQ(found(set_of({"0.0.0.0/0"}), "2001:db8::1"), "");
  EXPECT_EQ(found(set_of({"255.255.255.255", "::1"}), "255.255.255.255"), "255.255.255.255");
}

TEST(NetworkSet, AgreesWithLookingAtEachNetwork) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<Network> networks;
    for (int i = 0; i < 200; ++i) {
      Network network;
      network.prefix_bits = static_cast<unsigned>(random() % 17);
      for (unsigned bit = 0; bit < network.prefix_bits; ++bit) {
        if (random() % 2 != 0) network.address[bit / 8] |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
      }
      if (network.prefix_bits > 6) networks.push_back(network);
    }
    NetworkSet set;
    set.assign(networks);
    for (unsigned high = 0; high < 65536; high += 37) {
      std::array<std::uint8_t, 16> address{};
      address[0] = static_cast<std::uint8_t>(high >> 8);
      address[1] = static_cast<std::uint8_t>(high);
      address[15] = 1;
      const bool inside = std::any_of(networks.begin(), networks.end(),
                                      [&](const Network& network) { return network.contains(address); });
      const std::size_t index = set.find(address);
      ASSERT_EQ(index != NetworkSet::kNone, inside) << high;
      if (inside) {
        ASSERT_TRUE(networks[index].contains(address)) << high;
      }
    }
  }
}

}  // namespace
}  // namespace understudy::model
