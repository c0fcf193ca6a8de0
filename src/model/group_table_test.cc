#include "model/group_table.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace understudy::model {
namespace {

Group make(std::string name, std::string id, std::vector<std::string> hosts) {
  Group group;
  group.name = std::move(name);
  group.id = std::move(id);
  group.hosts = std::move(hosts);
  return group;
}

GroupTable make_table() {
  return {1,
          {make("shop", "9e428b69-47e2-48b7-a694-bb2222bf48c3", {"api.shop.example", "[::1]"}),
           make("Docs", "1a2b7c1e-5d0f-4c53-9d0e-8a6b5f3c2d10", {"docs.shop.example"})},
          1,
          make("", "", {})};
}

TEST(GroupTable, FindsByNameAndById) {
  const GroupTable table = make_table();
  EXPECT_EQ(table.find("shop"), 0U);
  EXPECT_EQ(table.find("Docs"), 1U);
  EXPECT_EQ(table.find("9e428b69-47e2-48b7-a694-bb2222bf48c3"), 0U);
  EXPECT_EQ(table.find("1A2B7C1E-5D0F-4C53-9D0E-8A6B5F3C2D10"), 1U);
  for (const std::string& none : {std::string(), std::string("sho"), std::string("shop "),
                                  std::string("api.shop.example"), std::string(5000, 'a')}) {
    EXPECT_EQ(table.find(none), GroupTable::kNone) << none;
  }
}

TEST(GroupTable, FindsByHost) {
  const GroupTable table = make_table();
  EXPECT_EQ(table.find_host("api.shop.example"), 0U);
  EXPECT_EQ(table.find_host("API.Shop.Example"), 0U);
  EXPECT_EQ(table.find_host("[::1]"), 0U);
  EXPECT_EQ(table.find_host("docs.shop.example"), 1U);
  EXPECT_EQ(table.find_host("shop.example"), GroupTable::kNone);
  EXPECT_EQ(table.find_host("shop"), GroupTable::kNone) << "a group's name is no host";
  EXPECT_EQ(table.find_host(""), GroupTable::kNone);
  EXPECT_EQ(table.find_host(std::string(5000, 'a')), GroupTable::kNone);
}

TEST(Snapshot, TrustsItsNetworks) {
  Snapshot snapshot;
  const auto loopback = parse_network("127.0.0.1")->address;
  EXPECT_FALSE(snapshot.trusts(loopback));
  snapshot.trusted_proxies = {*parse_network("10.0.0.0/8"), *parse_network("127.0.0.0/8")};
  EXPECT_TRUE(snapshot.trusts(loopback));
  EXPECT_FALSE(snapshot.trusts(parse_network("192.0.2.1")->address));
}

}  // namespace
}  // namespace understudy::model
