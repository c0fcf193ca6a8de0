#include "model/group_table.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
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

GroupState state(Mode mode) {
  GroupState made;
  made.mode = mode;
  return made;
}

std::vector<std::string> names_of(const GroupTable& table) {
  std::vector<std::string> names;
  table.for_each([&](std::size_t index, const Group& group) {
    EXPECT_EQ(table.find(group.name), index);
    names.push_back(group.name);
  });
  return names;
}

constexpr const char* kNewId = "0d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10";

TEST(GroupTable, AChangeLeavesTheTableBeforeAsItWas) {
  const GroupTable before = make_table();
  const auto after = before.changed(2, {0}, {make("news", kNewId, {"news.example"})}, GroupTable::kNone);
  EXPECT_EQ(before.revision(), 1U);
  EXPECT_EQ(before.default_group(), 1U);
  EXPECT_EQ(names_of(before), (std::vector<std::string>{"shop", "Docs"}));
  EXPECT_EQ(before.find_host("api.shop.example"), 0U);
  EXPECT_EQ(before.find("news"), GroupTable::kNone);
  EXPECT_EQ(after->revision(), 2U);
  EXPECT_EQ(after->default_group(), GroupTable::kNone);
  EXPECT_EQ(names_of(*after), (std::vector<std::string>{"Docs", "news"}));
  EXPECT_EQ(after->size(), 3U);
  EXPECT_EQ(after->count(), 2U);
  EXPECT_TRUE(after->vacant(0));
  EXPECT_FALSE(after->vacant(1) || after->vacant(2));
  EXPECT_EQ(after->find("Docs"), 1U) << "indexes stay";
  EXPECT_EQ(&after->group(1), &before.group(1)) << "what stays is shared";
  EXPECT_EQ(after->find("shop"), GroupTable::kNone);
  EXPECT_EQ(after->find("9e428b69-47e2-48b7-a694-bb2222bf48c3"), GroupTable::kNone);
  EXPECT_EQ(after->find_host("api.shop.example"), GroupTable::kNone);
  EXPECT_EQ(after->find_host("[::1]"), GroupTable::kNone);
  EXPECT_EQ(after->find("news"), 2U);
  EXPECT_EQ(after->find("0D5E6C1E-5D0F-4C53-9D0E-8A6B5F3C2D10"), 2U);
  EXPECT_EQ(after->find_host("NEWS.example"), 2U);
}

TEST(GroupTable, WhatTookAnothersPlaceMayGoAgain) {
  const GroupTable first = make_table();
  // The same name, id and host in another group, then that one goes, then comes a third.
  const auto again = make("shop", "9e428b69-47e2-48b7-a694-bb2222bf48c3", {"api.shop.example", "b.example"});
  const auto second = first.changed(2, {0}, {again}, 1);
  EXPECT_EQ(second->find("shop"), 2U);
  EXPECT_EQ(second->find_host("api.shop.example"), 2U);
  EXPECT_EQ(second->find_host("b.example"), 2U);
  EXPECT_EQ(second->find_host("[::1]"), GroupTable::kNone);
  const auto third = second->changed(3, {2}, {}, 1);
  EXPECT_EQ(third->find("shop"), GroupTable::kNone) << "neither the new one nor the old";
  EXPECT_EQ(third->find_host("api.shop.example"), GroupTable::kNone);
  EXPECT_EQ(third->find_host("b.example"), GroupTable::kNone);
  EXPECT_EQ(third->count(), 1U);
  const auto fourth = third->changed(4, {}, {make("other", kNewId, {"api.shop.example"})}, 1);
  EXPECT_EQ(fourth->find_host("api.shop.example"), 3U);
  const auto fifth = fourth->changed(5, {3}, {again}, 1);
  EXPECT_EQ(fifth->find_host("api.shop.example"), 4U) << "one goes as another comes";
  EXPECT_EQ(second->find("shop"), 2U) << "and every table before is as it was";
}

TEST(GroupTable, OutlivesTheTablesItWasMadeFrom) {
  std::shared_ptr<const GroupTable> table = std::make_shared<const GroupTable>(make_table());
  for (std::uint32_t i = 0; i < 500; ++i) {
    std::vector<std::size_t> removed;
    if (i >= 10) removed.push_back(i - 8);  // ten are there at any time
    table = table->changed(
        i + 2, removed, {make(fmt::format("g{}", i), fmt::format("id-{}", i), {fmt::format("h{}", i)})}, 1);
  }
  EXPECT_EQ(table->count(), 12U);
  EXPECT_EQ(table->find("g489"), GroupTable::kNone);
  EXPECT_EQ(table->find("g490"), 492U);
  EXPECT_EQ(table->find_host("h499"), 501U);
  EXPECT_EQ(table->group(table->find("id-495")).name, "g495");
  EXPECT_EQ(table->group(table->find("shop")).hosts.at(0), "api.shop.example");
}

TEST(GroupTable, WantsCompactingAfterManyChanges) {
  std::shared_ptr<const GroupTable> table = std::make_shared<const GroupTable>(make_table());
  EXPECT_FALSE(table->wants_compacting());
  std::uint32_t changes = 0;
  while (!table->wants_compacting() && changes < 100'000) {
    ++changes;
    table = table->changed(changes + 1, {},
                           {make(fmt::format("g{}", changes), fmt::format("i{}", changes), {})}, 1);
  }
  EXPECT_GT(changes, 100U) << "copying all groups for each change would cost too much";
  EXPECT_LT(changes, 5000U) << "and looking through all changes, too";
}

TEST(States, AreOpenUntilSet) {
  States states;
  EXPECT_EQ(states.size(), 0U);
  states.reset(1000);
  ASSERT_EQ(states.size(), 1000U);
  for (std::size_t i = 0; i < 1000; ++i) EXPECT_EQ(states[i].mode, Mode::kOpen);
  states.set(0, state(Mode::kReadOnly));
  states.set(999, state(Mode::kMaintenance));
  EXPECT_EQ(states[0].mode, Mode::kReadOnly);
  EXPECT_EQ(states[1].mode, Mode::kOpen);
  EXPECT_EQ(states[998].mode, Mode::kOpen);
  EXPECT_EQ(states[999].mode, Mode::kMaintenance);
  states.reset(1000);
  EXPECT_EQ(states[999].mode, Mode::kOpen) << "all anew";
}

TEST(States, ACopyStaysAsItWas) {
  States states;
  states.reset(600);
  states.set(5, state(Mode::kReadOnly));
  const States first = states.share();
  states.set(5, state(Mode::kMaintenance));
  states.set(599, state(Mode::kMaintenance));
  const States second = states.share();
  states.set(5, state(Mode::kOpen));
  states.set(6, state(Mode::kReadOnly));
  EXPECT_EQ(first[5].mode, Mode::kReadOnly);
  EXPECT_EQ(first[599].mode, Mode::kOpen);
  EXPECT_EQ(second[5].mode, Mode::kMaintenance);
  EXPECT_EQ(second[6].mode, Mode::kOpen);
  EXPECT_EQ(second[599].mode, Mode::kMaintenance);
  EXPECT_EQ(states[5].mode, Mode::kOpen);
  EXPECT_EQ(states[6].mode, Mode::kReadOnly);
}

TEST(States, CopiesShareWhatHasNotChanged) {
  States states;
  states.reset(100'000);
  const States first = states.share();
  states.set(70'000, state(Mode::kMaintenance));
  const States second = states.share();
  EXPECT_EQ(&first[0], &second[0]);
  EXPECT_EQ(&first[99'999], &second[99'999]);
  EXPECT_NE(&first[70'000], &second[70'000]);
}

TEST(States, GrowKeepsWhatIsThere) {
  States states;
  states.reset(10);
  states.set(9, state(Mode::kReadOnly));
  const States before = states.share();
  states.grow(700);
  EXPECT_EQ(states.size(), 700U);
  EXPECT_EQ(states[9].mode, Mode::kReadOnly);
  EXPECT_EQ(states[699].mode, Mode::kOpen);
  states.set(10, state(Mode::kMaintenance));
  states.set(699, state(Mode::kMaintenance));
  EXPECT_EQ(before.size(), 10U);
  EXPECT_EQ(before[9].mode, Mode::kReadOnly);
  states.grow(5);
  EXPECT_EQ(states.size(), 700U) << "never smaller";
}

TEST(OriginList, HoldsNoneOneOrMany) {
  OriginList list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.size(), 0U);
  EXPECT_FALSE(list.contains(""));
  EXPECT_FALSE(list.contains("https://a.example"));
  list.assign({"https://a.example"});
  EXPECT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0], "https://a.example");
  EXPECT_TRUE(list.contains("https://a.example"));
  for (const char* no : {"", "https://a.exampl", "https://a.example2", "https://b.example"})
    EXPECT_FALSE(list.contains(no)) << no;
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back(fmt::format("https://{}.example", (i * 37) % 100));
  list.assign(many);
  ASSERT_EQ(list.size(), 100U);
  for (const std::string& origin : many) EXPECT_TRUE(list.contains(origin)) << origin;
  for (std::size_t i = 1; i < list.size(); ++i) EXPECT_LT(list[i - 1], list[i]);
  for (const char* no : {"", "https://100.example", "https://1", "https://1.example ", "~", "!"})
    EXPECT_FALSE(list.contains(no)) << no;
  EXPECT_FALSE(list.contains("https://1.examplehttps://10.example")) << "two that stand side by side";
  list.assign({});
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.size(), 0U);
  EXPECT_FALSE(list.contains("https://1.example"));
}

TEST(OriginList, EachOnce) {
  OriginList list;
  list.assign({"https://b.example", "https://a.example", "https://b.example"});
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0], "https://a.example");
  EXPECT_EQ(list[1], "https://b.example");
  list.assign({"https://a.example", "https://a.example"});
  EXPECT_EQ(list.size(), 1U);
  EXPECT_TRUE(list.contains("https://a.example"));
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
