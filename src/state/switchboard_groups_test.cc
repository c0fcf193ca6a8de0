// Groups that are created, changed and removed over the API.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "state/memory_store.h"
#include "state/switchboard.h"
#include "state/test_board.h"

namespace understudy::state {
namespace {

namespace json = boost::json;
using model::Mode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = Refused::Kind;
using Named = std::pair<Kind, std::string>;

json::object object(std::string_view text) {
  return json::parse(json::string_view(text.data(), text.size())).as_object();
}

constexpr std::string_view kApiId = "0d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10";

class GroupsTest : public testing::Test {
 protected:
  Outcome<Versioned<json::object>> create(std::string_view body) {
    return board_->create_group(kAda, object(body));
  }
  Outcome<Versioned<json::object>> patch(std::string_view name, std::string_view body,
                                         IfRevision expected = std::nullopt) {
    return board_->change_group(kBob, name, object(body), expected);
  }
  [[nodiscard]] std::string owner_of(std::string_view host) {
    const model::GroupTable& table = *board_.keeper().current()->table;
    const std::size_t index = table.find_host(host);
    return index == model::GroupTable::kNone ? "" : table.group(index).name;
  }
  [[nodiscard]] Revision store_revision() {
    return store_.read_all([](Record&&) {}).value();
  }

  FakeClock clock_{kNoon};
  MemoryStore store_;
  Board board_{clock_, store_};
};

TEST_F(GroupsTest, TheFilesAreShownAndCannotBeChanged) {
  const auto shop = board_->group(kShopId).value();
  EXPECT_EQ(shop.value.at("name"), "shop");
  EXPECT_EQ(shop.value.at("source"), "file");
  EXPECT_EQ(shop.value.at("default"), false);
  EXPECT_EQ(shop.revision, 0U);
  const auto changed = patch("shop", R"({"retry_after":"1m"})");
  EXPECT_EQ(refusal(changed).first, Kind::kConflict);
  EXPECT_THAT(changed.error().message, HasSubstr("configuration file"));
  EXPECT_EQ(refusal(board_->remove_group(kAda, "shop", std::nullopt)).first, Kind::kConflict);
  EXPECT_EQ(refusal(board_->group("shp")).first, Kind::kNotFound);
  EXPECT_THAT(board_->group("shp").error().suggestions, ElementsAre("shop"));
  EXPECT_EQ(store_revision(), 0U);
}

TEST_F(GroupsTest, OneIsCreatedAndSwitched) {
  const auto made =
      create(R"({"name":"blog","hosts":["blog.example"],"cors":{"origins":["https://blog.example"]}})");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->value.at("source"), "api");
  EXPECT_EQ(made->value.at("id").as_string().size(), 36U);
  EXPECT_EQ(made->value.at("retry_after"), "10m") << "the file's defaults";
  EXPECT_EQ(made->revision, 1U);
  EXPECT_EQ(owner_of("blog.example"), "blog") << "in force when the call returns";
  EXPECT_EQ(board_->group_count(), 3U);
  EXPECT_FALSE(board_->status("blog").value().from_file);
  ASSERT_TRUE(board_->set_mode(kAda, "blog", on(), std::nullopt));
  EXPECT_EQ(board_.mode("blog"), Mode::kMaintenance);
  EXPECT_EQ(board_.told("blog").at(0), "group.create blog ada (uid 1000)");
  const AuditNote note = board_.notes("blog").back().note;
  EXPECT_EQ(note.before, "");
  EXPECT_EQ(note.from, kAda.from);
  EXPECT_EQ(object(note.after).at("hosts"), json::array({"blog.example"}));
  EXPECT_FALSE(object(note.after).contains("source")) << "what was written";
}

TEST_F(GroupsTest, NameIdHostAndDefaultAreOnesOwn) {
  board_.reload(kShopAndDocs + "default = true\n");
  EXPECT_EQ(refusal(create(R"({"name":"shop"})")), (Named{Kind::kConflict, "name"}));
  EXPECT_EQ(refusal(create(R"({"name":")" + kDocsId + R"("})")), (Named{Kind::kConflict, "name"}));
  EXPECT_EQ(refusal(create(R"({"name":"a","id":")" + kShopId + R"("})")), (Named{Kind::kConflict, "id"}));
  const auto host = create(R"({"name":"a","hosts":["a.example","docs.example"]})");
  EXPECT_EQ(refusal(host).second, "hosts[1]");
  EXPECT_THAT(host.error().message, HasSubstr("docs"));
  EXPECT_EQ(refusal(create(R"({"name":"a","hosts":["SHOP.example"]})")).second, "hosts[0]")
      << "whatever its letters";
  EXPECT_EQ(refusal(create(R"({"name":"a","default":true})")).second, "default");
  EXPECT_EQ(board_->group_count(), 2U);
  EXPECT_EQ(store_revision(), 0U);
}

TEST_F(GroupsTest, ADefaultGroupMayComeAndGo) {
  ASSERT_TRUE(create(R"({"name":"rest","default":true})"));
  const auto is_default = [&](std::string_view name) {
    const model::GroupTable& table = *board_.keeper().current()->table;
    return table.default_group() != model::GroupTable::kNone && table.default_group() == table.find(name);
  };
  EXPECT_TRUE(is_default("rest"));
  EXPECT_EQ(board_->group("rest").value().value.at("default"), true);
  EXPECT_EQ(refusal(create(R"({"name":"other","default":true})")).second, "default");
  ASSERT_TRUE(patch("rest", R"({"retry_after":"1m"})"));
  EXPECT_TRUE(is_default("rest")) << "as long as nobody says otherwise";
  ASSERT_TRUE(patch("rest", R"({"default":null})"));
  EXPECT_FALSE(is_default("rest"));
  ASSERT_TRUE(create(R"({"name":"other","default":true})"));
  EXPECT_TRUE(is_default("other"));
  ASSERT_TRUE(board_->remove_group(kAda, "other", std::nullopt));
  EXPECT_EQ(board_.keeper().current()->table->default_group(), model::GroupTable::kNone);
}

TEST_F(GroupsTest, WhatIsWrongIsNamed) {
  const auto refused =
      create(R"({"name":"a b","hosts":["x y"],"cors":{"origin":[]},"flag_file":"/etc/shadow"})");
  EXPECT_EQ(refusal(refused), (Named{Kind::kInvalid, "name"}));
  std::vector<std::string> fields;
  for (const auto& [field, message] : refused.error().fields) fields.push_back(field);
  EXPECT_THAT(fields, ElementsAre("name", "hosts[0]", "cors.origin", "flag_file"));
  EXPECT_EQ(refusal(create("{}")).second, "name");
  EXPECT_EQ(board_->group_count(), 2U);
}

TEST_F(GroupsTest, AMergePatchChangesWhatItNames) {
  ASSERT_TRUE(create(R"({"name":"blog","hosts":["blog.example","b.example"],"retry_after":"5m",
                         "cors":{"origins":["https://blog.example"],"credentials":true,"max_age":"1h"},
                         "texts":{"maintenance":{"en":{"title":"T","message":"M"},
                                                 "de":{"title":"D","message":"N"}}}})"));
  ASSERT_TRUE(board_->set_mode(kAda, "blog", on(), std::nullopt));
  const auto changed = patch("blog", R"({"hosts":["blog.example"],"retry_after":null,"cors":{"max_age":null},
                        "texts":{"maintenance":{"de":null,"fr":{"title":"F","message":"G"}}}})");
  ASSERT_TRUE(changed);
  const json::object& now = changed->value;
  EXPECT_EQ(now.at("hosts"), json::array({"blog.example"})) << "a list is replaced whole";
  EXPECT_EQ(now.at("retry_after"), "10m") << "null: back to the default";
  EXPECT_EQ(now.at("cors").at("max_age"), board_->group("shop").value().value.at("cors").at("max_age"));
  EXPECT_EQ(now.at("cors").at("credentials"), true) << "what is not named stays";
  EXPECT_FALSE(now.at("texts").at("maintenance").as_object().contains("de"));
  EXPECT_EQ(now.at("texts").at("maintenance").at("en").at("title"), "T");
  EXPECT_EQ(now.at("texts").at("maintenance").at("fr").at("title"), "F");
  EXPECT_EQ(changed->revision, 3U);
  EXPECT_EQ(owner_of("b.example"), "");
  EXPECT_EQ(owner_of("blog.example"), "blog");
  EXPECT_EQ(board_.mode("blog"), Mode::kMaintenance) << "a change switches nothing";
  ASSERT_TRUE(patch("blog", R"({"cors":null})"));
  EXPECT_EQ(board_->group("blog").value().value.at("cors").at("credentials"), false);
  EXPECT_EQ(board_.told("blog").back(), "group.change blog bob (uid 1001)");
  const auto notes = board_.notes("blog");
  EXPECT_EQ(object(notes.at(0).note.before), object(notes.at(1).note.after));
  EXPECT_EQ(object(notes.at(1).note.before).at("retry_after"), "5m");
}

TEST_F(GroupsTest, APatchIsRefusedLikeAGroup) {
  ASSERT_TRUE(create(R"({"name":"blog","id":"0d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10","hosts":["b.example"]})"));
  EXPECT_EQ(refusal(patch("blog", R"({"name":"log"})")), (Named{Kind::kInvalid, "name"}));
  EXPECT_EQ(refusal(patch("blog", R"({"name":null})")), (Named{Kind::kInvalid, "name"}));
  EXPECT_EQ(refusal(patch("blog", R"({"id":"1d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10"})")).second, "id");
  EXPECT_EQ(refusal(patch("blog", R"({"hosts":["shop.example"]})")).second, "hosts[0]");
  EXPECT_EQ(refusal(patch("blog", R"({"retry_after":"never"})")).second, "retry_after");
  EXPECT_EQ(refusal(patch("blog", R"({"colour":"red"})")).second, "colour");
  EXPECT_EQ(refusal(patch("blog", R"({"page_dir":"/root"})")).second, "page_dir");
  EXPECT_EQ(refusal(patch("blog", R"({"retry_after":"1m"})", Revision{7})).first, Kind::kStale);
  EXPECT_EQ(store_revision(), 1U);
  EXPECT_TRUE(patch(kApiId, R"({"name":"blog","hosts":["b.example"]})", Revision{1}))
      << "what it is already may be said, and it may be named by its id";
}

TEST_F(GroupsTest, OneGoesWithItsSwitchAndItsWindows) {
  const std::string body =
      R"({"name":"blog","id":"0d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10","hosts":["blog.example"]})";
  ASSERT_TRUE(create(body));
  ASSERT_TRUE(board_->set_mode(kAda, "blog", on(), std::nullopt));
  model::Window window = planned("2026-11-21T11:00:00", "2026-11-21T23:00:00");
  window.groups = {"blog"};
  const std::string own = board_->add_window(kAda, window).value().value.id;
  window.groups = {"blog", "shop"};
  const std::string shared = board_->add_window(kAda, window).value().value.id;
  EXPECT_EQ(refusal(board_->remove_group(kBob, "blog", Revision{99})).first, Kind::kStale);
  const Revision before = store_revision();
  ASSERT_TRUE(board_->remove_group(kBob, "blog", Revision{1}));
  EXPECT_EQ(store_revision(), before + 1) << "all of it or nothing";
  EXPECT_EQ(refusal(board_->status("blog")).first, Kind::kNotFound);
  EXPECT_EQ(owner_of("blog.example"), "");
  EXPECT_EQ(refusal(board_->window(own)).first, Kind::kNotFound);
  EXPECT_THAT(board_->window(shared).value().value.groups, ElementsAre("shop"));
  EXPECT_EQ(board_.mode("shop"), Mode::kMaintenance);
  std::vector<std::string> keys;
  store_.read_all([&](Record&& record) { keys.push_back(record.key); }).value();
  EXPECT_THAT(keys, ElementsAre(shared)) << "the store has nothing else left";
  const auto told = board_.told();
  for (const std::string& line :
       {std::string("group.remove blog bob (uid 1001)"), "window.remove " + own + " bob (uid 1001)",
        "window.change " + shared + " bob (uid 1001)"})
    EXPECT_THAT(told, testing::Contains(line));
  ASSERT_TRUE(create(body));
  EXPECT_EQ(board_.mode("blog"), Mode::kOpen) << "coming back it is open";
}

TEST_F(GroupsTest, AStoreThatFailsKeepsTheGroupsAsTheyWere) {
  ASSERT_TRUE(create(R"({"name":"blog","hosts":["blog.example"]})"));
  ASSERT_TRUE(board_->set_mode(kAda, "blog", on(), std::nullopt));
  store_.fail_with(StoreError{StoreFault::kFull, "full"});
  EXPECT_EQ(refusal(create(R"({"name":"log"})")).first, Kind::kStore);
  EXPECT_EQ(refusal(patch("blog", R"({"hosts":[]})")).first, Kind::kStore);
  EXPECT_EQ(refusal(board_->remove_group(kAda, "blog", std::nullopt)).first, Kind::kStore);
  EXPECT_EQ(owner_of("blog.example"), "blog");
  EXPECT_EQ(board_.mode("blog"), Mode::kMaintenance);
  EXPECT_EQ(board_->group_count(), 3U);
}

TEST_F(GroupsTest, ThreeThousandOfThem) {
  constexpr int kGroups = 3000;
  for (int i = 0; i < kGroups; ++i) {
    ASSERT_TRUE(create(fmt::format(R"({{"name":"g{0:04}","hosts":["g{0:04}.example"]}})", i))) << i;
    if (i == 10) {
      ASSERT_TRUE(board_->set_mode(kAda, "g0010", on(), std::nullopt));
    }
  }
  EXPECT_EQ(board_->group_count(), kGroups + 2U);
  EXPECT_EQ(board_.mode("g0010"), Mode::kMaintenance) << "however often the table was built anew";
  EXPECT_EQ(owner_of("g2999.example"), "g2999");
  ASSERT_TRUE(board_->set_mode(kAda, "g2998", on(), std::nullopt));
  EXPECT_EQ(board_.mode("g2998"), Mode::kMaintenance);
  std::vector<std::string> names;
  for (Page page{"", 1000};; page.after = names.back()) {
    const auto found = board_->groups(page);
    for (const auto& group : found) names.emplace_back(group.value.at("name").as_string());
    if (found.size() < page.limit) break;
  }
  EXPECT_EQ(names.size(), kGroups + 2U);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(board_->groups({"g0999", 1}).at(0).value.at("name"), "g1000");
  EXPECT_EQ(board_->statuses({"g0009", 1}).at(0).mode, Mode::kMaintenance);
  for (int i = 0; i < kGroups; i += 2)
    ASSERT_TRUE(board_->remove_group(kAda, fmt::format("g{:04}", i), std::nullopt));
  EXPECT_EQ(board_->group_count(), kGroups / 2 + 2U);
  EXPECT_EQ(board_->statuses({"g0000", 2}).at(1).group, "g0003");
  EXPECT_EQ(owner_of("g2998.example"), "");
  EXPECT_EQ(owner_of("g2999.example"), "g2999");
}

}  // namespace
}  // namespace understudy::state
