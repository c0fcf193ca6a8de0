#include "calendar/zone.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "calendar/test_times.h"

namespace understudy::calendar {
namespace {

using Kind = LocalMoments::Kind;

struct Case {
  const char* zone;
  const char* local;
  Kind kind;
  const char* first;
  const char* second;
};

TEST(Zone, LocalTimesAroundEveryKindOfChange) {
  const Case cases[] = {
      {"Europe/Berlin", "2026-03-29T01:59:59", Kind::kOnce, "2026-03-29T00:59:59", ""},
      {"Europe/Berlin", "2026-03-29T02:00:00", Kind::kSkipped, "2026-03-29T01:00:00", ""},
      {"Europe/Berlin", "2026-03-29T02:30:00", Kind::kSkipped, "2026-03-29T01:00:00", ""},
      {"Europe/Berlin", "2026-03-29T03:00:00", Kind::kOnce, "2026-03-29T01:00:00", ""},
      {"Europe/Berlin", "2026-10-25T02:00:00", Kind::kDoubled, "2026-10-25T00:00:00", "2026-10-25T01:00:00"},
      {"Europe/Berlin", "2026-10-25T02:59:59", Kind::kDoubled, "2026-10-25T00:59:59", "2026-10-25T01:59:59"},
      {"Europe/Berlin", "2026-10-25T03:00:00", Kind::kOnce, "2026-10-25T02:00:00", ""},
      {"Europe/Berlin", "2045-07-01T12:00:00", Kind::kOnce, "2045-07-01T10:00:00", ""},
      {"Europe/Berlin", "2045-03-26T02:30:00", Kind::kSkipped, "2045-03-26T01:00:00", ""},
      {"Europe/Berlin", "2199-12-01T12:00:00", Kind::kOnce, "2199-12-01T11:00:00", ""},
      {"America/New_York", "2026-03-08T02:30:00", Kind::kSkipped, "2026-03-08T07:00:00", ""},
      {"America/New_York", "2026-11-01T01:30:00", Kind::kDoubled, "2026-11-01T05:30:00",
       "2026-11-01T06:30:00"},
      {"Australia/Lord_Howe", "2026-10-04T02:15:00", Kind::kSkipped, "2026-10-03T15:30:00", ""},
      {"Australia/Lord_Howe", "2026-10-04T02:30:00", Kind::kOnce, "2026-10-03T15:30:00", ""},
      {"Australia/Lord_Howe", "2026-04-05T01:45:00", Kind::kDoubled, "2026-04-04T14:45:00",
       "2026-04-04T15:15:00"},
      {"Asia/Kolkata", "2026-06-01T12:00:00", Kind::kOnce, "2026-06-01T06:30:00", ""},
      {"Pacific/Apia", "2011-12-30T12:00:00", Kind::kSkipped, "2011-12-30T10:00:00", ""},
      {"Pacific/Apia", "2026-06-01T12:00:00", Kind::kOnce, "2026-05-31T23:00:00", ""},
      {"America/Godthab", "2040-03-24T22:30:00", Kind::kOnce, "2040-03-25T00:30:00", ""},
      {"Asia/Jerusalem", "2041-03-29T02:30:00", Kind::kSkipped, "2041-03-29T00:00:00", ""},
      {"UTC", "2026-03-29T02:30:00", Kind::kOnce, "2026-03-29T02:30:00", ""},
  };
  for (const Case& c : cases) {
    const auto zone = find_zone(c.zone);
    ASSERT_TRUE(zone) << c.zone;
    const LocalMoments moments = zone->moments(*parse_local(c.local));
    EXPECT_EQ(moments.kind, c.kind) << c.zone << c.local;
    EXPECT_EQ(text_of(moments.first), c.first) << c.zone << c.local;
    EXPECT_EQ(text_of(moments.second), *c.second == '\0' ? c.first : c.second) << c.zone << c.local;
  }
}

TEST(Zone, ThereAndBackAgainThroughEveryChange) {
  for (const char* name : {"Europe/Berlin", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe",
                           "Africa/Casablanca", "Asia/Gaza", "Pacific/Chatham", "America/St_Johns"}) {
    const auto zone = find_zone(name);
    ASSERT_TRUE(zone) << name;
    const Moment end = to_moment(utc("2060-01-01T00:00:00Z"));
    for (Moment at = to_moment(utc("2024-01-01T00:00:00Z")); at < end; at += std::chrono::minutes(907)) {
      const LocalMoments moments = zone->moments(zone->local(at));
      ASSERT_NE(moments.kind, Kind::kSkipped) << name;
      ASSERT_TRUE(moments.first == at || moments.second == at) << name << text_of(at);
    }
  }
}

TEST(Zone, NamesAreIanaNamesAlone) {
  EXPECT_TRUE(is_zone("Europe/Berlin"));
  EXPECT_TRUE(is_zone("Asia/Calcutta"));
  EXPECT_TRUE(is_zone("America/Argentina/Buenos_Aires"));
  EXPECT_TRUE(is_zone("Etc/GMT+5"));
  for (const char* name : {"", "europe/berlin", "Europe", "Europe/", "/etc/localtime", "../zoneinfo/UTC",
                           "Europe/../UTC", "zone.tab", "tzdata.zi", "posix/Europe/Berlin", "right/UTC",
                           "localtime", "Mars/Olympus", "Europe/Berlin\n"}) {
    EXPECT_FALSE(is_zone(name)) << name;
  }
  EXPECT_EQ(canonical_zone("europe/BERLIN"), "Europe/Berlin");
  EXPECT_EQ(similar_zone("Europe/Berln"), "Europe/Berlin");
  EXPECT_EQ(similar_zone("new york"), "America/New_York");
}

TEST(Zone, RulesOfThePosixForm) {
  EXPECT_TRUE(parse_zone_rule("CET-1CEST,M3.5.0,M10.5.0/3"));
  EXPECT_TRUE(parse_zone_rule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"));
  EXPECT_TRUE(parse_zone_rule("IST-5:30"));
  const auto by_day = parse_zone_rule("AAA3BBB,J60/0,364/-1:30");
  ASSERT_TRUE(by_day);
  const auto leap = changes_of_year(*by_day, std::chrono::year(2028));
  EXPECT_EQ(text_of(leap[0].at), "2028-03-01T03:00:00");
  EXPECT_EQ(text_of(leap[1].at), "2028-12-30T00:30:00");
  for (const char* wrong :
       {"", "CET", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M0.5.0,M10.5.0",
        "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1CEST,M3.6.0,M10.5.0", "CET-x"}) {
    EXPECT_FALSE(parse_zone_rule(wrong)) << wrong;
  }
}

TEST(Zone, FilesCutAtEveryByteAreNoZones) {
  std::ifstream in("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
  const std::string file(std::istreambuf_iterator<char>(in), {});
  ASSERT_TRUE(Zone::parse(file));
  for (std::size_t size = 0; size + 27 < file.size(); ++size)
    EXPECT_FALSE(Zone::parse(std::string_view(file).substr(0, size))) << size;
}

TEST(Zone, LocalTimesAsText) {
  EXPECT_EQ(format_local(*parse_local("2026-11-22T02:00")), "2026-11-22T02:00:00");
  for (const char* wrong :
       {"", "2026-11-22", "2026-11-22 02:00:00", "2026-11-31T02:00:00", "2026-11-22T24:00:00",
        "2026-11-22T02:60:00", "2026-11-22T02:00:60", "1969-11-22T02:00:00", "2201-11-22T02:00:00",
        "2026-11-22T02:00:00Z", "2026-1x-22T02:00:00"}) {
    EXPECT_FALSE(parse_local(wrong)) << wrong;
    EXPECT_FALSE(from_local(wrong, "UTC")) << wrong;
  }
}

}  // namespace
}  // namespace understudy::calendar
