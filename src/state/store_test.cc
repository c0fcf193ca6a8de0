// What every store promises, run on each of them.
#include "state/store.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "state/memory_store.h"
#include "state/sqlite_store.h"

namespace understudy::state {
namespace {

const WallTime kNow(std::chrono::milliseconds(1'800'000'000'250));

struct Fixture {
  TestFolder folder;
  FakeClock clock{kNow};
  std::unique_ptr<Store> store;
};

using Make = std::function<void(Fixture&)>;

void make_memory(Fixture& fixture) { fixture.store = std::make_unique<MemoryStore>(); }

void make_sqlite(Fixture& fixture) {
  auto opened = SqliteStore::open(fixture.folder / "state.db", fixture.clock);
  ASSERT_TRUE(opened) << opened.error().message;
  fixture.store = std::move(*opened);
}

class StoreContract : public testing::TestWithParam<std::pair<const char*, Make>> {
 protected:
  void SetUp() override {
    GetParam().second(fixture_);
    ASSERT_TRUE(fixture_.store);
  }
  Store& store() { return *fixture_.store; }

  Revision put(const std::string& key, const std::string& value, std::optional<Revision> expected = {}) {
    const auto done = store().commit({{{Kind::kSwitch, key, value, expected}}, {}});
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done : 0;
  }
  std::optional<Record> read(Kind kind, const std::string& key) {
    const auto found = store().read(kind, key);
    EXPECT_TRUE(found);
    return found ? *found : std::nullopt;
  }
  std::vector<Record> all() {
    std::vector<Record> records;
    const auto done = store().read_all([&](Record&& record) { records.push_back(std::move(record)); });
    EXPECT_TRUE(done);
    return records;
  }
  Revision revision() {
    return store().read_all([](Record&&) {}).value();
  }
  std::vector<AuditEntry> audit(const AuditQuery& query) {
    const auto found = store().audit(query);
    EXPECT_TRUE(found);
    return found ? *found : std::vector<AuditEntry>();
  }

 private:
  Fixture fixture_;
};

AuditNote note(const std::string& target, const std::string& action = "mode.set") {
  return {kNow, "deploy (uid 1000)", "unix socket", action, target, "", R"({"mode":"open"})"};
}

TEST_P(StoreContract, IsEmptyAtFirst) {
  EXPECT_EQ(revision(), 0U);
  EXPECT_TRUE(all().empty());
  EXPECT_FALSE(read(Kind::kSwitch, "a"));
  EXPECT_TRUE(audit({}).empty());
  EXPECT_FALSE(store().trouble());
  EXPECT_FALSE(store().describe().empty());
}

TEST_P(StoreContract, GivesBackWhatWasWritten) {
  const std::string odd("k\0\"'\xFF", 5);
  EXPECT_EQ(put("a", R"({"ü":1})"), 1U);
  EXPECT_EQ(put(odd, odd), 2U);
  EXPECT_EQ(read(Kind::kSwitch, "a"), (Record{Kind::kSwitch, "a", R"({"ü":1})", 1}));
  EXPECT_EQ(read(Kind::kSwitch, odd), (Record{Kind::kSwitch, odd, odd, 2}));
  EXPECT_FALSE(read(Kind::kWindow, "a")) << "kinds have keys of their own";
  EXPECT_EQ(put("a", ""), 3U);
  EXPECT_EQ(read(Kind::kSwitch, "a"), (Record{Kind::kSwitch, "a", "", 3})) << "empty is not deleted";
}

TEST_P(StoreContract, WritesOnlyOverTheRevisionThatIsExpected) {
  EXPECT_EQ(put("a", "1", 0), 1U);
  EXPECT_EQ(put("a", "2", 1), 2U);
  EXPECT_EQ(put("b", "x"), 3U);
  EXPECT_EQ(put("a", "3", 2), 4U) << "the record's revision, not the store's";
  for (const Revision wrong : {Revision{0}, Revision{2}, Revision{3}, Revision{5}}) {
    for (const std::optional<std::string>& value :
         {std::optional<std::string>("9"), std::optional<std::string>()}) {
      const auto refused = store().commit({{{Kind::kSwitch, "a", value, wrong}}, {}});
      ASSERT_FALSE(refused) << wrong;
      EXPECT_EQ(refused.error().fault, StoreFault::kConflict);
      EXPECT_NE(refused.error().message.find("switch of group a"), std::string::npos);
    }
  }
  EXPECT_EQ(store().commit({{{Kind::kSwitch, "none", "1", 4}}, {}}).error().fault, StoreFault::kConflict);
  EXPECT_EQ(read(Kind::kSwitch, "a")->value, "3");
  EXPECT_EQ(revision(), 4U);
  EXPECT_FALSE(store().trouble()) << "a conflict is nothing wrong with the store";
  EXPECT_EQ(put("a", "4"), 5U) << "whatever it has";
}

TEST_P(StoreContract, AConflictLeavesAllUnwritten) {
  put("a", "1");
  put("b", "1");
  int told = 0;
  store().watch([&](Revision, const std::vector<Record>&) { ++told; });
  const auto refused = store().commit({{{Kind::kSwitch, "a", "2", {}},
                                        {Kind::kSwitch, "new", "2", 0},
                                        {Kind::kSwitch, "a", {}, {}},
                                        {Kind::kSwitch, "b", "2", 1}},
                                       {note("a")}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, StoreFault::kConflict);
  EXPECT_EQ(all(), (std::vector<Record>{{Kind::kSwitch, "a", "1", 1}, {Kind::kSwitch, "b", "1", 2}}));
  EXPECT_TRUE(audit({}).empty());
  EXPECT_EQ(told, 0);
  EXPECT_EQ(put("c", "1"), 3U);
}

TEST_P(StoreContract, ABatchIsOneRevision) {
  const auto done = store().commit(
      {{{Kind::kSwitch, "a", "1", 0}, {Kind::kWindow, "w", "2", 0}, {Kind::kSwitch, "a", "3", {}}},
       {note("a")}});
  ASSERT_TRUE(done);
  EXPECT_EQ(*done, 1U);
  EXPECT_EQ(all(), (std::vector<Record>{{Kind::kSwitch, "a", "3", 1}, {Kind::kWindow, "w", "2", 1}}));
  EXPECT_EQ(*store().commit({}), 2U) << "even without writes, which finds out whether it can be written";
  EXPECT_EQ(*store().commit({{}, {note("a")}}), 3U);
  EXPECT_EQ(revision(), 3U);
}

TEST_P(StoreContract, ReadsAllByKindAndKey) {
  for (const Kind kind :
       {Kind::kPassKey, Kind::kGroup, Kind::kSwitch, Kind::kToken, Kind::kPass, Kind::kWindow}) {
    for (const char* key : {"b", "a", "\xC3\xA4", "B", "aa"}) {
      ASSERT_TRUE(store().commit({{{kind, key, "1", 0}}, {}}));
    }
  }
  std::vector<std::pair<Kind, std::string>> order;
  for (const Record& record : all()) order.emplace_back(record.kind, record.key);
  std::vector<std::pair<Kind, std::string>> expected;
  for (const Kind kind :
       {Kind::kSwitch, Kind::kWindow, Kind::kToken, Kind::kGroup, Kind::kPass, Kind::kPassKey}) {
    for (const char* key : {"B", "a", "aa", "b", "\xC3\xA4"}) expected.emplace_back(kind, key);
  }
  EXPECT_EQ(order, expected);
  EXPECT_EQ(revision(), 30U);
}

TEST_P(StoreContract, Deletes) {
  put("a", "1");
  EXPECT_EQ(*store().commit({{{Kind::kSwitch, "a", {}, 1}}, {}}), 2U);
  EXPECT_FALSE(read(Kind::kSwitch, "a"));
  EXPECT_EQ(*store().commit({{{Kind::kSwitch, "a", {}, {}}}, {}}), 3U) << "what is not there";
  EXPECT_EQ(put("a", "2", 0), 4U) << "deleted is as if it had never been";
}

TEST_P(StoreContract, TellsWatchersOfEachCommitOnce) {
  std::vector<std::pair<Revision, std::vector<Record>>> told;
  put("before", "1");
  store().watch([&](Revision at, const std::vector<Record>& records) { told.emplace_back(at, records); });
  int second = 0;
  store().watch([&](Revision, const std::vector<Record>&) { ++second; });
  put("b", "1");
  ASSERT_TRUE(store().commit({{{Kind::kWindow, "w", "2", {}}, {Kind::kSwitch, "b", {}, {}}}, {note("b")}}));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].first, 2U);
  EXPECT_EQ(told[0].second, (std::vector<Record>{{Kind::kSwitch, "b", "1", 2}}));
  EXPECT_EQ(told[1].first, 3U);
  EXPECT_EQ(told[1].second, (std::vector<Record>{{Kind::kWindow, "w", "2", 3}, {Kind::kSwitch, "b", "", 3}}));
  EXPECT_EQ(second, 2);
}

TEST_P(StoreContract, AWatcherMayReadAndCommit) {
  store().watch([&](Revision at, const std::vector<Record>&) {
    EXPECT_EQ(revision(), at);
    if (at < 3) put("again", "1");
  });
  put("a", "1");
  EXPECT_EQ(revision(), 3U);
}

TEST_P(StoreContract, PagesThroughTheAuditTrail) {
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(store().commit({{}, {note(i % 2 == 0 ? "even" : "odd", fmt::format("a{}", i))}}));
  }
  const auto newest = audit({});
  ASSERT_EQ(newest.size(), 25U);
  EXPECT_EQ(newest[0].note, note("even", "a24"));
  std::vector<std::string> actions;
  AuditQuery query{{}, 10, {}};
  for (auto page = audit(query); !page.empty(); page = audit(query)) {
    for (const AuditEntry& entry : page) actions.push_back(entry.note.action);
    query.before = page.back().id;
  }
  ASSERT_EQ(actions.size(), 25U);
  EXPECT_EQ(actions.front(), "a24");
  EXPECT_EQ(actions.back(), "a0");
  const auto odd = audit({newest[3].id, 3, "odd"});
  ASSERT_EQ(odd.size(), 3U);
  EXPECT_EQ(odd[0].note.action, "a19");
  EXPECT_EQ(odd[2].note.action, "a15");
  EXPECT_TRUE(audit({{}, 100, "nobody"}).empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract,
                         testing::Values(std::pair("memory", Make(make_memory)),
                                         std::pair("sqlite", Make(make_sqlite))),
                         [](const auto& store) { return store.param.first; });

TEST(MemoryStore, FailsAsTold) {
  MemoryStore store;
  ASSERT_TRUE(store.commit({{{Kind::kSwitch, "a", "1", {}}}, {}}));
  store.fail_with(StoreError{StoreFault::kFull, "full"});
  EXPECT_EQ(store.commit({{{Kind::kSwitch, "a", "2", {}}}, {}}).error().fault, StoreFault::kFull);
  ASSERT_TRUE(store.trouble());
  EXPECT_EQ(store.read(Kind::kSwitch, "a").value()->value, "1");
  store.fail_with(StoreError{StoreFault::kCorrupt, "corrupt"});
  EXPECT_EQ(store.read(Kind::kSwitch, "a").error().fault, StoreFault::kCorrupt);
  store.fail_with(std::nullopt);
  EXPECT_EQ(*store.commit({{{Kind::kSwitch, "a", "2", 1}}, {}}), 2U);
  EXPECT_FALSE(store.trouble());
}

TEST(StoreFault, HasANameEach) {
  EXPECT_EQ(to_text(StoreFault::kReadOnly), "read-only");
  EXPECT_EQ(to_text(StoreFault::kUnavailable), "unavailable");
}

}  // namespace
}  // namespace understudy::state
