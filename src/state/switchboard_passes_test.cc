// Who may go through: passes are made, used, and end; their keys wear out.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "state/memory_store.h"
#include "state/records.h"
#include "state/switchboard.h"
#include "state/test_board.h"

namespace understudy::state {
namespace {

using model::PassFault;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = Refused::Kind;

class PassesTest : public testing::Test {
 protected:
  NewPass make(const std::string& group = "shop", std::chrono::seconds lasting = hours(2)) {
    return board_->create_pass(kAda, {group, clock_.wall() + lasting, "QA"}).value();
  }
  /// What a worker says of a token.
  [[nodiscard]] PassFault fault(std::string_view token, std::string_view group = kShopId) {
    const auto& book = board_.keeper().current()->passes;
    return (book ? *book : model::PassBook()).verify(token, group, clock_.wall()).fault;
  }
  [[nodiscard]] std::vector<Record> stored(state::Kind kind) {
    std::vector<Record> found;
    EXPECT_TRUE(store_.read_all([&](Record&& record) {
      if (record.kind == kind) found.push_back(std::move(record));
    }));
    return found;
  }
  FakeClock clock_{kNoon};
  MemoryStore store_;
  Board board_{clock_, store_};
};

TEST_F(PassesTest, AreInForceWhenTheCallReturns) {
  EXPECT_EQ(board_.keeper().current()->passes, nullptr) << "nothing is there before the first";
  const NewPass made = make();
  EXPECT_THAT(made.pass.id, testing::MatchesRegex("p-[0-9a-f]{16}"));
  EXPECT_EQ(made.pass.group, kShopId);
  EXPECT_EQ(made.pass.label, "QA");
  EXPECT_EQ(made.pass.by, kAda.who);
  EXPECT_EQ(made.pass.expires, kNoon + hours(2));
  EXPECT_EQ(fault(made.token), PassFault::kNone);
  EXPECT_EQ(fault(made.token, kDocsId), PassFault::kOtherGroup);
  ASSERT_TRUE(board_->revoke_pass(kBob, made.pass.id, std::nullopt));
  EXPECT_EQ(fault(made.token), PassFault::kRevoked);
  EXPECT_THAT(board_.told(made.pass.id), ElementsAre("pass.create " + made.pass.id + " ada (uid 1000)",
                                                     "pass.revoke " + made.pass.id + " bob (uid 1001)"));
}

TEST_F(PassesTest, AreListedByGroup) {
  const std::string first = make("shop").pass.id;
  clock_.advance(seconds(1));
  const std::string second = make(kDocsId).pass.id;
  const auto ids = [&](std::string_view group) {
    std::vector<std::string> out;
    const auto listed = board_->passes(group).value();
    for (const auto& known : listed) out.push_back(known.value.id);
    return out;
  };
  EXPECT_THAT(ids(""), ElementsAre(first, second));
  EXPECT_THAT(ids("shop"), ElementsAre(first));
  EXPECT_THAT(ids("docs"), ElementsAre(second));
  EXPECT_EQ(refusal(board_->passes("shob")).first, Kind::kNotFound);
  EXPECT_EQ(board_->pass(second)->value.group, kDocsId);
  EXPECT_EQ(refusal(board_->pass("p-0000000000000000")).first, Kind::kNotFound);
}

TEST_F(PassesTest, LastAMinuteTo400Days) {
  const auto asked = [&](std::chrono::milliseconds lasting) {
    return board_->create_pass(kAda, {"shop", clock_.wall() + lasting, ""});
  };
  clock_.advance(std::chrono::milliseconds(700));
  EXPECT_TRUE(asked(minutes(1))) << "though the expiry's fraction is cut off";
  EXPECT_TRUE(asked(hours(24 * 400)));
  for (const std::chrono::seconds bad :
       {seconds(-1), seconds(0), seconds(58), seconds(hours(24 * 400)) + seconds(1)})
    EXPECT_EQ(refusal(asked(bad)), std::pair(Kind::kInvalid, std::string("expires"))) << bad.count();
}

TEST_F(PassesTest, AreRefusedWithTheFieldThatIsWrong) {
  const auto later = kNoon + hours(1);
  EXPECT_EQ(refusal(board_->create_pass(kAda, {"shob", later, ""})),
            std::pair(Kind::kInvalid, std::string("group")));
  EXPECT_EQ(refusal(board_->create_pass(kAda, {"shop", later, std::string(101, 'x')})),
            std::pair(Kind::kInvalid, std::string("label")));
  EXPECT_EQ(refusal(board_->revoke_pass(kAda, "p-0000000000000000", std::nullopt)).first, Kind::kNotFound);
  const std::string id = make().pass.id;
  EXPECT_EQ(refusal(board_->revoke_pass(kAda, id, Revision{77})).first, Kind::kStale);
  EXPECT_TRUE(board_->revoke_pass(kAda, id, board_->pass(id)->revision));
}

TEST_F(PassesTest, NeitherTokenNorKeyStandsInTheAuditTrail) {
  const NewPass made = make();
  ASSERT_TRUE(board_->rotate_pass_keys(kAda));
  const auto keys = stored(state::Kind::kPassKey);
  ASSERT_FALSE(keys.empty());
  for (const AuditEntry& entry : board_.notes()) {
    for (const std::string& text : {entry.note.before, entry.note.after, entry.note.target}) {
      EXPECT_THAT(text, Not(HasSubstr("secret")));
      EXPECT_THAT(text, Not(HasSubstr(made.token)));
    }
  }
  const auto past = board_->audit_of_group({std::nullopt, 100, "shop"}).value();
  ASSERT_EQ(past.entries.size(), 1U) << "what was done to a group's passes belongs to its past";
  EXPECT_EQ(past.entries[0].note.action, "pass.create");
  EXPECT_THAT(board_->audit_of_group({std::nullopt, 100, "docs"})->entries, IsEmpty());
}

TEST_F(PassesTest, AKeySignsForItsLifetimeAndStaysWhileItIsNeeded) {
  board_->set_pass_key_lifetime(hours(24));
  const NewPass first = make("shop", hours(30));
  const NewPass second = make();
  EXPECT_EQ(second.pass.key, first.pass.key);
  clock_.advance(hours(24));
  const NewPass third = make();
  EXPECT_NE(third.pass.key, first.pass.key);
  board_->note_pass_uses({});
  EXPECT_EQ(stored(state::Kind::kPassKey).size(), 2U);
  EXPECT_EQ(fault(first.token), PassFault::kNone);
  EXPECT_EQ(fault(third.token), PassFault::kNone);
  clock_.advance(hours(6));
  board_->note_pass_uses({});
  EXPECT_THAT(stored(state::Kind::kPass), IsEmpty()) << "all are past their time";
  const auto left = stored(state::Kind::kPassKey);
  ASSERT_EQ(left.size(), 1U) << "the newest, ready to sign";
  EXPECT_EQ(left[0].key, third.pass.key);
  EXPECT_EQ(fault(first.token), PassFault::kUnknownKey);
  EXPECT_EQ(fault(third.token), PassFault::kExpired);
}

TEST_F(PassesTest, KeysAreRotatedOnDemand) {
  const NewPass before = make();
  const std::string key = board_->rotate_pass_keys(kBob).value();
  const NewPass after = make();
  EXPECT_EQ(after.pass.key, key);
  EXPECT_EQ(fault(before.token), PassFault::kNone) << "what was given out stays good";
  clock_.set(kNoon - hours(1));
  EXPECT_EQ(make().pass.key, key) << "the newest signs, though the clock was set back";
  EXPECT_NE(board_->rotate_pass_keys(kBob).value(), key);
  EXPECT_NE(make().pass.key, key);
}

TEST_F(PassesTest, UsesAreAddedUp) {
  const std::string id = make().pass.id;
  const std::size_t published = board_.published();
  const std::size_t entries = board_.notes().size();
  clock_.advance(seconds(90));
  const WallTime then = clock_.wall();
  board_->note_pass_uses({{id, {3, then}}, {"p-0000000000000000", {9, then}}});
  EXPECT_EQ(board_->pass(id)->value.uses, 3U);
  EXPECT_EQ(board_->pass(id)->value.last_used, kNoon + minutes(1));
  clock_.advance(minutes(1));
  board_->note_pass_uses({{id, {3, then}}});
  EXPECT_EQ(board_->pass(id)->value.uses, 3U) << "the workers count from the start";
  board_->note_pass_uses({{id, {5, clock_.wall()}}});
  EXPECT_EQ(board_->pass(id)->value.uses, 5U);
  EXPECT_EQ(board_->pass(id)->value.last_used, kNoon + minutes(2));
  EXPECT_EQ(board_.published(), published) << "workers need not know";
  EXPECT_EQ(board_.notes().size(), entries) << "and neither need the audit trail";
}

TEST_F(PassesTest, UsesWaitForAStoreInTrouble) {
  const std::string id = make().pass.id;
  store_.fail_with(StoreError{StoreFault::kFull, "full"});
  EXPECT_FALSE(board_->create_pass(kAda, {"shop", kNoon + hours(1), ""}));
  board_->note_pass_uses({{id, {3, kNoon}}});
  EXPECT_EQ(board_->pass(id)->value.uses, 0U);
  store_.fail_with(std::nullopt);
  board_->probe();
  board_->note_pass_uses({{id, {5, kNoon}}});
  EXPECT_EQ(board_->pass(id)->value.uses, 5U) << "nothing is lost, and nothing counted twice";
}

TEST_F(PassesTest, ThoseOfAVanishedGroupGoWithIt) {
  const NewPass shop = make("shop");
  const NewPass docs = make("docs");
  board_.reload(kShopOnly);
  EXPECT_EQ(fault(docs.token, kDocsId), PassFault::kRevoked);
  EXPECT_EQ(fault(shop.token), PassFault::kNone);
  EXPECT_EQ(board_->passes("")->size(), 1U);
  EXPECT_EQ(board_.told(docs.pass.id).back(), "pass.drop " + docs.pass.id + " understudy");
}

TEST_F(PassesTest, OutliveARestart) {
  const NewPass made = make();
  Board again(clock_, store_);
  EXPECT_EQ(again->pass(made.pass.id)->value, made.pass);
  EXPECT_EQ(again.keeper().current()->passes->verify(made.token, kShopId, clock_.wall()).fault,
            PassFault::kNone);
}

TEST_F(PassesTest, ARecordThatCannotBeReadLeavesTheOthersInForce) {
  const NewPass made = make();
  const auto write = [&](state::Kind kind, const std::string& key, const std::string& value) {
    ASSERT_TRUE(store_.commit({{{kind, key, value, std::nullopt}}, {}}));
  };
  write(state::Kind::kPass, "p-0000000000000000", "{}");
  write(state::Kind::kPass, "p-0000000000000001", encode_pass(made.pass));
  write(state::Kind::kPassKey, "00000000",
        R"({"id":"00000000","secret":"AAAA","created":"2026-11-21T12:00:00Z"})");
  Board again(clock_, store_);
  EXPECT_EQ(again->passes("")->size(), 1U);
  EXPECT_EQ(again.keeper().current()->passes->verify(made.token, kShopId, clock_.wall()).fault,
            PassFault::kNone);
}

}  // namespace
}  // namespace understudy::state
