#include "calendar/occurrences.h"

#include <algorithm>
#include <chrono>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calendar/test_times.h"

namespace understudy::calendar {
namespace {

using testing::ElementsAre;

std::vector<std::string> starts(const model::Window& window, const char* from, const char* to) {
  EXPECT_TRUE(judge(window, std::nullopt).empty()) << judge(window, std::nullopt).front().message;
  std::vector<std::string> texts;
  for (const Occurrence& o : Recurrence(window).between(utc(from), utc(to), 100))
    texts.push_back(text_of(o.start));
  return texts;
}

std::string text_of(const std::optional<Occurrence>& occurrence) {
  if (!occurrence) return "none";
  return calendar::text_of(occurrence->start) + " " + calendar::text_of(occurrence->end);
}

TEST(Recurrence, OnceBeforeWhileAndAfter) {
  auto window = window_of("Europe/Berlin", "2026-11-22T02:00:00", "2026-11-22T04:00:00");
  const Recurrence once(window);
  const std::string whole = "2026-11-22T01:00:00 2026-11-22T03:00:00";
  const auto before = once.at(utc("2026-11-22T00:59:59Z"));
  EXPECT_EQ(text_of(before.next), whole);
  EXPECT_FALSE(before.current || before.last);
  const auto begin = once.at(utc("2026-11-22T01:00:00Z"));
  EXPECT_EQ(text_of(begin.current), whole);
  EXPECT_FALSE(begin.next || begin.last);
  const auto end = once.at(utc("2026-11-22T03:00:00Z"));
  EXPECT_EQ(text_of(end.last), whole);
  EXPECT_FALSE(end.current || end.next);
  EXPECT_EQ(text_of(once.at(utc("2096-11-22T03:00:00Z")).last), whole);
  window.created = utc("2026-11-22T03:00:00Z");
  EXPECT_FALSE(Recurrence(window).at(utc("2026-11-23T00:00:00Z")).last);
}

TEST(Recurrence, KeepsItsTimeOfDayAcrossDaylightSaving) {
  EXPECT_THAT(starts(window_of("Europe/Berlin", "2026-03-28T02:30:00", "2026-03-28T04:00:00", "FREQ=DAILY"),
                     "2026-03-27T00:00:00Z", "2026-03-31T00:00:00Z"),
              ElementsAre("2026-03-28T01:30:00", "2026-03-29T01:00:00", "2026-03-30T00:30:00"));
  const Recurrence spring(
      window_of("Europe/Berlin", "2026-03-28T02:30:00", "2026-03-28T04:00:00", "FREQ=DAILY"));
  EXPECT_EQ(text_of(spring.at(utc("2026-03-29T01:30:00Z")).current),
            "2026-03-29T01:00:00 2026-03-29T02:00:00");
  const Recurrence autumn(
      window_of("Europe/Berlin", "2026-10-24T02:30:00", "2026-10-24T04:00:00", "FREQ=DAILY"));
  EXPECT_EQ(text_of(autumn.at(utc("2026-10-25T01:30:00Z")).current),
            "2026-10-25T00:30:00 2026-10-25T03:00:00");
  const Recurrence howe(
      window_of("Australia/Lord_Howe", "2026-10-03T02:15:00", "2026-10-03T03:00:00", "FREQ=DAILY"));
  EXPECT_EQ(text_of(howe.at(utc("2026-10-03T15:30:00Z")).current), "2026-10-03T15:30:00 2026-10-03T16:00:00");
  // All of it in the hour that is skipped: that day it doesn't take place.
  EXPECT_THAT(starts(window_of("Europe/Berlin", "2026-03-28T02:10:00", "2026-03-28T02:40:00", "FREQ=DAILY"),
                     "2026-03-27T00:00:00Z", "2026-03-31T00:00:00Z"),
              ElementsAre("2026-03-28T01:10:00", "2026-03-30T00:10:00"));
  EXPECT_THAT(starts(window_of("Europe/Berlin", "2026-03-01T02:00:00", "2026-03-01T03:00:00", "FREQ=WEEKLY"),
                     "2045-03-24T00:00:00Z", "2045-04-10T00:00:00Z"),
              ElementsAre("2045-04-02T00:00:00", "2045-04-09T00:00:00"));
}

TEST(Recurrence, TheGrammarOfRules) {
  const auto of = [](const char* rule) {
    return window_of("UTC", "2026-01-04T02:00:00", "2026-01-04T03:00:00", rule);
  };
  const char* from = "2026-01-01T00:00:00Z";
  const char* to = "2026-03-01T00:00:00Z";
  EXPECT_THAT(starts(of("FREQ=WEEKLY;BYDAY=SU;COUNT=3"), from, to),
              ElementsAre("2026-01-04T02:00:00", "2026-01-11T02:00:00", "2026-01-18T02:00:00"));
  EXPECT_THAT(starts(of("FREQ=DAILY;UNTIL=20260106T020000Z"), from, to),
              ElementsAre("2026-01-04T02:00:00", "2026-01-05T02:00:00", "2026-01-06T02:00:00"));
  EXPECT_THAT(starts(of("FREQ=DAILY;UNTIL=20260106T015959Z"), from, to),
              ElementsAre("2026-01-04T02:00:00", "2026-01-05T02:00:00"));
  EXPECT_THAT(starts(of("freq=daily;until=20260105"), from, to),
              ElementsAre("2026-01-04T02:00:00", "2026-01-05T02:00:00"));
  EXPECT_THAT(starts(of("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"), from, "2026-02-05T00:00:00Z"),
              ElementsAre("2026-01-04T02:00:00", "2026-01-18T02:00:00", "2026-02-01T02:00:00"));
  EXPECT_THAT(starts(of("FREQ=MONTHLY;BYDAY=SU;BYSETPOS=-1"), from, to),
              ElementsAre("2026-01-04T02:00:00", "2026-01-25T02:00:00", "2026-02-22T02:00:00"));
  EXPECT_THAT(starts(of("FREQ=MONTHLY;BYDAY=1SU"), from, to),
              ElementsAre("2026-01-04T02:00:00", "2026-02-01T02:00:00"));
  EXPECT_THAT(
      starts(of("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"), "2027-01-01T00:00:00Z", "2037-01-01T00:00:00Z"),
      ElementsAre("2028-02-29T02:00:00", "2032-02-29T02:00:00", "2036-02-29T02:00:00"));
}

TEST(Recurrence, TheStartIsTheFirstWhateverTheRuleSays) {
  const auto window =
      window_of("UTC", "2026-01-06T02:00:00", "2026-01-06T03:00:00", "FREQ=WEEKLY;BYDAY=SU;COUNT=3");
  EXPECT_THAT(starts(window, "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z"),
              ElementsAre("2026-01-06T02:00:00", "2026-01-11T02:00:00", "2026-01-18T02:00:00"));
}

TEST(Recurrence, ExceptionsAreLeftOutButCounted) {
  auto window =
      window_of("Europe/Berlin", "2026-01-04T02:00:00", "2026-01-04T03:00:00", "FREQ=DAILY;COUNT=4");
  window.except = {"2026-01-06T02:00", "2026-01-05T02:00:00"};
  EXPECT_THAT(starts(window, "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z"),
              ElementsAre("2026-01-04T01:00:00", "2026-01-07T01:00:00"));
}

TEST(Recurrence, UntilInTheHourThatIsDoubled) {
  // 02:10 the second time: the first 02:30 is over by then, and counts.
  EXPECT_THAT(starts(window_of("Europe/Berlin", "2026-10-24T02:30:00", "2026-10-24T04:00:00",
                               "FREQ=DAILY;UNTIL=20261025T011000Z"),
                     "2026-10-20T00:00:00Z", "2026-11-01T00:00:00Z"),
              ElementsAre("2026-10-24T00:30:00", "2026-10-25T00:30:00"));
  EXPECT_THAT(starts(window_of("Europe/Berlin", "2026-10-24T02:30:00", "2026-10-24T04:00:00",
                               "FREQ=DAILY;UNTIL=20261025T001000Z"),
                     "2026-10-20T00:00:00Z", "2026-11-01T00:00:00Z"),
              ElementsAre("2026-10-24T00:30:00"));
}

TEST(Recurrence, OfSeveralUnderWayTheOneThatEndsLast) {
  const Recurrence long_one(window_of("UTC", "2026-01-01T02:00:00", "2026-01-04T04:00:00", "FREQ=DAILY"));
  const auto moment = long_one.at(utc("2026-02-10T03:00:00Z"));
  EXPECT_EQ(text_of(moment.current), "2026-02-10T02:00:00 2026-02-13T04:00:00");
  EXPECT_EQ(text_of(moment.last), "2026-02-06T02:00:00 2026-02-09T04:00:00");
  EXPECT_EQ(text_of(moment.next), "2026-02-11T02:00:00 2026-02-14T04:00:00");
  EXPECT_EQ(long_one.between(utc("2026-02-10T03:00:00Z"), utc("2026-02-10T03:00:01Z"), 100).size(), 4U);
  EXPECT_EQ(long_one.between(utc("2026-02-10T03:00:00Z"), utc("2099-02-10T03:00:01Z"), 7).size(), 7U);
}

TEST(Recurrence, LooksBackAsFarAsNeeded) {
  const Recurrence yearly(window_of("Europe/Berlin", "2016-02-29T02:00:00", "2016-02-29T03:00:00",
                                    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"));
  EXPECT_EQ(text_of(yearly.at(utc("2031-12-01T00:00:00Z")).last), "2028-02-29T01:00:00 2028-02-29T02:00:00");
  const Recurrence over(
      window_of("UTC", "2016-01-01T02:00:00", "2016-01-01T03:00:00", "FREQ=DAILY;COUNT=100"));
  EXPECT_EQ(text_of(over.at(utc("2056-12-01T00:00:00Z")).last), "2016-04-09T02:00:00 2016-04-09T03:00:00");
  EXPECT_EQ(text_of(over.at(utc("2056-12-01T00:00:00Z")).next), "none");
}

/// Slowly, from the beginning, what at() finds from the middle.
void compare_with_all(const model::Window& window) {
  ASSERT_TRUE(judge(window, std::nullopt).empty())
      << window.rule << ": " << judge(window, std::nullopt)[0].message;
  const Recurrence recurrence(window);
  const auto all = recurrence.between(utc("2015-01-01T00:00:00Z"), utc("2045-01-01T00:00:00Z"), 100'000);
  ASSERT_FALSE(all.empty()) << window.rule;
  for (WallTime now = utc("2016-01-01T00:00:00Z"); now < utc("2038-01-01T00:00:00Z");
       now += std::chrono::hours(4999)) {
    WindowMoment expected;
    for (const Occurrence& o : all) {
      if (expected.next) break;
      if (o.end <= now) expected.last = o;
      if (o.start <= now && o.end > now) expected.current = o;
      if (o.start > now && !expected.next) expected.next = o;
    }
    const WindowMoment moment = recurrence.at(now);
    ASSERT_EQ(moment.last, expected.last)
        << window.rule << text_of(moment.last) << text_of(expected.last) << calendar::text_of(now);
    ASSERT_EQ(moment.current, expected.current) << window.rule << calendar::text_of(now);
    if (!expected.next) continue;  // beyond what was looked at
    ASSERT_EQ(moment.next, expected.next)
        << window.rule << text_of(moment.next) << text_of(expected.next) << calendar::text_of(now);
  }
}

TEST(Recurrence, FromTheMiddleAsFromTheBeginning) {
  for (const char* rule : {"",
                           "FREQ=DAILY",
                           "FREQ=DAILY;INTERVAL=11",
                           "FREQ=DAILY;BYDAY=MO,TU",
                           "FREQ=DAILY;BYMONTH=3;BYMONTHDAY=1,-1",
                           "FREQ=WEEKLY",
                           "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,WE",
                           "FREQ=WEEKLY;INTERVAL=5;WKST=SU;BYDAY=MO,SU",
                           "FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1",
                           "FREQ=MONTHLY",
                           "FREQ=MONTHLY;BYMONTHDAY=31",
                           "FREQ=MONTHLY;BYDAY=2TU,-1SU",
                           "FREQ=MONTHLY;INTERVAL=7;BYDAY=SA;BYSETPOS=2",
                           "FREQ=MONTHLY;BYMONTHDAY=-2",
                           "FREQ=YEARLY",
                           "FREQ=YEARLY;INTERVAL=3",
                           "FREQ=YEARLY;BYDAY=20MO",
                           "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO",
                           "FREQ=YEARLY;BYYEARDAY=1,100,-1",
                           "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU",
                           "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
                           "FREQ=WEEKLY;COUNT=200",
                           "FREQ=MONTHLY;UNTIL=20220101T000000Z",
                           "FREQ=YEARLY;BYMONTH=1,6;BYDAY=MO;BYSETPOS=3"}) {
    for (const char* end : {"2016-03-14T03:00:00", "2016-03-30T02:30:00"}) {
      ASSERT_NO_FATAL_FAILURE(compare_with_all(window_of("Europe/Berlin", "2016-03-14T02:30:00", end, rule)))
          << rule;
    }
  }
}

std::string any_rule(std::minstd_rand& random) {
  const auto pick = [&random](std::initializer_list<const char*> choices) {
    return std::string(choices.begin()[random() % choices.size()]);
  };
  const std::string freq = pick({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"});
  std::string rule = "FREQ=" + freq;
  if (random() % 2 == 0) rule += ";INTERVAL=" + std::to_string(random() % 5 + 1);
  if (random() % 3 == 0) rule += ";BYMONTH=" + pick({"3", "1,6", "2", "10,11,12", "4,9"});
  if (freq != "WEEKLY" && random() % 3 == 0)
    rule += ";BYMONTHDAY=" + pick({"1", "31", "-1", "13,14,15", "29", "-31,7"});
  if (freq == "YEARLY" && random() % 4 == 0) rule += ";BYYEARDAY=" + pick({"1", "366", "-1", "100,200"});
  if (random() % 2 == 0) {
    rule +=
        ";BYDAY=" + (freq == "DAILY" || freq == "WEEKLY" ? pick({"SU", "MO,TU", "SA,SU,WE", "FR"})
                                                         : pick({"SU", "MO,TU", "1SU", "-1FR,2MO", "5WE"}));
  }
  if (random() % 4 == 0 && rule.find("BYDAY") != std::string::npos)
    rule += ";BYSETPOS=" + pick({"1", "-1", "2"});
  if (random() % 4 == 0) rule += ";WKST=" + pick({"SU", "WE", "MO"});
  return rule;
}

TEST(Recurrence, FromTheMiddleAsFromTheBeginningWithAnyRule) {
  std::minstd_rand random(20261121);  // NOLINT: the same ones each time
  int compared = 0;
  for (int i = 0; i < 60; ++i) {
    const auto window =
        window_of("America/New_York", "2016-03-14T02:30:00", "2016-03-15T02:40:00", any_rule(random));
    if (!judge(window, std::nullopt).empty()) continue;
    ASSERT_NO_FATAL_FAILURE(compare_with_all(window)) << window.rule;
    ++compared;
  }
  EXPECT_GT(compared, 30);
}

}  // namespace
}  // namespace understudy::calendar
