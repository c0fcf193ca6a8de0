// Who may: tokens are made, told apart, and end.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crypto.h"
#include "state/memory_store.h"
#include "state/switchboard.h"
#include "state/test_board.h"

namespace understudy::state {
namespace {

using model::Scope;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = Refused::Kind;

class TokensTest : public testing::Test {
 protected:
  NewToken make(std::string label = "ci", std::optional<WallTime> expires = std::nullopt) {
    return board_->create_token(kAda, std::move(label), Scope::kViewer, {}, expires).value();
  }
  Revision store_revision() {
    return store_.read_all([](Record&&) {}).value();
  }
  FakeClock clock_{kNoon};
  MemoryStore store_;
  Board board_{clock_, store_};
};

TEST_F(TokensTest, IsMadeAndKnownByItsSecret) {
  const NewToken made =
      board_->create_token(kAda, "deploy", Scope::kOperator, {"shop", kDocsId}, kNoon + hours(1)).value();
  EXPECT_THAT(made.secret, testing::MatchesRegex("us_t-[0-9a-f]{8}_[-_A-Za-z0-9]{43}"));
  EXPECT_THAT(made.secret, HasSubstr(made.token.id));
  const auto known = board_->authenticate(made.secret);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->id, made.token.id);
  EXPECT_EQ(known->label, "deploy");
  EXPECT_EQ(known->scope, Scope::kOperator);
  EXPECT_THAT(known->groups, ElementsAre("shop", "docs")) << "by name";
  EXPECT_EQ(known->created, kNoon);
  EXPECT_EQ(known->expires, kNoon + hours(1));
  EXPECT_EQ(known->by, kAda.who);
  const auto all = board_->tokens();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].value.id, made.token.id);
}

TEST_F(TokensTest, TheSecretIsNowhereAndTheHashOnlyWhereItMustBe) {
  const NewToken made = make();
  const std::string random = made.secret.substr(made.secret.size() - 43);
  ASSERT_TRUE(board_->revoke_token(kBob, made.token.id, std::nullopt));
  const NewToken kept = make();
  store_
      .read_all([&](Record&& record) {
        EXPECT_THAT(record.value, Not(HasSubstr(kept.secret.substr(kept.secret.size() - 43))));
        EXPECT_THAT(record.value, HasSubstr(kept.token.hash));
      })
      .value();
  EXPECT_EQ(kept.token.hash, sha256_hex(kept.secret.substr(kept.secret.size() - 43)));
  const auto notes = board_.notes();
  ASSERT_EQ(notes.size(), 3U);
  for (const AuditEntry& entry : notes) {
    for (const std::string* text : {&entry.note.before, &entry.note.after}) {
      EXPECT_THAT(*text, Not(HasSubstr(random)));
      EXPECT_THAT(*text, Not(HasSubstr(made.token.hash)));
      EXPECT_THAT(*text, Not(HasSubstr("hash")));
    }
  }
  EXPECT_THAT(board_.told(made.token.id), ElementsAre("token.create " + made.token.id + " ada (uid 1000)",
                                                      "token.revoke " + made.token.id + " bob (uid 1001)"));
  EXPECT_THAT(notes.at(2).note.after, HasSubstr(R"("label":"ci")"));
  EXPECT_EQ(notes.at(2).note.before, "");
  EXPECT_EQ(notes.at(1).note.before, notes.at(2).note.after);
}

TEST_F(TokensTest, EachScopeHasItsRule) {
  const auto create = [&](std::string label, Scope scope, std::vector<std::string> groups,
                          std::optional<WallTime> expires = std::nullopt) {
    return board_->create_token(kAda, std::move(label), scope, std::move(groups), expires);
  };
  const auto invalid = [](const char* field) { return std::pair(Kind::kInvalid, std::string(field)); };
  EXPECT_EQ(refusal(create("a", Scope::kOperator, {})), invalid("groups"));
  EXPECT_EQ(refusal(create("a", Scope::kViewer, {"shop"})), invalid("groups"));
  EXPECT_EQ(refusal(create("a", Scope::kAdmin, {"*"})), invalid("groups"));
  EXPECT_EQ(refusal(create("", Scope::kViewer, {})), invalid("label"));
  EXPECT_EQ(refusal(create(std::string(101, 'x'), Scope::kViewer, {})), invalid("label"));
  EXPECT_EQ(refusal(create("a", Scope::kViewer, {}, kNoon)), invalid("expires"));
  const auto unknown = create("a", Scope::kOperator, {"docs", "shp"});
  EXPECT_EQ(refusal(unknown), invalid("groups[1]"));
  EXPECT_THAT(unknown.error().suggestions, ElementsAre("shop"));
  EXPECT_THAT(board_->tokens(), IsEmpty());
  EXPECT_THAT(board_.notes(), IsEmpty());
  EXPECT_TRUE(create("all", Scope::kOperator, {"*"}));
  EXPECT_TRUE(create("root", Scope::kAdmin, {}));
  EXPECT_TRUE(create("eyes", Scope::kViewer, {}, kNoon + seconds(1)));
}

TEST_F(TokensTest, NothingElseIsTakenForIt) {
  const NewToken made = make();
  const NewToken other = make();
  const std::string& secret = made.secret;
  std::string wrong = secret;
  wrong.back() = wrong.back() == 'A' ? 'B' : 'A';
  std::string separated = secret;
  separated[13] = '-';
  std::string unknown = secret;
  unknown[5] = unknown[5] == 'f' ? '0' : 'f';
  for (const std::string& no :
       {std::string(), std::string("us_"), wrong, unknown, separated, secret + "A",
        secret.substr(0, secret.size() - 1), secret.substr(3), "US_" + secret.substr(3), made.token.id,
        made.token.hash, "us_" + made.token.id + "_", "us_" + made.token.id + "_" + made.token.hash,
        "us_" + made.token.id + other.secret.substr(13), std::string(100'000, 'a')}) {
    EXPECT_FALSE(board_->authenticate(no)) << no.substr(0, 100);
  }
  EXPECT_TRUE(board_->authenticate(secret));
}

TEST_F(TokensTest, EndsAtItsTime) {
  const NewToken made = make("ci", kNoon + hours(1));
  clock_.advance(hours(1) - seconds(1));
  EXPECT_TRUE(board_->authenticate(made.secret));
  clock_.advance(seconds(1));
  EXPECT_FALSE(board_->authenticate(made.secret));
  EXPECT_EQ(board_->tokens().size(), 1U) << "still to be seen";
}

TEST_F(TokensTest, ARevokedOneIsNoLongerKnown) {
  const NewToken made = make();
  const NewToken other = make();
  const Revision revision = board_->tokens().at(0).revision;
  EXPECT_EQ(refusal(board_->revoke_token(kAda, made.token.id, revision + 100)).first, Kind::kStale);
  EXPECT_TRUE(board_->authenticate(made.secret));
  EXPECT_EQ(refusal(board_->revoke_token(kAda, "t-00000000", std::nullopt)).first, Kind::kNotFound);
  ASSERT_TRUE(board_->revoke_token(kAda, made.token.id, std::nullopt));
  EXPECT_FALSE(board_->authenticate(made.secret));
  EXPECT_TRUE(board_->authenticate(other.secret));
  EXPECT_EQ(refusal(board_->revoke_token(kAda, made.token.id, std::nullopt)).first, Kind::kNotFound);
}

TEST_F(TokensTest, TheLastUseIsNotedOnceAMinute) {
  const NewToken made = make();
  const Revision before = store_revision();
  EXPECT_EQ(board_->tokens().at(0).value.last_used, std::nullopt);
  clock_.advance(seconds(10));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(board_->authenticate(made.secret));
  EXPECT_EQ(store_revision(), before + 1);
  EXPECT_EQ(board_->tokens().at(0).value.last_used, kNoon) << "to the minute";
  clock_.advance(seconds(49));
  ASSERT_TRUE(board_->authenticate(made.secret));
  EXPECT_EQ(store_revision(), before + 1);
  clock_.advance(seconds(1));
  EXPECT_EQ(board_->authenticate(made.secret)->last_used, kNoon + minutes(1));
  EXPECT_EQ(store_revision(), before + 2);
  EXPECT_EQ(board_.notes().size(), 1U) << "a use is no change";
  const std::string wrong = "us_" + made.token.id + "_" + std::string(43, 'A');
  clock_.advance(minutes(5));
  EXPECT_FALSE(board_->authenticate(wrong));
  EXPECT_EQ(store_revision(), before + 2) << "an attempt is no use";
}

TEST_F(TokensTest, AStoreThatFailsLocksNobodyOut) {
  const NewToken made = make();
  store_.fail_with(StoreError{StoreFault::kFull, "full"});
  EXPECT_TRUE(board_->authenticate(made.secret));
  EXPECT_TRUE(board_.degraded());
  EXPECT_EQ(refusal(board_->create_token(kAda, "b", Scope::kViewer, {}, std::nullopt)).first, Kind::kStore);
  EXPECT_EQ(refusal(board_->revoke_token(kAda, made.token.id, std::nullopt)).first, Kind::kStore);
  EXPECT_TRUE(board_->authenticate(made.secret)) << "not revoked";
  store_.fail_with(std::nullopt);
  clock_.advance(minutes(1));
  EXPECT_TRUE(board_->authenticate(made.secret)) << "without asking a store in trouble for anything";
  EXPECT_TRUE(board_.degraded());
  board_->probe();
  EXPECT_FALSE(board_.degraded());
}

TEST_F(TokensTest, TheOldestComesFirst) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(make().token.id);
    clock_.advance(seconds(1));
  }
  std::vector<std::string> listed;
  for (const auto& token : board_->tokens()) listed.push_back(token.value.id);
  EXPECT_EQ(listed, ids);
}

}  // namespace
}  // namespace understudy::state
