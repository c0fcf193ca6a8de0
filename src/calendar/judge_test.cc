#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calendar/occurrences.h"
#include "calendar/test_times.h"

namespace understudy::calendar {
namespace {

using testing::HasSubstr;

const WallTime kNow = utc("2026-11-21T20:15:30Z");

model::Window sound() { return window_of("Europe/Berlin", "2026-11-22T02:00:00", "2026-11-22T04:00:00"); }

/// "field: message" of all problems, a line each.
std::string problems(const model::Window& window, std::optional<WallTime> now = std::nullopt) {
  std::string text;
  for (const WindowProblem& problem : judge(window, now))
    text += problem.field + ": " + problem.message + "\n";
  return text;
}

TEST(Judge, FindsNothingInSoundWindows) {
  EXPECT_EQ(problems(sound(), kNow), "");
  for (const char* rule : {"FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SU", "FREQ=MONTHLY;BYDAY=-1SU",
                           "FREQ=DAILY;COUNT=10000", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
                           "FREQ=WEEKLY;UNTIL=20271231T235959Z;WKST=SU", "FREQ=DAILY;BYHOUR=2"}) {
    auto window = sound();
    window.rule = rule;
    EXPECT_EQ(problems(window, kNow), "") << rule;
  }
}

TEST(Judge, NamesTheFieldAndTheFault) {
  struct Case {
    void (*break_it)(model::Window&);
    const char* found;
  };
  using W = model::Window;
  const Case cases[] = {
      {[](W& w) { w.zone = "Europe/Berln"; },
       "zone: Europe/Berln is no time zone; did you mean Europe/Berlin?"},
      {[](W& w) { w.zone = "\x1b"; }, "zone: \\u001b is no time zone; expected an IANA name"},
      {[](W& w) { w.start = "tomorrow"; }, "start: \"tomorrow\" is no local time"},
      {[](W& w) { w.end = ""; }, "end: \"\" is no local time"},
      {[](W& w) { w.end = w.start; }, "end: the end is not after the start"},
      {[](W& w) { w.end = "2026-11-21T04:00:00"; }, "end: the end is not after the start"},
      {[](W& w) { w.end = "2026-12-23T02:00:01"; }, "end: an occurrence of 31d is too long"},
      {[](W& w) {
         w.start = "2026-03-29T02:10:00";
         w.end = "2026-03-29T02:50:00";
       },
       "end: the end is not after the start: daylight saving"},
      {[](W& w) { w.mode = model::Mode::kOpen; }, "mode: a window can't be open"},
      {[](W& w) { w.groups.clear(); }, "groups: no group"},
      {[](W& w) {
         w.groups = {"shop", ""};
       },
       "groups: no group"},
      {[](W& w) {
         w.texts = {{"en", {}}, {"EN", {}}};
       },
       "texts: EN is there twice"},
      {[](W& w) {
         w.texts = {{"e n", {}}};
       },
       "texts: \"e n\" is no language tag"},
      {[](W& w) {
         w.texts = {{"en", {"\xFF", ""}}};
       },
       "texts: the text in en is not UTF-8"},
      {[](W& w) { w.except = {"nonsense"}; }, "except: \"nonsense\" is no local time"},
      {[](W& w) { w.except = {w.start}; }, "except: nothing remains"},
      {[](W& w) { w.except.assign(1001, w.start); }, "except: too many"},
      {[](W& w) { w.rule = "weekly"; }, "rule: \"weekly\" is no part of a rule; expected for instance FREQ="},
      {[](W& w) { w.rule = "BYDAY=SU"; }, "rule: FREQ is missing"},
      {[](W& w) { w.rule = "FREQ=OFTEN"; }, "rule: FREQ=OFTEN is no rule"},
      {[](W& w) { w.rule = "FREQ=SECONDLY"; }, "rule: it repeats more often than daily"},
      {[](W& w) { w.rule = "FREQ=MINUTELY"; }, "rule: it repeats more often than daily"},
      {[](W& w) { w.rule = "FREQ=HOURLY;COUNT=2"; }, "rule: it repeats more often than daily"},
      {[](W& w) { w.rule = "FREQ=DAILY;BYHOUR=2,3"; }, "rule: it repeats more often than daily"},
      {[](W& w) { w.rule = "FREQ=DAILY;COUNT=3;UNTIL=20301231"; }, "rule: COUNT and UNTIL"},
      {[](W& w) { w.rule = "FREQ=DAILY;COUNT=10001"; }, "rule: COUNT is at most"},
      {[](W& w) { w.rule = "FREQ=DAILY;COUNT=0"; }, "rule: FREQ=DAILY;COUNT=0 is no rule"},
      {[](W& w) { w.rule = "FREQ=DAILY;INTERVAL=0"; }, "rule: FREQ=DAILY;INTERVAL=0 is no rule"},
      {[](W& w) { w.rule = "FREQ=DAILY;UNTIL=2030"; }, "rule: UNTIL=2030 is no time"},
      {[](W& w) { w.rule = "FREQ=DAILY;FREQ=DAILY"; }, "rule: FREQ is there twice"},
      {[](W& w) { w.rule = "FREQ=WEEKLY;BYDAY=XX"; }, "rule: FREQ=WEEKLY;BYDAY=XX is no rule"},
      {[](W& w) { w.rule = "FREQ=WEEKLY;BYDAY=1SU"; }, "rule: BYDAY has numbers"},
      {[](W& w) { w.rule = "RSCALE=HEBREW;FREQ=YEARLY"; }, "rule: RSCALE is not known"},
      {[](W& w) { w.rule = "FREQ=DAILY\r\nX:1"; }, "rule: FREQ can't be"},
      {[](W& w) { w.rule = "FREQ=DAILY;UNTIL=20200101"; }, "rule: it never takes place"},
      {[](W& w) { w.rule = "FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2"; }, "rule: it never takes place"},
      {[](W& w) { w.rule = "FREQ=MONTHLY;BYMONTH=4,6;BYMONTHDAY=31,-31"; }, "rule: it never takes place"},
      {[](W& w) { w.rule = "FREQ=DAILY;INTERVAL=7;BYDAY=MO"; }, "rule: it never takes place"},
  };
  for (const Case& c : cases) {
    auto window = sound();
    c.break_it(window);
    EXPECT_THAT(problems(window, std::nullopt), HasSubstr(c.found));
  }
}

TEST(Judge, AllOfItAtOnce) {
  auto window = sound();
  window.zone = "Nowhere/Land";
  window.end = window.start;
  window.mode = model::Mode::kOpen;
  EXPECT_EQ(judge(window, kNow).size(), 3U);
}

TEST(Judge, AnEndThatHasPassed) {
  auto window = sound();
  EXPECT_EQ(problems(window, utc("2026-11-22T02:59:59Z")), "");
  EXPECT_THAT(problems(window, utc("2026-11-22T03:00:00Z")),
              HasSubstr("end: the end has passed: Sun 22 Nov 2026 04:00 CET"));
  EXPECT_EQ(problems(window), "");
  window.rule = "FREQ=WEEKLY";
  EXPECT_EQ(problems(window, utc("2036-11-22T03:00:00Z")), "");
}

}  // namespace
}  // namespace understudy::calendar
