#include "calendar/vtimezone.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libical/ical.h>

#include "calendar/test_times.h"

namespace understudy::calendar {
namespace {

/// What libical makes of a VTIMEZONE, as a calendar program would.
std::chrono::seconds offset_by(icaltimezone* zone, Moment moment) {
  icaltimetype time =
      icaltime_from_timet_with_zone(moment.time_since_epoch().count(), 0, icaltimezone_get_utc_timezone());
  int daylight = 0;
  return std::chrono::seconds(icaltimezone_get_utc_offset_of_utc_time(zone, &time, &daylight));
}

TEST(Vtimezone, CalendarProgramsReckonAsWeDo) {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
                           "Pacific/Apia", "Asia/Jerusalem", "America/Godthab", "America/Sao_Paulo",
                           "Europe/London", "Pacific/Chatham", "Africa/Cairo"}) {
    const auto zone = find_zone(name);
    ASSERT_TRUE(zone) << name;
    const Moment from = to_moment(utc("2021-03-01T00:00:00Z"));
    std::string text;
    add_vtimezone(text, name, *zone, from);
    icalcomponent* component = icalcomponent_new_from_string(text.c_str());
    ASSERT_NE(component, nullptr) << text;
    const std::unique_ptr<icaltimezone, void (*)(icaltimezone*)> read(
        icaltimezone_new(), [](icaltimezone* z) { icaltimezone_free(z, 1); });
    ASSERT_EQ(icaltimezone_set_component(read.get(), component), 1) << text;
    for (Moment at = from; at < to_moment(utc("2036-01-01T00:00:00Z")); at += std::chrono::minutes(1801))
      ASSERT_EQ(offset_by(read.get(), at), zone->at(at).offset) << name << calendar::text_of(at) << "\n"
                                                                << text;
  }
}

TEST(Vtimezone, RecurrencesForTheUsualZones) {
  const auto of = [](const char* name) {
    std::string text;
    add_vtimezone(text, name, *find_zone(name), to_moment(utc("2026-11-22T00:00:00Z")));
    return text;
  };
  EXPECT_THAT(of("Europe/Berlin"),
              testing::HasSubstr("BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\n"
                                 "TZOFFSETTO:+0200\r\nTZNAME:CEST\r\n"
                                 "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n"));
  EXPECT_THAT(of("Asia/Jerusalem"),
              testing::HasSubstr("RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR"));
  EXPECT_THAT(of("Asia/Kolkata"), testing::Not(testing::HasSubstr("RRULE")));
  EXPECT_THAT(of("Asia/Kolkata"), testing::HasSubstr("TZOFFSETTO:+0530"));
}

}  // namespace
}  // namespace understudy::calendar
