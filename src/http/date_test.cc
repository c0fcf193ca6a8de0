#include "http/date.h"

#include <chrono>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace understudy::http {
namespace {

using std::chrono::seconds;

WallTime at(std::int64_t since_1970) { return WallTime(seconds(since_1970)); }

TEST(Date, WritesImfFixdates) {
  EXPECT_EQ(format_http_date(at(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110 section 5.6.7
  EXPECT_EQ(format_http_date(at(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(format_http_date(at(951782400)), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(format_http_date(at(1709251199)), "Thu, 29 Feb 2024 23:59:59 GMT");
  EXPECT_EQ(format_http_date(at(1709251200)), "Fri, 01 Mar 2024 00:00:00 GMT");
  EXPECT_EQ(format_http_date(at(4107542400)), "Mon, 01 Mar 2100 00:00:00 GMT") << "2100 is no leap year";
  EXPECT_EQ(format_http_date(at(784111777) + std::chrono::milliseconds(999)),
            "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(at(-1)), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(Date, WritesRfc3339) {
  EXPECT_EQ(format_rfc3339(at(784111777)), "1994-11-06T08:49:37Z");
  EXPECT_EQ(format_rfc3339(at(1709251199)), "2024-02-29T23:59:59Z");
}

TEST(Date, ReadsBackWhatItWrites) {
  // A step that shares no factor with a day's seconds: every day of the year and time of day comes up.
  for (std::int64_t second = 0; second < 6'000'000'000; second += 7'654'321) {
    const auto time = parse_http_date(format_http_date(at(second)));
    ASSERT_TRUE(time) << second;
    ASSERT_EQ(*time, at(second));
  }
}

TEST(Date, KnowsLeapYears) {
  EXPECT_TRUE(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT"));
  EXPECT_TRUE(parse_http_date("Tue, 29 Feb 2000 00:00:00 GMT"));
  EXPECT_FALSE(parse_http_date("Wed, 29 Feb 2023 00:00:00 GMT"));
  EXPECT_FALSE(parse_http_date("Mon, 29 Feb 2100 00:00:00 GMT"));
}

TEST(Date, ReadsALeapSecond) {
  EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT"),
            parse_http_date("Sun, 01 Jan 2017 00:00:00 GMT"));
}

TEST(Date, ReadsNothingElse) {
  for (const std::string_view text : {"",
                                      "0",
                                      "Sunday, 06-Nov-94 08:49:37 GMT",
                                      "Sun Nov  6 08:49:37 1994",
                                      "Sun, 06 Nov 1994 08:49:37 UTC",
                                      "Sun, 06 Nov 1994 08:49:37 gmt",
                                      "Sun, 06 Nov 1994 08:49:37 GMT ",
                                      " Sun, 06 Nov 1994 08:49:37 GMT",
                                      "Sun, 6 Nov 1994 08:49:37 GMT",
                                      "Sun,  6 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 nov 1994 08:49:37 GMT",
                                      "Sun, 00 Nov 1994 08:49:37 GMT",
                                      "Sun, 31 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 24:00:00 GMT",
                                      "Sun, 06 Nov 1994 08:60:37 GMT",
                                      "Sun, 06 Nov 1994 08:49:61 GMT",
                                      "Sun, 06 Nov -994 08:49:37 GMT",
                                      "Sun, +6 Nov 1994 08:49:37 GMT",
                                      "Sun, 06-Nov-1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 08.49.37 GMT",
                                      "Sun, 06 Nov 1994T08:49:37 GMT"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

TEST(Date, TakesAnyYearThatFourDigitsCanName) {
  // Neither end of them fits into the nanoseconds of the system's clock.
  const auto far = parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT");
  ASSERT_TRUE(far);
  EXPECT_EQ(far->time_since_epoch(), seconds(253'402'300'799));
  const auto early = parse_http_date("Sat, 01 Jan 0000 00:00:00 GMT");
  ASSERT_TRUE(early);
  EXPECT_LT(early->time_since_epoch(), seconds(0));
}

TEST(Date, WritesRfc3339ToTheMillisecond) {
  using std::chrono::milliseconds;
  EXPECT_EQ(format_rfc3339_exact(at(784111777)), "1994-11-06T08:49:37Z");
  EXPECT_EQ(format_rfc3339_exact(at(784111777) + milliseconds(7)), "1994-11-06T08:49:37.007Z");
  EXPECT_EQ(format_rfc3339_exact(at(0) - milliseconds(1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_rfc3339_exact(at(0) + std::chrono::microseconds(999)), "1970-01-01T00:00:00Z");
}

TEST(Date, ReadsRfc3339) {
  using std::chrono::milliseconds;
  EXPECT_EQ(parse_rfc3339("1994-11-06T08:49:37Z"), at(784111777));
  EXPECT_EQ(parse_rfc3339("1994-11-06t08:49:37z"), at(784111777));
  EXPECT_EQ(parse_rfc3339("1994-11-06T09:49:37+01:00"), at(784111777));
  EXPECT_EQ(parse_rfc3339("1994-11-05T23:19:37-09:30"), at(784111777));
  EXPECT_EQ(parse_rfc3339("1994-11-06T08:49:37.5Z"), at(784111777) + milliseconds(500));
  EXPECT_EQ(parse_rfc3339("1994-11-06T08:49:37.0079Z"), at(784111777) + milliseconds(7));
  EXPECT_EQ(parse_rfc3339("1994-11-06T08:49:37.123456789123456789Z"), at(784111777) + milliseconds(123));
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
  EXPECT_TRUE(parse_rfc3339("2261-12-31T23:59:59.999Z"));
  EXPECT_TRUE(parse_rfc3339("1678-01-01T00:00:00Z"));
}

TEST(Date, ReadsBackItsRfc3339) {
  for (std::int64_t second = -6'000'000'000; second < 6'000'000'000; second += 7'654'321) {
    const WallTime time = at(second) + std::chrono::milliseconds(second % 1000);
    ASSERT_EQ(parse_rfc3339(format_rfc3339_exact(time)), time) << second;
  }
}

TEST(Date, ReadsNoOtherRfc3339) {
  for (const std::string_view text : {"",
                                      "1994-11-06",
                                      "1994-11-06T08:49Z",
                                      "1994-11-06T08:49:37",
                                      "1994-11-06 08:49:37Z",
                                      "1994-11-06T08:49:37.Z",
                                      "1994-11-06T08:49:37,5Z",
                                      "1994-11-06T08:49:37+0100",
                                      "1994-11-06T08:49:37+24:00",
                                      "1994-11-06T08:49:37+01:60",
                                      "1994-11-06T08:49:37Z ",
                                      " 1994-11-06T08:49:37Z",
                                      "1994-13-06T08:49:37Z",
                                      "1994-02-29T08:49:37Z",
                                      "1994-11-06T24:00:00Z",
                                      "1994-11-06T08:60:37Z",
                                      "1994-11-06T08:49:61Z",
                                      "-994-11-06T08:49:37Z",
                                      "1994-11-06T+8:49:37Z",
                                      "1677-12-31T23:59:59Z",
                                      "2262-01-01T00:00:00Z",
                                      "9999-12-31T23:59:59Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

}  // namespace
}  // namespace understudy::http
