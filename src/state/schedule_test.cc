#include "state/schedule.h"

#include <chrono>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "calendar/time_text.h"

namespace understudy::state {
namespace {

using model::Lifecycle;
using model::Mode;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string kGroup = "shop";
const std::string kId = "9e428b69-47e2-48b7-a694-bb2222bf48c3";

WallTime at(std::string_view local) { return calendar::from_local(local, "UTC").value(); }

model::Window window(std::string id, std::string start, std::string end, Mode mode = Mode::kMaintenance) {
  model::Window made;
  made.id = std::move(id);
  made.groups = {kGroup};
  made.mode = mode;
  made.start = std::move(start);
  made.end = std::move(end);
  made.created = at("2026-11-01T00:00:00");
  return made;
}

class ScheduleTest : public testing::Test {
 protected:
  [[nodiscard]] Verdict judge(std::string_view now) const {
    return schedule_.judge(kGroup, kId, nullptr, at(now));
  }
  void switch_to(Mode mode, std::string_view since, std::optional<WallTime> until = std::nullopt) {
    model::Switch value;
    value.mode = mode;
    value.since = at(since);
    value.until = until;
    value.by = "ada";
    schedule_.put_switch(kId, value, 1);
  }
  void close_through(std::string_view when) {
    model::Switch value;
    value.closed_through = at(when);
    schedule_.put_switch(kId, value, 2);
  }
  Schedule schedule_;
};

TEST_F(ScheduleTest, NothingSaidIsOpenForGood) {
  const Verdict verdict = judge("2026-11-21T12:00:00");
  EXPECT_EQ(verdict.mode, Mode::kOpen);
  EXPECT_EQ(verdict.lifecycle, Lifecycle::kOpen);
  EXPECT_TRUE(verdict.holders.empty());
  EXPECT_FALSE(verdict.changes_at || verdict.since || verdict.until || verdict.next);
}

TEST_F(ScheduleTest, ASwitchHoldsUntilItsEnd) {
  switch_to(Mode::kMaintenance, "2026-11-21T12:00:00", at("2026-11-21T12:30:00"));
  const Verdict during = judge("2026-11-21T12:29:59");
  EXPECT_EQ(during.mode, Mode::kMaintenance);
  EXPECT_EQ(during.lifecycle, Lifecycle::kActive);
  EXPECT_EQ(during.since, at("2026-11-21T12:00:00"));
  EXPECT_EQ(during.until, at("2026-11-21T12:30:00"));
  EXPECT_EQ(during.changes_at, during.until);
  ASSERT_EQ(during.holders.size(), 1U);
  EXPECT_EQ(during.holders[0].by, "ada");
  EXPECT_EQ(judge("2026-11-21T12:30:00").mode, Mode::kOpen) << "the end itself is open";
}

TEST_F(ScheduleTest, TheHardLimitEndsASwitchWithoutAnEndAlone) {
  schedule_.set_hard_limit(hours(2));
  switch_to(Mode::kReadOnly, "2026-11-21T12:00:00");
  const Verdict during = judge("2026-11-21T13:59:59");
  EXPECT_EQ(during.mode, Mode::kReadOnly);
  EXPECT_EQ(during.until, at("2026-11-21T14:00:00")) << "then it opens, whoever has forgotten it";
  EXPECT_EQ(during.changes_at, at("2026-11-21T14:00:00"));
  EXPECT_EQ(judge("2026-11-21T14:00:00").mode, Mode::kOpen);
  switch_to(Mode::kReadOnly, "2026-11-21T12:00:00", at("2026-11-21T18:00:00"));
  EXPECT_EQ(judge("2026-11-21T17:00:00").mode, Mode::kReadOnly);
}

TEST_F(ScheduleTest, AWindowIsAnnouncedBeginsAndEnds) {
  schedule_.put_window(window("w-1", "2026-11-22T02:00:00", "2026-11-22T04:00:00"), 1);
  const Verdict before = judge("2026-11-22T01:59:59");
  EXPECT_EQ(before.mode, Mode::kOpen);
  EXPECT_EQ(before.lifecycle, Lifecycle::kAnnounced);
  ASSERT_TRUE(before.next.has_value());
  EXPECT_EQ(before.next->window, "w-1");
  EXPECT_EQ(before.next->start, at("2026-11-22T02:00:00"));
  EXPECT_EQ(before.changes_at, before.next->start);
  const Verdict during = judge("2026-11-22T02:00:00");
  EXPECT_EQ(during.mode, Mode::kMaintenance);
  EXPECT_EQ(during.holders.at(0).id, "w-1");
  EXPECT_EQ(during.until, at("2026-11-22T04:00:00"));
  EXPECT_FALSE(during.next.has_value());
  EXPECT_EQ(judge("2026-11-22T04:00:00").lifecycle, Lifecycle::kOpen);
  EXPECT_EQ(judge("2026-11-22T03:00:00").mode, Mode::kMaintenance) << "a clock set back by an hour";
}

TEST_F(ScheduleTest, TheStricterModeWinsAndSaysWhichHoldsIt) {
  schedule_.put_window(window("w-read", "2026-11-22T00:00:00", "2026-11-22T06:00:00", Mode::kReadOnly), 1);
  schedule_.put_window(window("w-full", "2026-11-22T02:00:00", "2026-11-22T03:00:00"), 2);
  const Verdict during = judge("2026-11-22T02:30:00");
  EXPECT_EQ(during.mode, Mode::kMaintenance);
  EXPECT_EQ(during.holders.at(0).id, "w-full");
  EXPECT_EQ(during.holders.at(1).id, "w-read");
  EXPECT_EQ(during.since, at("2026-11-22T02:00:00"));
  EXPECT_EQ(during.until, at("2026-11-22T03:00:00"));
  const Verdict after = judge("2026-11-22T03:00:00");
  EXPECT_EQ(after.mode, Mode::kReadOnly);
  EXPECT_EQ(after.since, at("2026-11-22T00:00:00"));
}

TEST_F(ScheduleTest, UntilIsTheLastEndOfThoseThatHoldTheMode) {
  schedule_.put_window(window("w-1", "2026-11-22T02:00:00", "2026-11-22T04:00:00"), 1);
  switch_to(Mode::kMaintenance, "2026-11-22T01:00:00", at("2026-11-22T03:00:00"));
  EXPECT_EQ(judge("2026-11-22T02:30:00").until, at("2026-11-22T04:00:00"));
  EXPECT_EQ(judge("2026-11-22T02:30:00").since, at("2026-11-22T01:00:00"));
  switch_to(Mode::kMaintenance, "2026-11-22T01:00:00");
  EXPECT_EQ(judge("2026-11-22T02:30:00").until, std::nullopt) << "one of them has no end";
}

TEST_F(ScheduleTest, OffEndsAWindowUnderWayButNotTheNextOne) {
  model::Window daily = window("w-1", "2026-11-20T02:00:00", "2026-11-20T04:00:00");
  daily.rule = "FREQ=DAILY";
  schedule_.put_window(daily, 1);
  close_through("2026-11-21T03:00:00");
  EXPECT_EQ(judge("2026-11-21T03:00:01").mode, Mode::kOpen);
  EXPECT_EQ(judge("2026-11-21T03:00:01").lifecycle, Lifecycle::kAnnounced);
  EXPECT_EQ(judge("2026-11-22T02:00:00").mode, Mode::kMaintenance);
}

TEST_F(ScheduleTest, AWindowPlannedAfterOffHoldsEvenWhereItBeganBefore) {
  close_through("2026-11-22T02:30:00");
  model::Window late = window("w-1", "2026-11-22T02:00:00", "2026-11-22T04:00:00");
  late.created = at("2026-11-22T02:31:00");
  schedule_.put_window(late, 1);
  EXPECT_EQ(judge("2026-11-22T02:31:00").mode, Mode::kMaintenance);
  close_through("2026-11-22T02:32:00");
  EXPECT_EQ(judge("2026-11-22T02:32:00").mode, Mode::kOpen);
}

TEST_F(ScheduleTest, AWindowThatStaysIsOverdueUntilOff) {
  model::Window stays = window("w-1", "2026-11-22T02:00:00", "2026-11-22T04:00:00");
  stays.at_end = model::AtEnd::kStay;
  schedule_.put_window(stays, 1);
  const Verdict overdue = judge("2026-11-23T09:00:00");
  EXPECT_EQ(overdue.mode, Mode::kMaintenance) << "long after, and whatever was down meanwhile";
  EXPECT_EQ(overdue.lifecycle, Lifecycle::kOverdue);
  EXPECT_EQ(overdue.until, std::nullopt) << "clients are promised nothing";
  EXPECT_TRUE(overdue.holders.at(0).overdue);
  EXPECT_EQ(overdue.holders.at(0).until, at("2026-11-22T04:00:00"));
  close_through("2026-11-23T09:05:00");
  EXPECT_EQ(judge("2026-11-23T09:05:00").mode, Mode::kOpen);
}

TEST_F(ScheduleTest, ReopeningLastsAsLongAsItsRamp) {
  model::Switch value;
  value.reopening_until = at("2026-11-21T12:10:00");
  value.closed_through = at("2026-11-21T12:00:00");
  schedule_.put_switch(kId, value, 1);
  EXPECT_EQ(judge("2026-11-21T12:09:59").lifecycle, Lifecycle::kReopening);
  EXPECT_EQ(judge("2026-11-21T12:09:59").changes_at, at("2026-11-21T12:10:00"));
  EXPECT_EQ(judge("2026-11-21T12:10:00").lifecycle, Lifecycle::kOpen);
}

TEST_F(ScheduleTest, AFlagFileHoldsBesideTheOthers) {
  FlagHold flag{"/run/shop.flag", {Mode::kMaintenance, at("2026-11-21T11:00:00"), false}};
  switch_to(Mode::kReadOnly, "2026-11-21T10:00:00");
  const Verdict verdict = schedule_.judge(kGroup, kId, &flag, at("2026-11-21T12:00:00"));
  EXPECT_EQ(verdict.mode, Mode::kMaintenance);
  EXPECT_EQ(verdict.holders.at(0).id, "/run/shop.flag");
  flag.flag.mode = Mode::kOpen;
  EXPECT_EQ(schedule_.judge(kGroup, kId, &flag, at("2026-11-21T12:00:00")).mode, Mode::kReadOnly);
}

TEST_F(ScheduleTest, DroppedIsForgotten) {
  switch_to(Mode::kMaintenance, "2026-11-21T10:00:00");
  schedule_.put_window(window("w-1", "2026-11-21T02:00:00", "2026-11-22T04:00:00"), 1);
  schedule_.drop_switch(kId);
  EXPECT_EQ(judge("2026-11-21T12:00:00").holders.size(), 1U);
  schedule_.drop_window("w-1");
  EXPECT_EQ(judge("2026-11-21T12:00:00").mode, Mode::kOpen);
}

TEST_F(ScheduleTest, WindowsOfOtherGroupsAreOfNoAccount) {
  model::Window other = window("w-1", "2026-11-21T02:00:00", "2026-11-22T04:00:00");
  other.groups = {"docs"};
  schedule_.put_window(other, 1);
  EXPECT_EQ(judge("2026-11-21T12:00:00").mode, Mode::kOpen);
}

}  // namespace
}  // namespace understudy::state
