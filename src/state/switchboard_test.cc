// Switching groups: on, off, until, and who did it.
#include "state/switchboard.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "state/memory_store.h"
#include "state/test_board.h"

namespace understudy::state {
namespace {

using model::Holder;
using model::Lifecycle;
using model::Mode;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = Refused::Kind;

class SwitchboardTest : public testing::Test {
 protected:
  FakeClock clock_{kNoon};
  MemoryStore store_;
  Board board_{clock_, store_};
};

TEST_F(SwitchboardTest, EverythingIsOpenAtFirst) {
  const GroupStatus status = board_->status("shop").value();
  EXPECT_EQ(status.group, "shop");
  EXPECT_EQ(status.id, kShopId);
  EXPECT_TRUE(status.from_file);
  EXPECT_EQ(status.mode, Mode::kOpen);
  EXPECT_EQ(status.lifecycle, Lifecycle::kOpen);
  EXPECT_TRUE(status.holders.empty());
  EXPECT_FALSE(status.since || status.until || status.next || status.reopening_until);
  EXPECT_EQ(status.revision, 0U);
  EXPECT_FALSE(board_->trouble());
  EXPECT_TRUE(board_.notes().empty()) << "a start changes nothing";
}

TEST_F(SwitchboardTest, OnAndOff) {
  SwitchChange change = on();
  change.reason = "migration 42";
  change.texts = {{"de", {"Wartung", "Um zwölf zurück."}}, {"en", {"", "Back at noon."}}};
  const GroupStatus status = board_->set_mode(kAda, "shop", change, std::nullopt).value();
  EXPECT_EQ(status.mode, Mode::kMaintenance);
  EXPECT_EQ(status.lifecycle, Lifecycle::kActive);
  EXPECT_EQ(status.since, kNoon);
  EXPECT_EQ(status.until, std::nullopt);
  EXPECT_EQ(status.by, "ada (uid 1000)");
  EXPECT_EQ(status.reason, "migration 42");
  EXPECT_EQ(status.texts, change.texts);
  ASSERT_EQ(status.holders.size(), 1U);
  EXPECT_EQ(status.holders[0].kind, Holder::Kind::kSwitch);
  EXPECT_EQ(status.revision, 1U);
  EXPECT_EQ(board_.mode(), Mode::kMaintenance) << "answered accordingly when the call returns";
  EXPECT_EQ(board_.mode("docs"), Mode::kOpen);
  const auto* said = board_.answered().occasion->texts->own_text(model::Reason::kMaintenance, "de");
  ASSERT_NE(said, nullptr);
  EXPECT_EQ(said->message, "Um zwölf zurück.");

  clock_.advance(minutes(5));
  const GroupStatus open = board_->set_mode(kBob, kShopId, off(), std::nullopt).value();
  EXPECT_EQ(open.mode, Mode::kOpen) << "by its id";
  EXPECT_EQ(open.lifecycle, Lifecycle::kOpen);
  EXPECT_TRUE(open.texts.empty() && open.reason.empty() && open.holders.empty());
  EXPECT_EQ(open.revision, 2U);
  EXPECT_EQ(board_.mode(), Mode::kOpen);
}

TEST_F(SwitchboardTest, EveryChangeIsInTheAuditTrail) {
  SwitchChange change = on(kNoon + minutes(30));
  change.reason = "migration 42";
  ASSERT_TRUE(board_->set_mode(kAda, "shop", change, std::nullopt));
  clock_.advance(minutes(5));
  ASSERT_TRUE(board_->set_mode(kBob, "shop", off(), std::nullopt));
  const auto entries = board_->audit({}).value();
  ASSERT_EQ(entries.size(), 2U);
  const AuditNote& last = entries.at(0).note;
  EXPECT_EQ(last.at, kNoon + minutes(5));
  EXPECT_EQ(last.who, "bob (uid 1001)");
  EXPECT_EQ(last.from, "192.0.2.7:51234");
  EXPECT_EQ(last.action, "mode.set");
  EXPECT_EQ(last.target, "shop");
  EXPECT_THAT(last.before, HasSubstr(R"("mode":"maintenance")"));
  EXPECT_THAT(last.before, HasSubstr("migration 42"));
  EXPECT_THAT(last.after, HasSubstr(R"("mode":"open")"));
  EXPECT_EQ(entries.at(1).note.before, "");
  EXPECT_EQ(entries.at(1).note.after, last.before);
  EXPECT_EQ(entries.at(1).note.from, "unix socket");
  EXPECT_THAT(entries.at(1).note.after, HasSubstr(R"("until":"2026-11-21T12:30:00)"));
}

TEST_F(SwitchboardTest, WhoeverListensIsToldOnceItIsInForce) {
  std::vector<std::string> told;
  board_->on_change([&](const AuditNote& note) {
    told.push_back(fmt::format("{} {} {}", note.action, note.target, to_text(board_.mode())));
  });
  ASSERT_TRUE(board_->set_mode(kAda, "shop", on(kNoon + minutes(1)), std::nullopt));
  store_.fail_with(StoreError{StoreFault::kFull, "full"});
  ASSERT_FALSE(board_->set_mode(kAda, "shop", off(), std::nullopt));
  store_.fail_with(std::nullopt);
  clock_.advance(minutes(1));
  board_->look_at_time();
  EXPECT_THAT(told, ElementsAre("mode.set shop maintenance", "mode.end shop open"));
}

TEST_F(SwitchboardTest, AnEndIsKeptByItself) {
  EXPECT_EQ(board_->set_mode(kAda, "shop", on(kNoon + minutes(30)), std::nullopt).value().until,
            kNoon + minutes(30));
  EXPECT_EQ(board_.keeper().next_event(), kNoon + minutes(30));
  clock_.advance(minutes(30) - seconds(1));
  board_->look_at_time();
  EXPECT_EQ(board_.mode(), Mode::kMaintenance);
  clock_.advance(seconds(1));
  board_->look_at_time();
  EXPECT_EQ(board_.mode(), Mode::kOpen);
  board_->look_at_time();
  clock_.advance(hours(1));
  board_->look_at_time();
  EXPECT_THAT(board_.told("shop"), ElementsAre("mode.set shop ada (uid 1000)", "mode.end shop understudy"))
      << "once";
  const AuditNote end = board_.notes("shop").at(0).note;
  EXPECT_EQ(end.from, "schedule");
  EXPECT_THAT(end.before, HasSubstr("maintenance"));
  EXPECT_THAT(end.after, HasSubstr("open"));
  const auto record = store_.read(::understudy::state::Kind::kSwitch, kShopId).value();
  EXPECT_EQ(record->value, end.after) << "the store says so, too";
}

TEST_F(SwitchboardTest, SinceStaysWhileTheModeDoes) {
  ASSERT_TRUE(board_->set_mode(kAda, "shop", on(), std::nullopt));
  clock_.advance(minutes(10));
  SwitchChange longer = on(kNoon + hours(2));
  longer.reason = "takes longer";
  const GroupStatus again = board_->set_mode(kBob, "shop", longer, std::nullopt).value();
  EXPECT_EQ(again.since, kNoon);
  EXPECT_EQ(again.by, kBob.who);
  EXPECT_EQ(again.reason, "takes longer");
  const GroupStatus other = board_->set_mode(kBob, "shop", to_mode(Mode::kReadOnly), std::nullopt).value();
  EXPECT_EQ(other.since, kNoon + minutes(10)) << "another mode";
  EXPECT_EQ(other.reason, "") << "all of it is said anew";
  clock_.advance(minutes(10));
  ASSERT_TRUE(board_->set_mode(kBob, "shop", off(), std::nullopt));
  EXPECT_EQ(board_->set_mode(kBob, "shop", on(), std::nullopt).value().since, kNoon + minutes(20))
      << "open in between";
}

TEST_F(SwitchboardTest, SinceIsNewWhereTheEndPassedUnnoticed) {
  ASSERT_TRUE(board_->set_mode(kAda, "shop", on(kNoon + minutes(10)), std::nullopt));
  clock_.advance(minutes(20));  // and nobody has looked at the time
  EXPECT_EQ(board_->set_mode(kBob, "shop", on(), std::nullopt).value().since, kNoon + minutes(20));
}

TEST_F(SwitchboardTest, RefusesWithTheField) {
  const auto refused = [&](const SwitchChange& change) {
    return refusal(board_->set_mode(kAda, "shop", change, std::nullopt));
  };
  const auto invalid = [](const char* field) { return std::pair(Kind::kInvalid, std::string(field)); };
  EXPECT_EQ(refused(on(kNoon - seconds(1))), invalid("until"));
  EXPECT_EQ(refused(on(kNoon)), invalid("until")) << "now is not to come";
  EXPECT_EQ(refused(on(kNoon + hours(24 * 366 * 11))), invalid("until"));
  SwitchChange change = on();
  change.ramp = minutes(10);
  EXPECT_EQ(refused(change), invalid("ramp")) << "with maintenance";
  change = off();
  change.until = kNoon + hours(1);
  EXPECT_EQ(refused(change), invalid("until")) << "with open";
  for (const seconds ramp : {seconds(0), seconds(-1), seconds(24 * 3600 + 1)}) {
    change = off();
    change.ramp = ramp;
    EXPECT_EQ(refused(change), invalid("ramp")) << ramp.count();
  }
  change = on();
  change.reason = std::string(1001, 'x');
  EXPECT_EQ(refused(change), invalid("reason"));
  const std::pair<model::OccasionText, const char*> texts[] = {
      {{"e n", {"a", "b"}}, "texts.e n"},
      {{"en", {"", ""}}, "texts.en"},
      {{"en", {std::string(501, 'x'), ""}}, "texts.en.title"},
      {{"de", {"", std::string(8193, 'x')}}, "texts.de.message"},
  };
  for (const auto& [text, field] : texts) {
    change = on();
    change.texts = {text};
    EXPECT_EQ(refused(change), invalid(field));
  }
  change = on();
  change.texts = {{"en", {"a", "b"}}, {"EN", {"c", "d"}}};
  EXPECT_EQ(refused(change), invalid("texts.EN")) << "the same language twice";
  EXPECT_EQ(board_.mode(), Mode::kOpen);
  EXPECT_TRUE(board_.notes().empty()) << "what was refused left nothing behind";
  EXPECT_EQ(store_.read_all([](Record&&) {}).value(), 0U);
}

TEST_F(SwitchboardTest, AnUnknownGroupIsToldTheNearestName) {
  const auto outcome = board_->set_mode(kAda, "shp", on(), std::nullopt);
  EXPECT_EQ(refusal(outcome), std::pair(Kind::kNotFound, std::string("group")));
  EXPECT_THAT(outcome.error().message, HasSubstr("\"shp\""));
  EXPECT_THAT(outcome.error().suggestions, ElementsAre("shop"));
  EXPECT_EQ(refusal(board_->status("dosc")).first, Kind::kNotFound);
  EXPECT_THAT(board_->status("dosc").error().suggestions, ElementsAre("docs"));
  EXPECT_TRUE(board_->status("nothing-like-it").error().suggestions.empty());
  EXPECT_EQ(board_->status("sh\x1b[2Jp").error().message.find('\x1b'), std::string::npos);
}

TEST_F(SwitchboardTest, OfTwoOperatorsTheSecondIsTold) {
  const Revision seen = board_->status("shop").value().revision;
  ASSERT_TRUE(board_->set_mode(kAda, "shop", on(), seen));
  const auto late = board_->set_mode(kBob, "shop", to_mode(Mode::kReadOnly), seen);
  EXPECT_EQ(refusal(late).first, Kind::kStale);
  EXPECT_THAT(late.error().message, HasSubstr("1")) << "the revision that it is";
  EXPECT_EQ(board_->status("shop").value().by, kAda.who);
  const Revision now = board_->status("shop").value().revision;
  ASSERT_TRUE(board_->set_mode(kBob, "shop", to_mode(Mode::kReadOnly), now)) << "having looked again";
  EXPECT_EQ(board_.mode(), Mode::kReadOnly);
  ASSERT_TRUE(board_->set_mode(kAda, "docs", on(), std::nullopt));
  EXPECT_TRUE(board_->set_mode(kAda, "shop", on(), board_->status("shop").value().revision))
      << "another group's change is of no account";
  EXPECT_EQ(board_.told("shop").size(), 3U);
}

TEST_F(SwitchboardTest, TheEndOfASwitchIsAChangeAsWell) {
  ASSERT_TRUE(board_->set_mode(kAda, "shop", on(kNoon + minutes(1)), std::nullopt));
  const Revision seen = board_->status("shop").value().revision;
  clock_.advance(minutes(1));
  board_->look_at_time();
  EXPECT_EQ(refusal(board_->set_mode(kBob, "shop", on(), seen)).first, Kind::kStale);
}

TEST_F(SwitchboardTest, OffMayReopenLittleByLittle) {
  ASSERT_TRUE(board_->set_mode(kAda, "shop", on(), std::nullopt));
  SwitchChange change = off();
  change.ramp = minutes(10);
  const GroupStatus status = board_->set_mode(kAda, "shop", change, std::nullopt).value();
  EXPECT_EQ(status.mode, Mode::kOpen);
  EXPECT_EQ(status.lifecycle, Lifecycle::kReopening);
  EXPECT_EQ(status.reopening_until, kNoon + minutes(10));
  clock_.advance(minutes(10));
  board_->look_at_time();
  EXPECT_EQ(board_->status("shop").value().lifecycle, Lifecycle::kOpen);
  EXPECT_EQ(board_->status("shop").value().reopening_until, std::nullopt);
  EXPECT_EQ(board_.told().size(), 2U) << "the group was open all the while";
}

TEST_F(SwitchboardTest, ARampKnowsWhatItLeadsOutOf) {
  const auto leads_out_of = [&] { return board_.keeper().current()->states[0].occasion->reopening_from; };
  SwitchChange change = on();
  change.mode = Mode::kReadOnly;
  ASSERT_TRUE(board_->set_mode(kAda, "shop", change, std::nullopt));
  change = off();
  change.ramp = minutes(10);
  ASSERT_TRUE(board_->set_mode(kAda, "shop", change, std::nullopt));
  EXPECT_EQ(leads_out_of(), Mode::kReadOnly);
  clock_.advance(minutes(1));
  ASSERT_TRUE(board_->set_mode(kAda, "shop", change, std::nullopt)) << "a new ramp in its place";
  EXPECT_EQ(leads_out_of(), Mode::kReadOnly);
}

TEST_F(SwitchboardTest, TheHardLimitEndsAForgottenOn) {
  board_.reload(kShopAndDocs, hours(2));
  const GroupStatus status = board_->set_mode(kAda, "shop", on(), std::nullopt).value();
  EXPECT_EQ(status.until, kNoon + hours(2)) << "then it opens, whoever has forgotten it";
  ASSERT_TRUE(board_->set_mode(kAda, "docs", on(kNoon + hours(5)), std::nullopt));
  clock_.advance(hours(2) - seconds(1));
  board_->look_at_time();
  EXPECT_EQ(board_.mode(), Mode::kMaintenance);
  clock_.advance(seconds(1));
  board_->look_at_time();
  board_->look_at_time();
  EXPECT_EQ(board_.mode(), Mode::kOpen);
  EXPECT_EQ(board_.mode("docs"), Mode::kMaintenance) << "it has an end of its own";
  EXPECT_THAT(board_.told("shop"), ElementsAre("mode.set shop ada (uid 1000)", "mode.limit shop understudy"));
}

TEST_F(SwitchboardTest, AReloadMaySetALimitUnderWay) {
  ASSERT_TRUE(board_->set_mode(kAda, "shop", on(), std::nullopt));
  clock_.advance(hours(3));
  board_->look_at_time();
  EXPECT_EQ(board_.mode(), Mode::kMaintenance);
  board_.reload(kShopAndDocs, hours(4));
  EXPECT_EQ(board_.keeper().next_event(), kNoon + hours(4));
  board_.reload(kShopAndDocs, hours(1));
  EXPECT_EQ(board_.mode(), Mode::kOpen) << "already over";
  board_->look_at_time();
  EXPECT_THAT(board_.told(), ElementsAre("mode.set shop ada (uid 1000)", "mode.limit shop understudy"));
}

class FlagTest : public testing::Test {
 protected:
  [[nodiscard]] std::string settings() const {
    return fmt::format("{}flag_file = \"{}\"\n", kShopOnly, (folder_ / "flag").string());
  }
  const TestFolder folder_;
  FakeClock clock_{std::chrono::floor<seconds>(std::chrono::system_clock::now()) + hours(1)};
  MemoryStore store_;
};

TEST_F(FlagTest, AFlagFileHoldsAgainstOff) {
  folder_.write("flag", "on");
  Board board(clock_, store_, settings());
  const auto refused = board->set_mode(kAda, "shop", off(), std::nullopt);
  EXPECT_EQ(refusal(refused), std::pair(Kind::kConflict, std::string("mode")));
  EXPECT_THAT(refused.error().message, HasSubstr((folder_ / "flag").string()));
  EXPECT_EQ(board.mode(), Mode::kMaintenance);
  EXPECT_TRUE(board.notes().empty()) << "nothing was changed";
  EXPECT_EQ(store_.read_all([](Record&&) {}).value(), 0U);
  ASSERT_TRUE(board->set_mode(kAda, "shop", to_mode(Mode::kReadOnly), std::nullopt)) << "on is fine";
  const GroupStatus status = board->status("shop").value();
  EXPECT_EQ(status.mode, Mode::kMaintenance) << "the stricter one";
  ASSERT_EQ(status.holders.size(), 2U);
  EXPECT_EQ(status.holders[0].kind, Holder::Kind::kFlagFile);
  EXPECT_EQ(status.holders[0].id, (folder_ / "flag").string());
  EXPECT_EQ(status.holders[1].kind, Holder::Kind::kSwitch);
}

TEST_F(FlagTest, AFlagThatSaysOffHoldsNothing) {
  folder_.write("flag", "off");
  Board board(clock_, store_, settings());
  ASSERT_TRUE(board->set_mode(kAda, "shop", on(), std::nullopt));
  EXPECT_EQ(board->set_mode(kAda, "shop", off(), std::nullopt).value().mode, Mode::kOpen);
}

TEST_F(FlagTest, WhatAFlagFileDoesIsInTheAuditTrail) {
  Board board(clock_, store_, settings());
  const auto look_until = [&](Mode wanted) {
    // The folder's watch is told at once; a file without content is given time.
    for (int i = 0; i < 1000 && board.mode() != wanted; ++i) {
      board->look_at_changes();
      if (board.keeper().next_look()) board->look_again();
    }
    return board.mode() == wanted;
  };
  folder_.replace("flag", "on");
  ASSERT_TRUE(look_until(Mode::kMaintenance));
  std::filesystem::remove(folder_ / "flag");
  ASSERT_TRUE(look_until(Mode::kOpen));
  const std::string who = "flag.change shop flag file " + (folder_ / "flag").string();
  EXPECT_THAT(board.told(), ElementsAre(who, who));
  EXPECT_EQ(board.notes().at(0).note.from, "flag file");
  EXPECT_EQ(board.notes().at(0).note.before, R"({"mode":"maintenance"})");
  EXPECT_EQ(board.notes().at(0).note.after, R"({"mode":"open"})");
}

TEST(SwitchboardStore, AStoreThatFailsRefusesTheChange) {
  FakeClock clock(kNoon);
  MemoryStore store;
  Board board(clock, store);
  ASSERT_TRUE(board->set_mode(kAda, "docs", on(), std::nullopt));
  for (const StoreFault fault : {StoreFault::kFull, StoreFault::kReadOnly, StoreFault::kLocked,
                                 StoreFault::kCorrupt, StoreFault::kUnavailable}) {
    store.fail_with(StoreError{fault, "no space left on /var"});
    const auto refused = board->set_mode(kAda, "shop", on(), std::nullopt);
    EXPECT_EQ(refusal(refused).first, Kind::kStore) << to_text(fault);
    EXPECT_EQ(refused.error().message, "no space left on /var");
    EXPECT_EQ(board.mode(), Mode::kOpen) << "nothing has changed";
    EXPECT_EQ(board.mode("docs"), Mode::kMaintenance) << "and what was in force stays so";
    EXPECT_EQ(board->status("shop").value().revision, 0U);
    EXPECT_TRUE(board.degraded());
    EXPECT_EQ(board->trouble()->fault, fault);
  }
  store.fail_with(std::nullopt);
  ASSERT_TRUE(board->set_mode(kAda, "shop", on(), std::nullopt));
  EXPECT_EQ(board.mode(), Mode::kMaintenance);
  EXPECT_FALSE(board.degraded());
  EXPECT_FALSE(board->trouble());
  EXPECT_EQ(board.told("shop").size(), 1U);
}

TEST(SwitchboardStore, AProbeFindsOutThatAllIsWellAgain) {
  FakeClock clock(kNoon);
  MemoryStore store;
  Board board(clock, store);
  store.fail_with(StoreError{StoreFault::kFull, "full"});
  board->probe();
  EXPECT_TRUE(board.degraded());
  store.fail_with(std::nullopt);
  board->probe();
  EXPECT_FALSE(board.degraded());
  EXPECT_TRUE(board.notes().empty());
}

TEST(SwitchboardStore, ASwitchEndsWhateverTheStoreDoes) {
  FakeClock clock(kNoon);
  MemoryStore store;
  Board board(clock, store);
  ASSERT_TRUE(board->set_mode(kAda, "shop", on(kNoon + minutes(10)), std::nullopt));
  store.fail_with(StoreError{StoreFault::kFull, "full"});
  clock.advance(minutes(10));
  board->look_at_time();
  EXPECT_EQ(board.mode(), Mode::kOpen);
  EXPECT_TRUE(board.degraded());
  EXPECT_EQ(board.told("shop").size(), 1U);
  store.fail_with(std::nullopt);
  board->probe();
  EXPECT_FALSE(board.degraded());
  EXPECT_THAT(board.told("shop"), ElementsAre("mode.set shop ada (uid 1000)", "mode.end shop understudy"))
      << "written as soon as it can be";
}

TEST(SwitchboardStore, StatusesComeInPages) {
  FakeClock clock(kNoon);
  MemoryStore store;
  std::string settings;
  for (int i = 0; i < 25; ++i)
    settings += fmt::format("[groups.g{:02}]\nid = \"1a2b7c1e-5d0f-4c53-9d0e-{:012}\"\n", 24 - i, i);
  Board board(clock, store, settings);
  ASSERT_TRUE(board->set_mode(kAda, "g07", on(), std::nullopt));
  EXPECT_EQ(board->group_count(), 25U);
  std::vector<std::string> names;
  std::vector<std::size_t> sizes;
  for (Page page{"", 10};; page.after = names.back()) {
    const auto rows = board->statuses(page);
    sizes.push_back(rows.size());
    for (const GroupStatus& row : rows) {
      names.push_back(row.group);
      EXPECT_EQ(row.mode, row.group == "g07" ? Mode::kMaintenance : Mode::kOpen);
    }
    if (rows.size() < page.limit) break;
  }
  EXPECT_THAT(sizes, ElementsAre(10, 10, 5));
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(names.size(), 25U);
  EXPECT_EQ(board->statuses({"g23x", 10}).front().group, "g24") << "after a name that is not there";
  EXPECT_TRUE(board->statuses({"g24", 10}).empty());
}

}  // namespace
}  // namespace understudy::state
