#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "calendar/ics_text.h"
#include "calendar/occurrences.h"
#include "calendar/rule.h"
#include "calendar/test_times.h"

namespace understudy::calendar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const WallTime kNow = utc("2026-11-21T20:15:30Z");

std::vector<model::Window> samples() {
  auto plain = window_of("Europe/Berlin", "2026-11-22T02:00:00", "2026-11-22T04:00:00");
  auto rich = window_of("America/New_York", "2026-11-22T02:00:00", "2026-11-22T04:00:00",
                        "FREQ=WEEKLY;BYDAY=SU;COUNT=30");
  rich.title = "Umzug; \\ Größe, \"alles\"\nzweite Zeile: ja";
  rich.mode = model::Mode::kReadOnly;
  rich.groups = {"shop", "api, v2"};
  rich.except = {"2026-11-29T02:00:00", "2026-12-06T02:00:00"};
  rich.at_end = model::AtEnd::kStay;
  rich.reason = "CHG-1; see wiki, \\server";
  for (int i = 0; i < 40; ++i) rich.reason += " Übergrößenträger 維護";
  rich.texts = {{"de", {"Wartung", "Bitte, später;\nwieder"}}, {"pt-BR", {"", "até já"}}};
  auto utc_one =
      window_of("UTC", "2026-11-22T02:00:00", "2026-11-22T04:00:00", "FREQ=DAILY;UNTIL=20261231T020000Z");
  utc_one.title = "BEGIN:VEVENT";
  return {plain, rich, utc_one};
}

TEST(Ics, WhatIsWrittenIsReadAgain) {
  const auto windows = samples();
  const auto read = read_ics(write_ics(windows, "shop", kNow), "Asia/Tokyo");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->left_out, IsEmpty());
  ASSERT_EQ(read->windows.size(), windows.size());
  for (std::size_t i = 0; i < windows.size(); ++i) {
    model::Window expected = windows[i];
    expected.id.clear();
    expected.groups.clear();
    EXPECT_TRUE(judge(windows[i], std::nullopt).empty());
    EXPECT_EQ(read->windows[i], expected) << i;
    EXPECT_EQ(read->uids[i], "w-abcdefgh@understudy");
  }
}

TEST(Ics, LinesAsTheStandardWantsThem) {
  const std::string text = write_ics(samples(), "Läden, alle", kNow);
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = take_until(rest, '\n');
    ASSERT_TRUE(line.ends_with('\r')) << line;
    ASSERT_LE(line.size() - 1, 75U) << line;
    ASSERT_TRUE(is_utf8(line)) << line;
    ASSERT_EQ(line.find('\r'), line.size() - 1);
  }
  for (const char* part :
       {"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:", "METHOD:PUBLISH\r\n", "X-WR-CALNAME:Läden\\, alle\r\n",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n", "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n",
        "BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\n", "DTSTAMP:20261121T201530Z\r\n",
        "DTSTART;TZID=Europe/Berlin:20261122T020000\r\n", "DTEND;TZID=Europe/Berlin:20261122T040000\r\n",
        "DTSTART:20261122T020000Z\r\n", "EXDATE;TZID=America/New_York:20261129T020000\r\n",
        "SUMMARY:Maintenance: shop\r\n", "SUMMARY:Umzug\\; \\\\ Größe\\, \"alles\"\\nzweite Zeile: ja\r\n",
        "X-UNDERSTUDY-MODE:read-only\r\n", "X-UNDERSTUDY-GROUPS:shop\\, api\\, v2\r\n",
        "X-UNDERSTUDY-AT-END:stay\r\n", "DESCRIPTION:Bitte\\, später\\;\\nwieder\r\n"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, Not(HasSubstr("TZID=UTC")));
  EXPECT_THAT(write_ics({}, "", kNow), HasSubstr("END:VCALENDAR\r\n"));
}

TEST(Ics, AnUntilIsWrittenInUtc) {
  const auto zone = find_zone("Europe/Berlin");
  EXPECT_EQ(rule_with_utc_until("FREQ=DAILY;UNTIL=20261231T020000", *zone),
            "FREQ=DAILY;UNTIL=20261231T010000Z");
  EXPECT_EQ(rule_with_utc_until("FREQ=DAILY;UNTIL=20260701", *zone), "FREQ=DAILY;UNTIL=20260701T215959Z");
  EXPECT_EQ(rule_with_utc_until("FREQ=DAILY;UNTIL=20260701T000000Z", *zone),
            "FREQ=DAILY;UNTIL=20260701T000000Z");
}

TEST(Ics, FoldsAtEveryLengthAndUnfolds) {
  for (std::size_t size = 0; size < 400; ++size) {
    for (const char* piece : {"x", "ä", "維", "😀"}) {
      std::string line = "X:";
      while (line.size() < size) line += piece;
      std::string out;
      add_line(out, line);
      const auto properties = read_properties(out);
      ASSERT_EQ(properties.size(), 1U);
      ASSERT_EQ("X:" + properties[0].value, line);
    }
  }
}

std::string calendar_of(std::string_view lines) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + std::string(lines) + "END:VCALENDAR\r\n";
}
std::string event_of(std::string_view lines) {
  return calendar_of("BEGIN:VEVENT\r\nUID:one\r\n" + std::string(lines) + "END:VEVENT\r\n");
}

struct Case {
  const char* lines;
  const char* window;  ///< "zone start end rule", or the reason for leaving it out
};

TEST(Ics, EventsOfOtherPrograms) {
  const Case cases[] = {
      {"DTSTART;TZID=Europe/Berlin:20261122T020000\r\nDTEND;TZID=Europe/Berlin:20261122T040000\r\n"
       "RRULE:FREQ=WEEKLY;WKST=MO;UNTIL=20270131T225959Z;BYDAY=SU\r\n",
       "Europe/Berlin 2026-11-22T02:00:00 2026-11-22T04:00:00 "
       "FREQ=WEEKLY;WKST=MO;UNTIL=20270131T225959Z;BYDAY=SU"},
      {"DTSTART;TZID=\"W. Europe Standard Time\":20261122T020000\nDTEND;TZID=\"W. Europe Standard "
       "Time\":20261122T040000\n",
       "Europe/Berlin 2026-11-22T02:00:00 2026-11-22T04:00:00 "},
      {"DTSTART;TZID=/mozilla.org/20050126_1/America/Argentina/Salta:20261122T020000\r\nDURATION:PT90M\r\n",
       "America/Argentina/Salta 2026-11-22T02:00:00 2026-11-22T03:30:00 "},
      {"DTSTART;TZID=Own:20261122T020000\r\nDURATION:PT1H\r\n",
       "Asia/Tokyo 2026-11-22T02:00:00 2026-11-22T03:00:00 "},
      {"DTSTART:20261122T020000Z\r\nDTEND:20261122T040000Z\r\n",
       "UTC 2026-11-22T02:00:00 2026-11-22T04:00:00 "},
      {"DTSTART:20261122T020000\r\nDTEND:20261122T040000\r\n",
       "Europe/Paris 2026-11-22T02:00:00 2026-11-22T04:00:00 "},
      {"DTSTART;VALUE=DATE:20261122\r\n", "Europe/Paris 2026-11-22T00:00:00 2026-11-23T00:00:00 "},
      {"DTSTART;VALUE=DATE:20261122\r\nDTEND;VALUE=DATE:20261124\r\n",
       "Europe/Paris 2026-11-22T00:00:00 2026-11-24T00:00:00 "},
      {"DTSTART;TZID=Europe/Berlin:20261122T020000\r\nDTEND:20261122T040000Z\r\n",
       "Europe/Berlin 2026-11-22T02:00:00 2026-11-22T05:00:00 "},
      {"DTSTART;TZID=Europe/Berlin:20260328T120000\r\nDURATION:P1D\r\n",
       "Europe/Berlin 2026-03-28T12:00:00 2026-03-29T12:00:00 "},
      {"DTSTART;TZID=Europe/Berlin:20260328T120000\r\nDURATION:PT24H\r\n",
       "Europe/Berlin 2026-03-28T12:00:00 2026-03-29T13:00:00 "},
      {"DTSTART:20261122T020000Z\r\nDTEND:20261122T040000Z\r\nBEGIN:VALARM\r\nTRIGGER:-PT15M\r\nDURATION:"
       "PT5M\r\nSTATUS:CANCELLED\r\nEND:VALARM\r\n",
       "UTC 2026-11-22T02:00:00 2026-11-22T04:00:00 "},
      {"DTSTART;TZID=Mars:20261122T020000\r\nDURATION:PT1H\r\n",
       "UID one: DTSTART: the time zone \"Mars\" is not known"},
      {"DTSTART:20261122T020000Z\r\n", "UID one: it has no end (DTEND or DURATION)"},
      {"DTEND:20261122T020000Z\r\n", "UID one: it has no start (DTSTART)"},
      {"DTSTART:20261122T020000Z\r\nDURATION:-PT1H\r\n", "UID one: DURATION: \"-PT1H\" is none"},
      {"DTSTART:20261122T020000Z\r\nDURATION:P32D\r\n",
       "UID one: end: an occurrence of 32d is too long; expected at most 31 days"},
      {"DTSTART:20261122T020000Z\r\nDURATION:PT1H\r\nSTATUS:CANCELLED\r\n", "UID one: it is cancelled"},
      {"DTSTART:20261122T020000Z\r\nDURATION:PT1H\r\nRDATE:20261123T020000Z\r\n",
       "UID one: RDATE is not known here"},
      {"DTSTART:20261122T020000Z\r\nDURATION:PT1H\r\nRECURRENCE-ID:20261122T020000Z\r\n",
       "UID one: it changes one occurrence of a series; plan that one as a window of its own"},
      {"DTSTART:20261122T020000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nRRULE:FREQ=WEEKLY\r\n",
       "UID one: it has several rules; expected one"},
      {"DTSTART:20261122T020000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=HOURLY\r\n",
       "UID one: rule: it repeats more often than daily, which a window can't; expected for instance "
       "FREQ=WEEKLY;BYDAY=SU"},
      {"DTSTART:20261122T020000Z\r\nDURATION:PT1H\r\nX-UNDERSTUDY-MODE:open\r\n",
       "UID one: X-UNDERSTUDY-MODE: expected read-only or maintenance"},
      {"DTSTART:2026-11-22\r\n", "UID one: DTSTART: \"2026-11-22\" is no time"},
  };
  for (const Case& c : cases) {
    const std::string zone = "BEGIN:VTIMEZONE\r\nTZID:Own\r\nX-LIC-LOCATION:Asia/Tokyo\r\nEND:VTIMEZONE\r\n";
    const auto read = read_ics(
        calendar_of(zone + event_of(c.lines).substr(30, event_of(c.lines).size() - 45)), "Europe/Paris");
    ASSERT_TRUE(read) << c.lines << read.error().message;
    ASSERT_EQ(read->windows.size() + read->left_out.size(), 1U) << c.lines;
    if (read->windows.empty()) {
      EXPECT_EQ(read->left_out[0], c.window) << c.lines;
      continue;
    }
    const model::Window& w = read->windows[0];
    EXPECT_EQ(w.zone + " " + w.start + " " + w.end + " " + w.rule, c.window) << c.lines;
    EXPECT_EQ(read->uids[0], "one");
  }
}

TEST(Ics, WordsOfOtherProgramsStayAmongOperators) {
  const auto read =
      read_ics(event_of("DTSTART:20261122T020000Z\r\nDURATION:PT1H\r\nSUMMARY:Update\\, all\r\n"
                        "DESCRIPTION:Dial in:\\n123\\; code 4\r\nX-UNDERSTUDY-GROUPS:other\r\n"),
               "UTC");
  ASSERT_TRUE(read);
  const model::Window& window = read->windows.at(0);
  EXPECT_EQ(window.title, "Update, all");
  EXPECT_EQ(window.reason, "Dial in:\n123; code 4");
  EXPECT_THAT(window.texts, IsEmpty());
  EXPECT_THAT(window.groups, IsEmpty()) << "who imports says for which groups";
  EXPECT_EQ(window.mode, model::Mode::kMaintenance);
}

TEST(Ics, ExceptionsInEveryForm) {
  const auto read =
      read_ics(event_of("DTSTART;TZID=Europe/Berlin:20261122T020000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY\r\n"
                        "EXDATE;TZID=Europe/Berlin:20261123T020000,20261124T020000\r\n"
                        "EXDATE:20261125T010000Z\r\nEXDATE;VALUE=DATE:20261126\r\n"),
               "UTC");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->windows.size(), 1U);
  EXPECT_THAT(read->windows[0].except, ElementsAre("2026-11-23T02:00:00", "2026-11-24T02:00:00",
                                                   "2026-11-25T02:00:00", "2026-11-26T02:00:00"));
}

TEST(Ics, NoCalendarAtAll) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "line 1: expected BEGIN:VCALENDAR"},
      {"<!DOCTYPE html>\n<html></html>\n", "line 1: expected BEGIN:VCALENDAR"},
      {"\r\n\r\nBEGIN:VCARD\r\nEND:VCARD\r\n", "line 3: expected BEGIN:VCALENDAR"},
      {"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n", "line 3: the text ends before END:VCALENDAR"},
      {"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "line 2: END:VEVENT closes nothing"},
      {"BEGIN:VCALENDAR\r\nX:\xFF\r\nEND:VCALENDAR\r\n", "line 2: no UTF-8 text"},
      {std::string((1U << 20U) + 1, 'x'), "1 MiB"},
  };
  for (const auto& [text, message] : cases) {
    const auto read = read_ics(text, "UTC");
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message, HasSubstr(message));
  }
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "BEGIN:VEVENT\r\nEND:VEVENT\r\n";
  EXPECT_FALSE(read_ics(calendar_of(many), "UTC"));
  EXPECT_TRUE(read_ics("\xEF\xBB\xBF" + calendar_of(""), "UTC"));
  EXPECT_THAT(
      read_ics(calendar_of("METHOD:CANCEL\r\nBEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\n"), "UTC")->left_out,
      ElementsAre("UID x: it is cancelled"));
}

TEST(Ics, CutAtEveryByteIsAnError) {
  const std::string text = write_ics(samples(), "shop", kNow);
  for (std::size_t size = 0; size + 2 < text.size(); ++size)
    ASSERT_FALSE(read_ics(std::string_view(text).substr(0, size), "UTC")) << size;
}

}  // namespace
}  // namespace understudy::calendar
