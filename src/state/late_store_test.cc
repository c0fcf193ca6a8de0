#include "state/late_store.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "state/memory_store.h"

namespace understudy::state {
namespace {

using testing::ElementsAre;

/// A store that is there once `opens` says so, and holds two records by then.
class LateStoreTest : public testing::Test {
 protected:
  LateStoreTest() {
    EXPECT_TRUE(waiting_->commit({{{Kind::kSwitch, "a", "1", 0}, {Kind::kWindow, "w", "2", 0}}, {}}));
  }
  LateStore::Open open() {
    return [this]() -> StoreResult<std::unique_ptr<Store>> {
      ++tries_;
      if (!opens_) return StoreError{StoreFault::kUnavailable, "no such folder"};
      inner_ = waiting_.get();
      return std::unique_ptr<Store>(std::move(waiting_));
    };
  }
  Store::Watcher watcher() {
    return [this](Revision revision, const std::vector<Record>& records) {
      revisions_.push_back(revision);
      for (const Record& record : records) keys_.push_back(record.key);
    };
  }
  bool opens_ = false;
  int tries_ = 0;
  std::unique_ptr<MemoryStore> waiting_ = std::make_unique<MemoryStore>();
  MemoryStore* inner_ = nullptr;
  std::vector<Revision> revisions_;
  std::vector<std::string> keys_;
};

TEST_F(LateStoreTest, OneThatOpensAtOnceIsAStoreAsAnyOther) {
  opens_ = true;
  LateStore store("state.db", open());
  EXPECT_EQ(tries_, 1);
  EXPECT_FALSE(store.trouble());
  EXPECT_EQ(store.describe(), "state.db");
  store.watch(watcher());
  EXPECT_TRUE(keys_.empty()) << "of changes from now on alone";
  EXPECT_EQ(store.read(Kind::kSwitch, "a").value()->value, "1");
  EXPECT_EQ(store.commit({{{Kind::kSwitch, "b", "3", 0}}, {AuditNote()}}).value(), 2U);
  EXPECT_THAT(keys_, ElementsAre("b"));
  EXPECT_EQ(store.audit({}).value().size(), 1U);
  std::vector<std::string> read;
  EXPECT_EQ(store.read_all([&](Record&& record) { read.push_back(record.key); }).value(), 2U);
  EXPECT_THAT(read, ElementsAre("a", "b", "w"));
  EXPECT_EQ(tries_, 1) << "it stays open";
}

TEST_F(LateStoreTest, UntilItOpensEveryCallTriesAndFails) {
  LateStore store("state.db", open());
  store.watch(watcher());
  ASSERT_TRUE(store.trouble());
  EXPECT_EQ(store.trouble()->message, "no such folder");
  EXPECT_EQ(store.describe(), "state.db");
  const int before = tries_;
  EXPECT_EQ(store.read(Kind::kSwitch, "a").error().fault, StoreFault::kUnavailable);
  EXPECT_EQ(store.commit({}).error().message, "no such folder");
  EXPECT_EQ(store.audit({}).error().fault, StoreFault::kUnavailable);
  EXPECT_EQ(store.read_all([](Record&&) { FAIL(); }).error().fault, StoreFault::kUnavailable);
  EXPECT_EQ(tries_, before + 4);
  EXPECT_TRUE(keys_.empty());
}

TEST_F(LateStoreTest, OpeningLaterItTellsTheWatcherOfAllThatItHolds) {
  LateStore store("state.db", open());
  store.watch(watcher());
  opens_ = true;
  EXPECT_EQ(store.commit({{{Kind::kSwitch, "b", "3", 0}}, {}}).value(), 2U);
  EXPECT_THAT(keys_, ElementsAre("a", "w", "b")) << "what was there, then the change";
  EXPECT_THAT(revisions_, ElementsAre(1U, 2U));
  EXPECT_FALSE(store.trouble());
  ASSERT_TRUE(store.commit({}));
  EXPECT_EQ(keys_.size(), 3U) << "once";
}

TEST_F(LateStoreTest, AReaderOpensItAsWell) {
  LateStore store("state.db", open());
  store.watch(watcher());
  opens_ = true;
  EXPECT_TRUE(store.audit({}));
  EXPECT_THAT(keys_, ElementsAre("a", "w"));
}

TEST_F(LateStoreTest, OneThatCannotBeReadIsNotOpenYet) {
  waiting_->fail_with(StoreError{StoreFault::kCorrupt, "corrupt"});
  opens_ = true;
  std::unique_ptr<MemoryStore> good = std::make_unique<MemoryStore>();
  bool first = true;
  LateStore store("state.db", [&]() -> StoreResult<std::unique_ptr<Store>> {
    if (std::exchange(first, false)) return StoreError{StoreFault::kUnavailable, "not yet"};
    if (waiting_) return std::unique_ptr<Store>(std::move(waiting_));
    return std::unique_ptr<Store>(std::move(good));
  });
  store.watch(watcher());
  EXPECT_EQ(store.commit({}).error().fault, StoreFault::kCorrupt);
  ASSERT_TRUE(store.trouble());
  EXPECT_EQ(store.trouble()->message, "corrupt");
  EXPECT_TRUE(store.commit({})) << "tried again from the beginning";
  EXPECT_FALSE(store.trouble());
}

TEST_F(LateStoreTest, TroubleIsTheStoresOwnOnceItIsOpen) {
  opens_ = true;
  LateStore store("state.db", open());
  inner_->fail_with(StoreError{StoreFault::kFull, "full"});
  EXPECT_EQ(store.commit({}).error().fault, StoreFault::kFull);
  EXPECT_EQ(store.trouble()->fault, StoreFault::kFull);
  inner_->fail_with(std::nullopt);
  EXPECT_TRUE(store.commit({}));
  EXPECT_FALSE(store.trouble());
}

}  // namespace
}  // namespace understudy::state
