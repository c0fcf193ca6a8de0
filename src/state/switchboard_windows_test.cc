// What was planned: windows that begin, overlap, are cut short, and end, or don't.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "state/memory_store.h"
#include "state/switchboard.h"
#include "state/test_board.h"

namespace understudy::state {
namespace {

using model::AtEnd;
using model::Lifecycle;
using model::Mode;
using model::Window;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = Refused::Kind;

class WindowsTest : public testing::Test {
 protected:
  Window add(const Window& window) { return board_->add_window(kAda, window).value().value; }
  void go_to(std::string_view time) {
    clock_.set(at(time));
    board_->look_at_time();
  }
  GroupStatus status(std::string_view group = "shop") { return board_->status(group).value(); }

  FakeClock clock_{kNoon};
  MemoryStore store_;
  Board board_{clock_, store_};
};

TEST_F(WindowsTest, AWindowIsAnnouncedBeginsAndEnds) {
  Window window = planned("2026-11-21T14:00:00", "2026-11-21T16:00:00");
  window.reason = "upgrade";
  window.texts = {{"en", {"", "Back at four."}}};
  const auto added = board_->add_window(kAda, window).value();
  EXPECT_THAT(added.value.id, testing::MatchesRegex("w-[0-9a-f]{8}"));
  EXPECT_EQ(added.value.by, kAda.who);
  EXPECT_EQ(added.value.created, kNoon);
  EXPECT_EQ(added.revision, 1U);
  EXPECT_EQ(status().lifecycle, Lifecycle::kAnnounced);
  ASSERT_TRUE(status().next);
  EXPECT_EQ(status().next->window, added.value.id);
  EXPECT_EQ(status().next->title, "Database");
  EXPECT_EQ(status().next->start, at("2026-11-21T14:00:00"));
  EXPECT_EQ(board_.keeper().next_event(), at("2026-11-21T14:00:00"));
  go_to("2026-11-21T14:00:00");
  EXPECT_EQ(board_.mode(), Mode::kMaintenance);
  EXPECT_EQ(status().until, at("2026-11-21T16:00:00"));
  EXPECT_EQ(status().since, at("2026-11-21T14:00:00"));
  EXPECT_EQ(status().reason, "upgrade");
  EXPECT_EQ(status().texts, window.texts);
  EXPECT_EQ(status().holders.at(0).id, added.value.id);
  EXPECT_EQ(board_.answered().occasion->texts->own_text(model::Reason::kMaintenance, "en")->message,
            "Back at four.");
  EXPECT_EQ(status("docs").lifecycle, Lifecycle::kOpen);
  go_to("2026-11-21T16:00:00");
  EXPECT_EQ(status().lifecycle, Lifecycle::kOpen);
  EXPECT_EQ(board_.keeper().next_event(), std::nullopt);
  const std::string id = added.value.id;
  EXPECT_THAT(board_.told(), ElementsAre("window.add " + id + " ada (uid 1000)",
                                         "window.begin shop window " + id, "window.end shop window " + id));
  const AuditNote begin = board_.notes("shop").at(1).note;
  EXPECT_EQ(begin.from, "schedule");
  EXPECT_EQ(begin.before, R"({"mode":"open"})");
  EXPECT_EQ(begin.after, R"({"mode":"maintenance"})");
}

TEST_F(WindowsTest, OneThatIsUnderWayHoldsAtOnce) {
  add(planned("2026-11-21T11:00:00", "2026-11-21T13:00:00"));
  EXPECT_EQ(board_.mode(), Mode::kMaintenance);
  board_->look_at_time();
  EXPECT_EQ(board_.told().size(), 1U) << "it was the operator who did it";
}

TEST_F(WindowsTest, TimesMayHaveAnOffset) {
  Window window = planned("2026-11-22T01:00:00Z", "2026-11-22T06:00:00+03:00");
  window.zone = "Europe/Berlin";
  window.rule = "FREQ=WEEKLY;BYDAY=SU";
  window.except = {"2026-11-29T01:00:00Z"};
  const Window added = add(window);
  EXPECT_EQ(added.start, "2026-11-22T02:00:00");
  EXPECT_EQ(added.end, "2026-11-22T04:00:00");
  EXPECT_THAT(added.except, ElementsAre("2026-11-29T02:00:00"));
}

TEST_F(WindowsTest, AMomentThatTheZoneCannotTellIsRefused) {
  // 25 October 2026 02:30 comes twice in Berlin; the later one can't be written without an offset.
  clock_.set(at("2026-10-24T12:00:00"));
  Window window = planned("2026-10-25T01:30:00Z", "2026-10-25T04:00:00Z");
  window.zone = "Europe/Berlin";
  const auto refused = board_->add_window(kAda, window);
  EXPECT_EQ(refusal(refused), std::pair(Kind::kInvalid, std::string("start")));
  EXPECT_THAT(refused.error().message, HasSubstr("UTC")) << "and it says what to do";
  window.start = "2026-10-25T00:30:00Z";
  EXPECT_EQ(add(window).start, "2026-10-25T02:30:00");
}

TEST_F(WindowsTest, OffEndsThisOccurrenceAndNotTheNext) {
  Window daily = planned("2026-11-21T11:00:00", "2026-11-21T13:00:00");
  daily.rule = "FREQ=DAILY";
  add(daily);
  ASSERT_EQ(board_.mode(), Mode::kMaintenance);
  const GroupStatus open = board_->set_mode(kBob, "shop", off(), std::nullopt).value();
  EXPECT_EQ(open.mode, Mode::kOpen);
  EXPECT_EQ(open.lifecycle, Lifecycle::kAnnounced);
  EXPECT_EQ(open.next->start, at("2026-11-22T11:00:00"));
  go_to("2026-11-21T12:10:00");
  EXPECT_EQ(board_.mode(), Mode::kOpen);
  ASSERT_TRUE(board_->set_mode(kBob, "shop", on(at("2026-11-21T12:30:00")), std::nullopt)) << "once more";
  go_to("2026-11-21T12:30:00");
  EXPECT_EQ(board_.mode(), Mode::kOpen) << "and its end does not bring the occurrence back";
  go_to("2026-11-22T11:00:00");
  EXPECT_EQ(board_.mode(), Mode::kMaintenance);
}

TEST_F(WindowsTest, AnEarlierOffIsOfNoAccountToAWindowPlannedLater) {
  ASSERT_TRUE(board_->set_mode(kAda, "shop", off(), std::nullopt));
  clock_.advance(seconds(40));
  // Its start was rounded to the minute, as people write it.
  add(planned("2026-11-21T12:00:00", "2026-11-21T13:00:00"));
  EXPECT_EQ(board_.mode(), Mode::kMaintenance);
  ASSERT_TRUE(board_->set_mode(kAda, "shop", off(), std::nullopt));
  EXPECT_EQ(board_.mode(), Mode::kOpen);
}

TEST_F(WindowsTest, OneWindowForSeveralGroups) {
  Window both = planned("2026-11-21T14:00:00", "2026-11-21T16:00:00");
  both.groups = {kShopId, "docs", "shop"};
  const Window added = add(both);
  EXPECT_THAT(added.groups, ElementsAre("docs", "shop")) << "by name, each once";
  go_to("2026-11-21T14:00:00");
  EXPECT_EQ(board_.mode("shop"), Mode::kMaintenance);
  EXPECT_EQ(board_.mode("docs"), Mode::kMaintenance);
  ASSERT_TRUE(board_->set_mode(kAda, "docs", off(), std::nullopt));
  EXPECT_EQ(board_.mode("docs"), Mode::kOpen);
  EXPECT_EQ(board_.mode("shop"), Mode::kMaintenance) << "off is for one group";
  go_to("2026-11-21T16:00:00");
  EXPECT_THAT(board_.told("docs"),
              ElementsAre("window.begin docs window " + added.id, "mode.set docs ada (uid 1000)"));
  EXPECT_THAT(board_.told("shop"),
              ElementsAre("window.begin shop window " + added.id, "window.end shop window " + added.id));
}

TEST_F(WindowsTest, AGroupsPastHoldsItsWindowsAndNoOthers) {
  Window theirs = planned("2026-11-22T02:00:00", "2026-11-22T04:00:00");
  theirs.groups = {"shop"};
  const std::string ours = add(theirs).id;
  theirs.groups = {"docs"};
  add(theirs);
  ASSERT_TRUE(board_->remove_window(kBob, ours, std::nullopt).has_value());
  ASSERT_TRUE(board_->set_mode(kAda, "shop", off(), std::nullopt).has_value());
  AuditQuery query;
  query.target = "shop";
  const auto past = board_->audit_of_group(query).value();
  ASSERT_EQ(past.entries.size(), 3U);
  EXPECT_EQ(past.entries[0].note.action, "mode.set");
  EXPECT_EQ(past.entries[1].note.action, "window.remove");
  EXPECT_EQ(past.entries[2].note.action, "window.add");
  EXPECT_EQ(past.next, std::nullopt);
  query.limit = 2;
  const auto first = board_->audit_of_group(query).value();
  EXPECT_EQ(first.entries.size(), 2U);
  query.before = first.next;
  EXPECT_EQ(board_->audit_of_group(query).value().entries.at(0).note.action, "window.add");
}

TEST_F(WindowsTest, OfOverlappingOnesTheStricterHolds) {
  const Window wide = add(planned("2026-11-21T13:00:00", "2026-11-21T17:00:00", Mode::kReadOnly));
  const Window narrow = add(planned("2026-11-21T14:00:00", "2026-11-21T15:00:00"));
  go_to("2026-11-21T13:00:00");
  EXPECT_EQ(board_.mode(), Mode::kReadOnly);
  go_to("2026-11-21T14:00:00");
  EXPECT_EQ(status().mode, Mode::kMaintenance);
  EXPECT_EQ(status().until, at("2026-11-21T15:00:00"));
  ASSERT_EQ(status().holders.size(), 2U);
  EXPECT_EQ(status().holders[0].id, narrow.id);
  EXPECT_EQ(status().holders[1].id, wide.id);
  go_to("2026-11-21T15:00:00");
  EXPECT_EQ(status().mode, Mode::kReadOnly);
  EXPECT_EQ(status().since, at("2026-11-21T13:00:00"));
  go_to("2026-11-21T17:00:00");
  EXPECT_EQ(board_.mode(), Mode::kOpen);
  EXPECT_THAT(board_.told("shop"),
              ElementsAre("window.begin shop window " + wide.id, "window.begin shop window " + narrow.id,
                          "window.end shop window " + narrow.id, "window.end shop window " + wide.id));
}

TEST_F(WindowsTest, ASwitchThatEndsLeavesTheWindowToHold) {
  const Window window = add(planned("2026-11-21T11:00:00", "2026-11-21T17:00:00", Mode::kReadOnly));
  ASSERT_TRUE(board_->set_mode(kBob, "shop", on(kNoon + hours(1)), std::nullopt));
  go_to("2026-11-21T13:00:00");
  EXPECT_EQ(status().mode, Mode::kReadOnly);
  EXPECT_EQ(status().holders.at(0).id, window.id);
  EXPECT_THAT(board_.told("shop"), ElementsAre("mode.set shop bob (uid 1001)", "mode.end shop understudy"))
      << "no window has begun";
}

TEST_F(WindowsTest, OneThatStaysIsOverdueUntilOff) {
  Window stays = planned("2026-11-21T14:00:00", "2026-11-21T16:00:00");
  stays.at_end = AtEnd::kStay;
  stays.groups = {"shop", "docs"};
  const std::string id = add(stays).id;
  go_to("2026-11-21T14:00:00");
  EXPECT_EQ(board_->overdue(), 0U);
  go_to("2026-11-21T16:00:00");
  EXPECT_EQ(status().mode, Mode::kMaintenance);
  EXPECT_EQ(status().lifecycle, Lifecycle::kOverdue);
  EXPECT_EQ(status().until, std::nullopt);
  EXPECT_TRUE(status().holders.at(0).overdue);
  EXPECT_EQ(board_->overdue(), 2U);
  EXPECT_THAT(board_.told("shop"),
              ElementsAre("window.begin shop window " + id, "window.overdue shop window " + id));
  go_to("2026-11-22T09:00:00");
  EXPECT_EQ(board_.told("shop").size(), 2U) << "said once";
  const GroupStatus open = board_->set_mode(kAda, "shop", off(), std::nullopt).value();
  EXPECT_EQ(open.lifecycle, Lifecycle::kOpen);
  EXPECT_EQ(board_->overdue(), 1U);
  EXPECT_EQ(board_.told("shop").back(), "mode.set shop ada (uid 1000)");
}

TEST_F(WindowsTest, AGroupThatSeveralKeepIsOverdueOnce) {
  for (const char* end : {"2026-11-21T13:00:00", "2026-11-21T14:00:00"}) {
    Window stays = planned("2026-11-21T12:30:00", end);
    stays.at_end = AtEnd::kStay;
    add(stays);
  }
  go_to("2026-11-21T15:00:00");
  EXPECT_EQ(board_->overdue(), 1U);
}

TEST_F(WindowsTest, RefusesWhatCannotBe) {
  const auto fields = [&](const Window& window) {
    const auto outcome = board_->add_window(kAda, window);
    std::vector<std::string> named;
    if (outcome) return named;
    EXPECT_EQ(outcome.error().kind, Kind::kInvalid);
    EXPECT_EQ(outcome.error().field, outcome.error().fields.at(0).first);
    for (const auto& [field, message] : outcome.error().fields) named.push_back(field);
    return named;
  };
  EXPECT_THAT(fields(planned("2026-11-21T14:00:00", "2026-11-21T13:00:00")), ElementsAre("end"));
  EXPECT_THAT(fields(planned("2026-11-20T14:00:00", "2026-11-20T16:00:00")), ElementsAre("end")) << "past";
  EXPECT_THAT(fields(planned("soon", "2026-11-21T13:00:00")), ElementsAre("start"));
  Window window = planned("2026-11-21T14:00:00", "2026-11-21T15:00:00");
  window.title = std::string(501, 'x');
  window.reason = std::string(1001, 'x');
  EXPECT_THAT(fields(window), ElementsAre("title", "reason"));
  window = planned("2026-11-21T14:00:00", "2026-11-21T15:00:00", Mode::kOpen);
  EXPECT_THAT(fields(window), ElementsAre("mode"));
  window = planned("2026-11-21T14:00:00", "2026-11-21T15:00:00");
  window.zone = "Europe/Berln";
  EXPECT_THAT(fields(window), ElementsAre("zone"));
  window = planned("2026-11-21T14:00:00", "2026-11-21T15:00:00");
  window.groups = {"docs", "shp"};
  const auto unknown = board_->add_window(kAda, window);
  EXPECT_EQ(refusal(unknown).second, "groups[1]");
  EXPECT_THAT(unknown.error().suggestions, ElementsAre("shop"));
  EXPECT_THAT(board_->windows(""), IsEmpty());
  EXPECT_THAT(board_.notes(), IsEmpty());
}

TEST_F(WindowsTest, IsChangedAndRemoved) {
  Window window = add(planned("2026-11-21T11:00:00", "2026-11-21T13:00:00"));
  const auto known = board_->window(window.id).value();
  clock_.advance(minutes(10));
  window.groups = {"docs"};
  window.by = "somebody else";
  window.created = kNoon + hours(5);
  const auto changed = board_->change_window(kBob, window, known.revision).value();
  EXPECT_EQ(changed.value.by, kAda.who) << "whoever changes it";
  EXPECT_EQ(changed.value.created, kNoon);
  EXPECT_EQ(changed.revision, 2U);
  EXPECT_EQ(board_.mode("shop"), Mode::kOpen);
  EXPECT_EQ(board_.mode("docs"), Mode::kMaintenance);
  EXPECT_EQ(refusal(board_->change_window(kAda, window, known.revision)).first, Kind::kStale);
  EXPECT_EQ(refusal(board_->remove_window(kAda, window.id, known.revision)).first, Kind::kStale);
  ASSERT_TRUE(board_->remove_window(kAda, window.id, changed.revision));
  EXPECT_EQ(board_.mode("docs"), Mode::kOpen);
  EXPECT_EQ(refusal(board_->window(window.id)).first, Kind::kNotFound);
  EXPECT_EQ(refusal(board_->remove_window(kAda, window.id, std::nullopt)).first, Kind::kNotFound);
  EXPECT_EQ(refusal(board_->change_window(kAda, window, std::nullopt)).first, Kind::kNotFound);
  EXPECT_THAT(board_.told(window.id), ElementsAre("window.add " + window.id + " ada (uid 1000)",
                                                  "window.change " + window.id + " bob (uid 1001)",
                                                  "window.remove " + window.id + " ada (uid 1000)"));
  const auto notes = board_.notes(window.id);
  EXPECT_EQ(notes.at(0).note.before, notes.at(1).note.after);
  EXPECT_EQ(notes.at(1).note.before, notes.at(2).note.after);
  EXPECT_EQ(notes.at(0).note.after, "");
}

TEST_F(WindowsTest, ThoseUnderWayComeFirstAndWhatIsOverLast) {
  const std::string later = add(planned("2026-11-23T01:00:00", "2026-11-23T02:00:00")).id;
  const std::string now = add(planned("2026-11-21T11:00:00", "2026-11-21T23:00:00")).id;
  const std::string over = add(planned("2026-11-21T11:00:00", "2026-11-21T12:30:00")).id;
  Window docs = planned("2026-11-22T01:00:00", "2026-11-22T02:00:00");
  docs.groups = {"docs"};
  const std::string soon = add(docs).id;
  go_to("2026-11-21T13:00:00");
  const auto ids = [&](std::string_view group) {
    std::vector<std::string> found;
    for (const auto& window : board_->windows(group)) found.push_back(window.value.id);
    return found;
  };
  EXPECT_THAT(ids(""), ElementsAre(now, soon, later, over));
  EXPECT_THAT(ids("docs"), ElementsAre(soon));
  EXPECT_THAT(ids(kDocsId), ElementsAre(soon)) << "by its id";
  EXPECT_THAT(ids("nobody"), IsEmpty());
}

TEST_F(WindowsTest, AStoreThatFailsKeepsThePlanAsItWas) {
  const Window window = add(planned("2026-11-21T14:00:00", "2026-11-21T16:00:00"));
  store_.fail_with(StoreError{StoreFault::kReadOnly, "read-only"});
  EXPECT_EQ(refusal(board_->remove_window(kAda, window.id, std::nullopt)).first, Kind::kStore);
  EXPECT_EQ(refusal(board_->add_window(kAda, window)).first, Kind::kStore);
  go_to("2026-11-21T14:00:00");
  EXPECT_EQ(board_.mode(), Mode::kMaintenance) << "it begins all the same";
  EXPECT_TRUE(board_.degraded());
  go_to("2026-11-21T16:00:00");
  EXPECT_EQ(board_.mode(), Mode::kOpen);
  EXPECT_EQ(board_.told("shop").size(), 0U);
  store_.fail_with(std::nullopt);
  board_->probe();
  EXPECT_THAT(board_.told("shop"),
              ElementsAre("window.begin shop window " + window.id, "window.end shop window " + window.id))
      << "what happened meanwhile is not lost to the audit trail";
  EXPECT_EQ(board_.notes("shop").at(1).note.at, at("2026-11-21T14:00:00"));
}

TEST_F(WindowsTest, AClockThatIsSetMovesTheWindowsWithIt) {
  add(planned("2026-11-21T12:30:00", "2026-11-21T13:30:00"));
  const auto set = [&](std::chrono::minutes from_noon) {
    clock_.set(kNoon + from_noon);
    board_->look_at_time();
    return board_.mode();
  };
  EXPECT_EQ(set(minutes(60)), Mode::kMaintenance) << "forward by an hour";
  EXPECT_EQ(set(minutes(0)), Mode::kOpen) << "and back";
  EXPECT_EQ(board_.keeper().next_event(), kNoon + minutes(30));
  EXPECT_EQ(set(minutes(30)), Mode::kMaintenance);
  EXPECT_EQ(set(minutes(100)), Mode::kOpen) << "across its end";
  EXPECT_EQ(set(minutes(40)), Mode::kMaintenance) << "back into it";
  EXPECT_EQ(set(minutes(95)), Mode::kOpen);
}

TEST_F(WindowsTest, AClockSetBackUndoesWhatAnOperatorsChangeBroughtIntoForce) {
  clock_.set(kNoon + minutes(90));  // no event has been due since noon
  add(planned("2026-11-21T13:00:00", "2026-11-21T15:00:00"));
  ASSERT_EQ(board_.mode(), Mode::kMaintenance);
  clock_.set(kNoon + minutes(30));
  board_->look_at_time();
  EXPECT_EQ(board_.mode(), Mode::kOpen) << "it is yet to come";
  EXPECT_EQ(board_.keeper().next_event(), at("2026-11-21T13:00:00"));
}

TEST_F(WindowsTest, ASwitchAndAClockThatIsSet) {
  ASSERT_TRUE(board_->set_mode(kAda, "shop", on(kNoon + hours(2)), std::nullopt));
  clock_.set(kNoon - hours(1));
  board_->look_at_time();
  EXPECT_EQ(board_.mode(), Mode::kMaintenance) << "what was said holds, whatever the clock said then";
  clock_.set(kNoon + hours(1));
  board_->look_at_time();
  EXPECT_EQ(board_.mode(), Mode::kMaintenance);
  clock_.set(kNoon + hours(2));
  board_->look_at_time();
  EXPECT_EQ(board_.mode(), Mode::kOpen);
}

}  // namespace
}  // namespace understudy::state
