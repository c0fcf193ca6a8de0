#include "calendar/time_text.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calendar/test_times.h"

namespace understudy::calendar {
namespace {

using testing::HasSubstr;

// A Saturday.
const WallTime kNow = utc("2026-11-21T20:15:30Z") + std::chrono::milliseconds(250);
const std::string kBerlin = "Europe/Berlin";  // 21:15:30 there

struct Case {
  const char* text;
  const char* utc;
  const char* local;
  const char* zone;
};

TEST(ParseTime, FormsOfAMoment) {
  const Case cases[] = {
      {"2026-11-22T02:00:00Z", "2026-11-22T02:00:00", "2026-11-22T02:00:00", "UTC"},
      {"2026-11-22T02:00:00+01:00", "2026-11-22T01:00:00", "2026-11-22T01:00:00", "UTC"},
      {"2026-11-22 02:00:00.75-05:30", "2026-11-22T07:30:00", "2026-11-22T07:30:00", "UTC"},
      {"2026-11-22t02:00z", "2026-11-22T02:00:00", "2026-11-22T02:00:00", "UTC"},
      {"2026-11-22T02:00", "2026-11-22T01:00:00", "2026-11-22T02:00:00", "Europe/Berlin"},
      {"2026-11-22 02:00:05", "2026-11-22T01:00:05", "2026-11-22T02:00:05", "Europe/Berlin"},
      {"2026-11-22 at 02:00 America/New_York", "2026-11-22T07:00:00", "2026-11-22T02:00:00",
       "America/New_York"},
      {"22:30", "2026-11-21T21:30:00", "2026-11-21T22:30:00", "Europe/Berlin"},
      {"21:15", "2026-11-22T20:15:00", "2026-11-22T21:15:00", "Europe/Berlin"},
      {"2:05", "2026-11-22T01:05:00", "2026-11-22T02:05:00", "Europe/Berlin"},
      {"22:30 utc", "2026-11-21T22:30:00", "2026-11-21T22:30:00", "UTC"},
      {"Tomorrow 02:00 europe/berlin", "2026-11-22T01:00:00", "2026-11-22T02:00:00", "Europe/Berlin"},
      {" tomorrow   at 02:00 ", "2026-11-22T01:00:00", "2026-11-22T02:00:00", "Europe/Berlin"},
      {"tomorrow 02:00 Asia/Kolkata", "2026-11-22T20:30:00", "2026-11-23T02:00:00", "Asia/Kolkata"},
      {"today 01:00", "2026-11-21T00:00:00", "2026-11-21T01:00:00", "Europe/Berlin"},
      {"fri 22:30", "2026-11-27T21:30:00", "2026-11-27T22:30:00", "Europe/Berlin"},
      {"SATURDAY at 22:30", "2026-11-21T21:30:00", "2026-11-21T22:30:00", "Europe/Berlin"},
      {"sat 21:15", "2026-11-28T20:15:00", "2026-11-28T21:15:00", "Europe/Berlin"},
      {"now", "2026-11-21T20:15:30", "2026-11-21T21:15:30", "Europe/Berlin"},
      {"NOW UTC", "2026-11-21T20:15:30", "2026-11-21T20:15:30", "UTC"},
      {"90m", "2026-11-21T21:45:30", "2026-11-21T22:45:30", "Europe/Berlin"},
      {"+90m", "2026-11-21T21:45:30", "2026-11-21T22:45:30", "Europe/Berlin"},
      {"in 2h30m", "2026-11-21T22:45:30", "2026-11-21T23:45:30", "Europe/Berlin"},
      {"In 2h 30m", "2026-11-21T22:45:30", "2026-11-21T23:45:30", "Europe/Berlin"},
      {"7d", "2026-11-28T20:15:30", "2026-11-28T21:15:30", "Europe/Berlin"},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_time(c.text, kNow, kBerlin);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error().message;
    EXPECT_EQ(text_of(parsed->time), c.utc) << c.text;
    EXPECT_EQ(parsed->local, c.local) << c.text;
    EXPECT_EQ(parsed->zone, c.zone) << c.text;
    EXPECT_EQ(parsed->note, "") << c.text;
    EXPECT_EQ(to_local(parsed->time, parsed->zone), parsed->local) << c.text;
  }
}

TEST(ParseTime, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "expected for instance 22:30"},
      {"   ", "expected for instance 22:30"},
      {"25:00", "25:00: no time of day; expected HH:MM up to 23:59"},
      {"24:00", "no time of day"},
      {"22:60", "no time of day"},
      {"22:30:60", "no time of day"},
      {"2230", "no time of day"},
      {"fri 2pm", "2pm: no time of day"},
      {"tomorrow", "a time of day is missing"},
      {"2026-11-22", "a time of day is missing"},
      {"tomorrow Europe/Berlin", "a time of day is missing"},
      {"2026-02-30 02:00", "no such day; the month's last is 28"},
      {"2026-13-01 02:00", "no such month"},
      {"1950-01-01 02:00", "expected 1970 to 2200"},
      {"2026-11-22T02:00:00+25:00", "no offset"},
      {"2026-11-22T02:00:00+0100", "no offset"},
      {"2026-11-22T02:00:00.Z", "no time of day"},
      {"tomorrow 02:00 Europe/Berln", "no such time zone; did you mean Europe/Berlin?"},
      {"tomorrow 02:00 Xyzzy", "expected an IANA name"},
      {"next tuesday 02:00", "not understood"},
      {"22:30 tomorrow", "no such time zone"},
      {"tomorrow 02:00 03:00", "not understood"},
      {"in 2h Europe/Berlin", "takes no time zone"},
      {"in", "no duration"},
      {"in 2x", "units are"},
      {"11y", "units are"},
      {"3654d", "at most ten years"},
      {"tomorrow\x1b[31m 02:00", "\\u001b"},
  };
  for (const auto& [text, message] : cases) {
    const auto parsed = parse_time(text, kNow, kBerlin);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr(message)) << text;
  }
  EXPECT_FALSE(parse_time(std::string(1'000'000, '1'), kNow, kBerlin));
  EXPECT_FALSE(parse_time("22:30", kNow, "Nowhere/Land"));
}

TEST(ParseTime, RefusesWhatDaylightSavingSkipsAndDoubles) {
  const auto skipped = parse_time("2026-03-29 02:30", kNow, kBerlin);
  ASSERT_FALSE(skipped);
  EXPECT_THAT(skipped.error().message, HasSubstr("2026-03-29T01:59:59+01:00 and 2026-03-29T03:00:00+02:00"));
  const auto doubled = parse_time("2026-11-01T01:30 America/New_York", kNow, kBerlin);
  ASSERT_FALSE(doubled);
  EXPECT_THAT(doubled.error().message,
              HasSubstr("2026-11-01T01:30:00-04:00 (EDT) or 2026-11-01T01:30:00-05:00 (EST)"));
  // Each alternative can be typed as it is offered.
  EXPECT_EQ(text_of(parse_time("2026-11-01T01:30:00-05:00", kNow, kBerlin)->time), "2026-11-01T06:30:00");
  EXPECT_FALSE(parse_time("02:30", utc("2026-03-28T22:00:00Z"), kBerlin));
  EXPECT_FALSE(parse_time("02:30", utc("2026-10-24T22:00:00Z"), kBerlin));
}

TEST(ParseTime, OfTwoTheOneToComeWithANote) {
  const auto second = parse_time("02:30", utc("2026-10-25T00:45:00Z"), kBerlin);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(text_of(second->time), "2026-10-25T01:30:00");
  EXPECT_THAT(second->note, HasSubstr("CET"));
}

TEST(ParseTime, ReadsWhatToLocalWrites) {
  for (const char* zone :
       {"Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "America/New_York", "UTC"}) {
    for (WallTime at = utc("2026-01-01T00:00:00Z"); at < utc("2046-01-01T00:00:00Z");
         at += std::chrono::minutes(99'991)) {
      const std::string local = to_local(at, zone);
      const auto parsed = parse_time(local + " " + zone, kNow, "UTC");
      if (!parsed) {
        EXPECT_THAT(parsed.error().message, HasSubstr("twice"));
        continue;
      }
      ASSERT_EQ(parsed->time, at) << local;
      ASSERT_EQ(from_local(local, zone), at) << local;
    }
  }
}

TEST(Span, BothWays) {
  using std::chrono::seconds;
  const std::pair<const char*, int> cases[] = {
      {"45s", 45},    {"90m", 5400},  {"1h30m", 5400},        {"2h 05m", 7500},
      {"2d", 172800}, {"1w", 604800}, {"1W2D3H4M5S", 788645}, {" 7d ", 604800}};
  for (const auto& [text, length] : cases) {
    const auto span = parse_span(text);
    ASSERT_TRUE(span) << text << span.error().message;
    EXPECT_EQ(*span, seconds(length)) << text;
  }
  for (const char* wrong : {"", "0s", "90", "1.5h", "30m1h", "1h1h", "-5m", "h", "5 m", "1hour",
                            "99999999999999999999s", "522w", "5m x"}) {
    const auto span = parse_span(wrong);
    ASSERT_FALSE(span) << wrong;
    EXPECT_THAT(span.error().message, HasSubstr("expected a duration such as")) << wrong;
  }
  const std::pair<int, const char*> described[] = {
      {0, "0s"},         {42, "42s"},   {60, "1m"},    {61, "1m 01s"},  {7500, "2h 05m"},   {7200, "2h"},
      {273600, "3d 4h"}, {86400, "1d"}, {86459, "1d"}, {864000, "10d"}, {-7500, "-2h 05m"}, {3659, "1h"}};
  for (const auto& [length, text] : described) EXPECT_EQ(describe_span(seconds(length)), text);
  // Two units at most: what they say is read as what they say, and no more is lost than the rest.
  for (int length = 1; length < 4'000'000; length += 977) {
    const auto again = parse_span(describe_span(seconds(length)));
    ASSERT_TRUE(again) << length;
    EXPECT_LE(*again, seconds(length));
    EXPECT_EQ(describe_span(*again), describe_span(seconds(length)));
    EXPECT_LT(seconds(length) - *again, length < 3600    ? seconds(1)
                                        : length < 86400 ? seconds(60)
                                                         : seconds(3600));
  }
}

TEST(DescribeTime, LocalAndUtc) {
  EXPECT_EQ(describe_time(utc("2026-11-22T01:00:00Z"), kBerlin), "Sun 22 Nov 2026 02:00 CET (01:00 UTC)");
  EXPECT_EQ(describe_time(utc("2026-11-21T23:00:00Z"), kBerlin),
            "Sun 22 Nov 2026 00:00 CET (Sat 21 Nov 23:00 UTC)");
  EXPECT_EQ(describe_time(utc("2026-07-01T10:00:05Z"), kBerlin),
            "Wed 1 Jul 2026 12:00:05 CEST (10:00:05 UTC)");
  EXPECT_EQ(describe_time(utc("2026-07-01T10:00:00Z"), "UTC"), "Wed 1 Jul 2026 10:00 UTC");
  EXPECT_EQ(describe_time(utc("2026-11-22T01:00:00Z"), "Nowhere/Land"), "Sun 22 Nov 2026 01:00 UTC");
}

TEST(LocalZone, ByVariableAndElseOneThatExists) {
  const char* before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "" : before;
  for (const char* value : {"Asia/Kolkata", ":Asia/Kolkata", ":/usr/share/zoneinfo/Asia/Kolkata"}) {
    setenv("TZ", value, 1);
    EXPECT_EQ(local_zone(), "Asia/Kolkata") << value;
  }
  setenv("TZ", "", 1);
  EXPECT_EQ(local_zone(), "UTC");
  setenv("TZ", "no such zone", 1);
  EXPECT_TRUE(is_zone(local_zone()));
  if (before == nullptr) {
    unsetenv("TZ");
  } else {
    setenv("TZ", kept.c_str(), 1);
  }
}

}  // namespace
}  // namespace understudy::calendar
