// What survives: restarts, reloads that take groups away, records that can't be read, a store that comes
// late.
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "base/test_folder.h"
#include "state/late_store.h"
#include "state/memory_store.h"
#include "state/records.h"
#include "state/sqlite_store.h"
#include "state/switchboard.h"
#include "state/test_board.h"

namespace understudy::state {
namespace {

using model::AtEnd;
using model::Lifecycle;
using model::Mode;
using std::chrono::hours;
using std::chrono::minutes;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kBlog =
    R"({"name":"blog","id":"0d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10","hosts":["blog.example"]})";
constexpr std::string_view kBlogId = "0d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10";

boost::json::object object(std::string_view text) {
  return boost::json::parse(boost::json::string_view(text.data(), text.size())).as_object();
}

/// Over a file, stopped and started again.
class RestartTest : public testing::Test {
 protected:
  RestartTest() { start(); }

  void start(std::string_view settings = kShopAndDocs) {
    store_ = SqliteStore::open(folder_ / "state.db", clock_).value();
    board_ = std::make_unique<Board>(clock_, *store_, settings);
  }
  void stop() {
    board_.reset();
    store_.reset();
  }
  void restart(std::string_view settings = kShopAndDocs) {
    stop();
    start(settings);
  }
  /// What somebody else did to the file meanwhile.
  void write(Kind kind, const std::string& key, std::optional<std::string> value) {
    stop();
    store_ = SqliteStore::open(folder_ / "state.db", clock_).value();
    ASSERT_TRUE(store_->commit({{{kind, key, std::move(value), std::nullopt}}, {}}));
    stop();
  }
  Board& board() { return *board_; }
  GroupStatus status(std::string_view group = "shop") { return board()->status(group).value(); }

  const TestFolder folder_;
  FakeClock clock_{kNoon};
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<Board> board_;
};

TEST_F(RestartTest, TheSameIsInForceAtOnce) {
  SwitchChange change = on(kNoon + hours(5));
  change.reason = "migration 42";
  change.texts = {{"en", {"", "Back at five."}}};
  ASSERT_TRUE(board()->set_mode(kAda, "shop", change, std::nullopt));
  ASSERT_TRUE(board()->create_group(kAda, object(kBlog)));
  ASSERT_TRUE(board()->set_mode(kBob, "blog", to_mode(Mode::kReadOnly), std::nullopt));
  model::Window window = planned("2026-11-21T14:00:00", "2026-11-21T16:00:00");
  window.groups = {"docs"};
  const auto planned_one = board()->add_window(kAda, window).value();
  const NewToken token =
      board()->create_token(kAda, "ci", model::Scope::kOperator, {"shop"}, std::nullopt).value();
  const GroupStatus before = status();
  const auto blog_before = board()->group("blog").value();
  const std::size_t entries = board().notes().size();

  clock_.advance(minutes(1));
  restart();
  const GroupStatus after = status();
  EXPECT_EQ(after.mode, Mode::kMaintenance);
  EXPECT_EQ(after.since, before.since);
  EXPECT_EQ(after.until, before.until);
  EXPECT_EQ(after.by, kAda.who);
  EXPECT_EQ(after.reason, "migration 42");
  EXPECT_EQ(after.texts, change.texts);
  EXPECT_EQ(after.revision, before.revision);
  EXPECT_EQ(board().answered().occasion->texts->own_text(model::Reason::kMaintenance, "en")->message,
            "Back at five.");
  EXPECT_EQ(board().mode("blog"), Mode::kReadOnly);
  EXPECT_EQ(board()->group("blog").value().value, blog_before.value);
  EXPECT_EQ(board()->group("blog").value().revision, blog_before.revision);
  EXPECT_EQ(status("docs").lifecycle, Lifecycle::kAnnounced);
  EXPECT_EQ(board()->window(planned_one.value.id).value().value, planned_one.value);
  EXPECT_TRUE(board()->authenticate(token.secret));
  EXPECT_EQ(board().notes().size(), entries) << "a restart changes nothing";
  EXPECT_EQ(refusal(board()->set_mode(kBob, "shop", off(), before.revision - 1)).first,
            Refused::Kind::kStale);
  EXPECT_TRUE(board()->set_mode(kBob, "shop", off(), before.revision));
}

TEST_F(RestartTest, WhatTimeHasDoneMeanwhileIsDone) {
  ASSERT_TRUE(board()->set_mode(kAda, "shop", on(kNoon + minutes(30)), std::nullopt));
  model::Window past = planned("2026-11-21T13:00:00", "2026-11-21T14:00:00");
  past.groups = {"docs"};
  ASSERT_TRUE(board()->add_window(kAda, past));
  model::Window begun = planned("2026-11-21T15:00:00", "2026-11-21T18:00:00", Mode::kReadOnly);
  const std::string id = board()->add_window(kAda, begun).value().value.id;
  model::Window stays = planned("2026-11-21T13:00:00", "2026-11-21T14:00:00");
  stays.groups = {"docs"};
  stays.at_end = AtEnd::kStay;
  stop();
  clock_.advance(hours(4));
  start();
  EXPECT_EQ(status().mode, Mode::kReadOnly) << "the switch has ended, the window has begun";
  EXPECT_EQ(status().holders.at(0).id, id);
  EXPECT_EQ(status("docs").lifecycle, Lifecycle::kOpen);
  EXPECT_THAT(board().told("shop"), Contains("mode.end shop understudy"));
  stays.start = "2026-11-21T17:00:00";
  stays.end = "2026-11-21T18:00:00";
  ASSERT_TRUE(board()->add_window(kAda, stays));
  stop();
  clock_.advance(hours(4));
  start();
  EXPECT_EQ(status("docs").mode, Mode::kMaintenance);
  EXPECT_EQ(status("docs").lifecycle, Lifecycle::kOverdue);
  EXPECT_EQ(status().mode, Mode::kOpen);
  const auto told = board().told();
  restart();
  EXPECT_EQ(status("docs").lifecycle, Lifecycle::kOverdue);
  EXPECT_EQ(board().told(), told) << "each told once";
}

TEST_F(RestartTest, GroupsThatVanishLeaveNothingInForce) {
  ASSERT_TRUE(board()->set_mode(kAda, "docs", on(), std::nullopt));
  model::Window own = planned("2026-11-21T11:00:00", "2026-11-21T23:00:00");
  own.groups = {"docs"};
  own.id = board()->add_window(kAda, own).value().value.id;
  model::Window both = own;
  both.groups = {"docs", "shop"};
  both.id = board()->add_window(kAda, both).value().value.id;
  board().reload(kShopOnly);
  EXPECT_EQ(refusal(board()->status("docs")).first, Refused::Kind::kNotFound);
  EXPECT_EQ(refusal(board()->window(own.id)).first, Refused::Kind::kNotFound);
  EXPECT_THAT(board()->window(both.id).value().value.groups, ElementsAre("shop"));
  EXPECT_EQ(board().mode("shop"), Mode::kMaintenance);
  const std::string by = " understudy";
  const auto told = board().told();
  EXPECT_THAT(told, Contains("window.remove " + own.id + by));
  EXPECT_THAT(told, Contains("window.change " + both.id + by));
  EXPECT_THAT(told, Contains("mode.drop " + kDocsId + by));
  EXPECT_THAT(board().notes(kDocsId).at(0).note.before, HasSubstr("maintenance"));
  EXPECT_EQ(board().notes(kDocsId).at(0).note.from, "configuration");
  board().reload(kShopAndDocs);
  EXPECT_EQ(board().mode("docs"), Mode::kOpen) << "coming back it is open";
  restart();
  EXPECT_EQ(board().mode("docs"), Mode::kOpen);
}

TEST_F(RestartTest, GroupsThatVanishWhileItIsStoppedLeaveNothingEither) {
  ASSERT_TRUE(board()->set_mode(kAda, "docs", on(), std::nullopt));
  restart(kShopOnly);
  EXPECT_THAT(board().told(), Contains("mode.drop " + kDocsId + " understudy"));
  restart();
  EXPECT_EQ(board().mode("docs"), Mode::kOpen);
}

TEST_F(RestartTest, TheFilesGroupsGoBeforeThoseOfTheApi) {
  ASSERT_TRUE(board()->create_group(kAda, object(kBlog)));
  ASSERT_TRUE(board()->set_mode(kAda, "blog", on(), std::nullopt));
  const std::string taking =
      kShopAndDocs +
      "[groups.news]\nid = \"7d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10\"\nhosts = [\"blog.example\"]\n";
  board().reload(taking);
  EXPECT_EQ(refusal(board()->status("blog")).first, Refused::Kind::kNotFound);
  EXPECT_EQ(board().mode("news"), Mode::kOpen);
  EXPECT_THAT(board().told("blog"), Contains("group.remove blog understudy"));
  EXPECT_THAT(board().notes("blog").at(0).note.before, HasSubstr("blog.example"))
      << "so that it can be made again";
  EXPECT_EQ(store_->read(Kind::kGroup, "blog").value(), std::nullopt);
  EXPECT_EQ(store_->read(Kind::kSwitch, kBlogId).value(), std::nullopt);
  board().reload(kShopAndDocs);
  EXPECT_EQ(refusal(board()->status("blog")).first, Refused::Kind::kNotFound) << "it is gone";
  EXPECT_TRUE(board()->create_group(kAda, object(kBlog)));
  EXPECT_EQ(board().mode("blog"), Mode::kOpen);
}

TEST_F(RestartTest, AFileThatTakesAnApiGroupOverKeepsItsSwitch) {
  ASSERT_TRUE(board()->create_group(kAda, object(kBlog)));
  ASSERT_TRUE(board()->set_mode(kAda, "blog", on(), std::nullopt));
  board().reload(kShopAndDocs + "[groups.blog]\nid = \"" + std::string(kBlogId) +
                 "\"\nhosts = [\"blog.example\"]\n");
  EXPECT_TRUE(status("blog").from_file);
  EXPECT_EQ(status("blog").mode, Mode::kMaintenance) << "the same group, only written elsewhere";
  EXPECT_EQ(store_->read(Kind::kGroup, "blog").value(), std::nullopt);
}

TEST_F(RestartTest, OneThatWasShadowedWhileStoppedGivesWayAsWell) {
  ASSERT_TRUE(board()->create_group(kAda, object(kBlog)));
  restart(kShopAndDocs + "[groups.blog]\nid = \"7d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10\"\n");
  EXPECT_TRUE(status("blog").from_file);
  EXPECT_EQ(store_->read(Kind::kGroup, "blog").value(), std::nullopt);
  EXPECT_THAT(board().told("blog"), Contains("group.remove blog understudy"));
}

TEST_F(RestartTest, ARecordThatCannotBeReadLeavesTheOthersInForce) {
  ASSERT_TRUE(board()->set_mode(kAda, "shop", on(), std::nullopt));
  ASSERT_TRUE(board()->set_mode(kAda, "docs", on(), std::nullopt));
  ASSERT_TRUE(board()->create_group(kAda, object(kBlog)));
  const NewToken token = board()->create_token(kAda, "ci", model::Scope::kViewer, {}, std::nullopt).value();
  const auto window =
      board()->add_window(kAda, planned("2026-11-21T14:00:00", "2026-11-21T15:00:00")).value();
  write(Kind::kSwitch, kDocsId, R"({"mode":"maint)");
  write(Kind::kSwitch, "", "{}");
  write(Kind::kWindow, "w-00000000", "[]");
  write(Kind::kWindow, "w-00000001",
        R"({"id":"w-00000001","groups":["shop"],"mode":"maintenance","zone":"No/Where",)"
        R"("start":"a","end":"b","atEnd":"reopen","created":"2026-11-21T12:00:00Z"})");
  write(Kind::kToken, "t-00000000", "{\"id\":1}");
  write(Kind::kGroup, "bad", "null");
  write(Kind::kGroup, "worse", R"({"name":"worse","colour":"red"})");
  start();
  EXPECT_EQ(board().mode("shop"), Mode::kMaintenance);
  EXPECT_EQ(board().mode("docs"), Mode::kOpen);
  EXPECT_EQ(board()->group_count(), 3U);
  EXPECT_TRUE(board()->authenticate(token.secret));
  EXPECT_EQ(board()->windows("").size(), 1U);
  EXPECT_EQ(board()->windows("").at(0).value, window.value);
  ASSERT_TRUE(board()->set_mode(kAda, "docs", on(), std::nullopt)) << "and it can be said anew";
  EXPECT_EQ(board().mode("docs"), Mode::kMaintenance);
  ASSERT_TRUE(board()->create_group(kAda, object(R"({"name":"bad"})")));
  EXPECT_EQ(board().notes("bad").at(0).note.before, "null") << "what was overwritten can be read there";
  EXPECT_EQ(board()->group_count(), 4U);
}

TEST(LateStart, EverythingComesIntoForceWhenTheStoreOpens) {
  const TestFolder folder;
  FakeClock clock(kNoon);
  const std::string path = folder / "later/state.db";
  {
    folder.write("later/beside", "");
    const auto store = SqliteStore::open(path, clock).value();
    Board board(clock, *store);
    ASSERT_TRUE(board->set_mode(kAda, "shop", on(), std::nullopt));
    ASSERT_TRUE(board->set_mode(kAda, "docs", on(), std::nullopt));
    ASSERT_TRUE(board->create_group(kAda, object(kBlog)));
  }
  std::filesystem::rename(folder / "later", folder / "away");
  folder.write("later", "a file in the folder's place");
  LateStore store(path, [&]() -> StoreResult<std::unique_ptr<Store>> {
    auto opened = SqliteStore::open(path, clock);
    if (!opened) return opened.error();
    return std::unique_ptr<Store>(std::move(*opened));
  });
  Board board(clock, store, kShopOnly);
  EXPECT_EQ(board.mode("shop"), Mode::kOpen) << "nothing is known of it";
  EXPECT_TRUE(board.degraded());
  EXPECT_EQ(refusal(board->set_mode(kAda, "shop", to_mode(Mode::kReadOnly), std::nullopt)).first,
            Refused::Kind::kStore);
  std::filesystem::remove(folder / "later");
  std::filesystem::rename(folder / "away", folder / "later");
  board->probe();
  EXPECT_FALSE(board.degraded());
  EXPECT_FALSE(board->trouble());
  EXPECT_EQ(board.mode("shop"), Mode::kMaintenance);
  EXPECT_EQ(board->status("blog").value().group, "blog");
  EXPECT_EQ(store.read(Kind::kSwitch, kDocsId).value(), std::nullopt) << "docs has vanished meanwhile";
  EXPECT_EQ(board->set_mode(kAda, "shop", off(), std::nullopt).value().mode, Mode::kOpen);
}

TEST(LateStart, AStoreThatCouldNotBeReadIsReadLater) {
  FakeClock clock(kNoon);
  MemoryStore store;
  model::Switch said;
  said.mode = Mode::kMaintenance;
  said.since = kNoon;
  ASSERT_TRUE(store.commit({{{Kind::kSwitch, kShopId, encode_switch(said), 0}}, {}}));
  store.fail_with(StoreError{StoreFault::kCorrupt, "corrupt"});
  Board board(clock, store);
  EXPECT_EQ(board.mode(), Mode::kOpen);
  EXPECT_TRUE(board.degraded());
  EXPECT_EQ(refusal(board->set_mode(kAda, "docs", on(), std::nullopt)).first, Refused::Kind::kStore);
  store.fail_with(std::nullopt);
  board->probe();
  EXPECT_FALSE(board.degraded());
  EXPECT_EQ(board.mode(), Mode::kMaintenance);
  EXPECT_TRUE(board->set_mode(kAda, "shop", off(), Revision{1}));
}

}  // namespace
}  // namespace understudy::state
