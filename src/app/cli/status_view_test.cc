#include "app/cli/status_view.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "calendar/time_text.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

/// Sat 21 Nov 2026 22:50 in Berlin.
View evening(Colour colour = Colour::kNo) {
  return {
      {calendar::parse_time("2026-11-21T21:50:00Z", {}, "UTC").value().time, "Europe/Berlin"}, colour, {}};
}

json::object parsed(std::string_view text) { return json::parse(text).as_object(); }

const char* const kShop = R"json({"group":"shop","id":"9e42","source":"file","mode":"maintenance",
  "lifecycle":"active","since":"2026-11-21T21:30:00Z","until":"2026-11-22T01:00:00Z","by":"deploy",
  "reason":"upgrade","holders":[{"kind":"switch","id":"","mode":"maintenance","since":"2026-11-21T21:30:00Z",
  "until":"2026-11-22T01:00:00Z","overdue":false}],"next":null,"reopeningUntil":null,
  "texts":{"en":{"title":"Moving","message":"Back at two"}}})json";
const char* const kApi =
    R"({"group":"api","mode":"maintenance","lifecycle":"overdue","since":"2026-11-21T19:00:00Z",
  "until":null,"by":"ann","holders":[{"kind":"window","id":"w-ab12cd34","mode":"maintenance",
  "since":"2026-11-21T19:00:00Z","until":"2026-11-21T21:38:00Z","overdue":true}],"next":null})";
const char* const kBilling =
    R"({"group":"billing","mode":"read-only","lifecycle":"active","since":"2026-11-20T21:00:00Z",
  "until":null,"by":"flag file","holders":[{"kind":"flag_file","id":"/etc/b","mode":"read-only"}],"next":null})";
const char* const kDocs =
    R"({"group":"docs","mode":"open","lifecycle":"announced","since":"2026-11-01T00:00:00Z",
  "until":null,"by":"ann","holders":[],"next":{"window":"w-1","title":"Move","mode":"maintenance",
  "start":"2026-11-22T01:00:00Z","end":"2026-11-22T03:00:00Z"}})";
const char* const kBack = R"({"group":"back","mode":"open","lifecycle":"reopening","since":null,"until":null,
  "reopeningUntil":"2026-11-21T21:58:00Z","holders":[],"next":null})";

json::object all(std::initializer_list<const char*> groups, std::string_view head = R"("health":"ok")") {
  std::string text = "{" + std::string(head) + ",\"groups\":[";
  for (const char* group : groups) text += std::string(text.ends_with('[') ? "" : ",") + group;
  return parsed(text + "]}");
}

TEST(StatusView, ShowsEachGroupInALine) {
  EXPECT_EQ(render_status(all({kShop, kApi, kBilling, kDocs, kBack}), evening()),
            R"(GROUP    MODE         SINCE             UNTIL                         BY         NEXT
shop     maintenance  22:30             Sun 22 Nov 02:00 (in 3h 10m)  deploy
api      maintenance  20:00             overdue 12m                   ann
billing  read-only    Fri 20 Nov 22:00  no end                        flag file
docs     open                                                                    Sun 22 Nov 02:00 (in 3h 10m)
back     reopening                      22:58 (in 8m)

overdue, until somebody says `understudy off`: api
no end, until somebody ends it: billing
)");
}

TEST(StatusView, SaysWhenTheStoreTakesNoChanges) {
  const auto status = all(
      {kDocs},
      R"("health":"degraded","store":{"describes":"/var/s.db","trouble":{"fault":"full","message":"no space"}})");
  EXPECT_THAT(
      render_status(status, evening()),
      testing::StartsWith(
          "degraded: answers go on, but changes are refused: the store /var/s.db is full: no space\n"));
  EXPECT_THAT(render_status(all({kDocs}), evening()), Not(HasSubstr("degraded")));
}

TEST(StatusView, TellsWhoseEndIsMissingOrPast) {
  EXPECT_THAT(render_status(all({kApi, kBilling, kShop}), evening()),
              testing::AllOf(HasSubstr("overdue 12m"), HasSubstr("no end, until somebody ends it: billing\n"),
                             HasSubstr("`understudy off`: api\n")));
}

TEST(StatusView, PaintsTheMode) {
  EXPECT_THAT(render_status(all({kShop}), evening(Colour::kYes)), HasSubstr("\x1b[1;31mmaintenance\x1b[0m"));
  EXPECT_THAT(render_status(all({kDocs}), evening(Colour::kYes)), HasSubstr("\x1b[32mopen\x1b[0m"));
  EXPECT_THAT(render_status(all({kShop}), evening()), Not(HasSubstr("\x1b")));
}

TEST(StatusView, ShowsAGroupWithAllThatIsKnown) {
  EXPECT_EQ(render_group(parsed(kShop), evening()),
            "shop: maintenance until Sun 22 Nov 2026 02:00 CET (01:00 UTC), in 3h 10m\n"
            "since     Sat 21 Nov 2026 22:30 CET (21:30 UTC)\n"
            "by        deploy\n"
            "reason    upgrade\n"
            "held      maintenance by the switch, since Sat 21 Nov 2026 22:30 CET (21:30 UTC), until Sun 22 "
            "Nov 2026 "
            "02:00 CET (01:00 UTC), in 3h 10m\n"
            "says      en: Moving — Back at two\n"
            "source    the configuration\n"
            "id        9e42\n");
  EXPECT_THAT(
      render_group(parsed(kDocs), evening()),
      HasSubstr(
          "next      maintenance from Sun 22 Nov 2026 02:00 CET (01:00 UTC) to Sun 22 Nov 2026 04:00 CET "
          "(03:00 UTC), in 3h 10m (w-1): Move\n"));
}

TEST(StatusView, SaysWhatIsInForce) {
  const Moment moment = evening().moment;
  EXPECT_EQ(describe_force(parsed(kBilling), moment), "read-only, no end");
  EXPECT_EQ(describe_force(parsed(kDocs), moment), "open");
  EXPECT_THAT(describe_force(parsed(kApi), moment), HasSubstr("maintenance, overdue 12m"));
  EXPECT_THAT(describe_force(parsed(kBack), moment),
              HasSubstr("letting clients back in until Sat 21 Nov 2026 22:58"));
  EXPECT_EQ(describe_holder(parsed(kBilling)), "the flag file /etc/b");
  EXPECT_EQ(describe_holder(parsed(kDocs)), "");
}

TEST(StatusView, LinesStandStillWhileTimeGoesOn) {
  View later = evening();
  later.moment.now += std::chrono::minutes(3);
  const auto status = all({kShop, kApi, kBilling, kDocs, kBack});
  EXPECT_EQ(status_lines(status, evening()), status_lines(status, later));
  EXPECT_EQ(status_lines(status, evening()).at(1).second,
            "api: maintenance, overdue since Sat 21 Nov 2026 22:38 CET (21:38 UTC), by ann");
  EXPECT_EQ(status_lines(status, evening()).at(4).second,
            "back: open, reopening until Sat 21 Nov 2026 22:58 CET (21:58 UTC)");
  EXPECT_NE(render_status(status, evening()), render_status(status, later));
}

TEST(StatusView, TheExitCodeIsTheWorstGroups) {
  const json::object open = parsed(kDocs);
  const json::object reading = parsed(kBilling);
  const json::object down = parsed(kShop);
  const json::object overdue = parsed(kApi);
  const json::object back = parsed(kBack);
  EXPECT_EQ(exit_code_of({}), 0);
  EXPECT_EQ(exit_code_of({&open, &back}), 0);
  EXPECT_EQ(exit_code_of({&open, &reading}), 10);
  EXPECT_EQ(exit_code_of({&down, &reading}), 11);
  EXPECT_EQ(exit_code_of({&overdue, &down}), 12);
}

TEST(StatusView, GetsOnWithAServerThatSaysLess) {
  EXPECT_THAT(render_status(parsed("{}"), evening()), HasSubstr("no groups"));
  EXPECT_THAT(render_status(parsed(R"({"groups":[{"group":"x"},7,null]})"), evening()), HasSubstr("x"));
  EXPECT_THAT(
      render_group(parsed(R"({"group":"x\u001b[2J","mode":"open","texts":[],"since":"never"})"), evening()),
      testing::StartsWith("x\\u001b[2J: open\n"));
}

}  // namespace
}  // namespace understudy::app::cli
