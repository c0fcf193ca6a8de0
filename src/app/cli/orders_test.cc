// What the words of `on`, `off` and `window add` become.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/cli/audit.h"
#include "app/cli/switch.h"
#include "app/cli/window.h"
#include "calendar/time_text.h"

namespace understudy::app::cli {
namespace {

using testing::HasSubstr;

/// Sat 21 Nov 2026 22:50 in Berlin.
Moment evening() {
  return {calendar::parse_time("2026-11-21T21:50:00Z", {}, "UTC").value().time, "Europe/Berlin"};
}

boost::json::object parsed(std::string_view text) { return boost::json::parse(text).as_object(); }

std::string error_on(const Options& options) {
  const auto order = order_on(options, evening());
  return order ? "understood" : order.error().message;
}

TEST(SwitchOrder, OnTakesATimeOrADuration) {
  Options options;
  auto order = order_on(options, evening()).value();
  EXPECT_EQ(boost::json::serialize(order.body), R"({"mode":"maintenance"})");
  EXPECT_EQ(order.understood, "maintenance, no end");
  options.until = "tomorrow 02:00";
  options.reason = "upgrade";
  options.messages = {"en=Back = soon"};
  options.titles = {"en=Moving", "de=Umzug"};
  order = order_on(options, evening()).value();
  EXPECT_EQ(order.body, parsed(R"({"mode":"maintenance","until":"2026-11-22T01:00:00Z","reason":"upgrade",
    "texts":{"en":{"title":"Moving","message":"Back = soon"},"de":{"title":"Umzug"}}})"));
  EXPECT_EQ(order.understood, "maintenance until Sun 22 Nov 2026 02:00 CET (01:00 UTC), in 3h 10m");
  options = {};
  options.duration = "30m";
  options.read_only = true;
  order = order_on(options, evening()).value();
  EXPECT_EQ(order.body, parsed(R"({"mode":"read-only","for":"1800s"})"));
  EXPECT_THAT(order.understood, testing::StartsWith("read-only until Sat 21 Nov 2026 23:20 CET"));
}

TEST(SwitchOrder, RefusesWhatItCantUnderstand) {
  Options options;
  options.until = "yesterday";
  EXPECT_THAT(error_on(options), testing::StartsWith("--until: "));
  options.until = "2026-11-21T21:50:00Z";
  EXPECT_THAT(error_on(options), HasSubstr("has passed"));
  options = {};
  options.duration = "soon";
  EXPECT_THAT(error_on(options), testing::StartsWith("--for: "));
  for (const char* text : {"Back soon", "=x", "en=", "en= ", "e n=x", "9=x"}) {
    options = {};
    options.messages = {text};
    EXPECT_THAT(error_on(options), testing::StartsWith("--message")) << text;
  }
  options.messages = {"en=a", "en=b"};
  EXPECT_THAT(error_on(options), HasSubstr("twice"));
}

TEST(SwitchOrder, OffCanReopenLittleByLittle) {
  Options options;
  EXPECT_EQ(order_off(options, evening()).value().body, parsed(R"({"mode":"open"})"));
  options.ramp = "10m";
  const auto order = order_off(options, evening()).value();
  EXPECT_EQ(order.body, parsed(R"({"mode":"open","ramp":"600s"})"));
  EXPECT_THAT(order.understood, HasSubstr("23:00 CET"));
}

TEST(SwitchOrder, TheOutcomeNamesWhoElseHoldsTheGroup) {
  const auto asked = parsed(R"({"mode":"read-only"})");
  EXPECT_EQ(
      describe_outcome(asked, parsed(R"({"group":"shop","mode":"read-only","holders":[{"kind":"switch"}]})"),
                       evening()),
      "shop: read-only, no end; every worker answers accordingly\n");
  EXPECT_EQ(
      describe_outcome(
          asked, parsed(R"({"group":"shop","mode":"maintenance","holders":[{"kind":"window","id":"w-1"}]})"),
          evening()),
      "shop: maintenance, no end, not read-only: held by the window w-1; every worker answers accordingly\n");
  EXPECT_THAT(
      describe_outcome(parsed(R"({"mode":"open"})"), parsed(R"({"group":"shop","mode":"open","holders":[],
                                 "next":{"mode":"maintenance","start":"2026-11-22T01:00:00Z"}})"),
                       evening()),
      HasSubstr("shop: next is maintenance at Sun 22 Nov 2026 02:00 CET (01:00 UTC), in 3h 10m\n"));
}

Options planned(const char* start, const char* end) {
  Options options;
  options.groups = {"shop"};
  options.start = start;
  options.end = end;
  return options;
}

std::string error_of(const Options& options) {
  const auto order = order_window(options, evening());
  return order ? "understood: " + order->understood : order.error().message;
}

TEST(SwitchOrder, WhatToldProxiesDoNotKnowIsSaid) {
  EXPECT_EQ(describe_ignorance(parsed(R"({"group":"shop","proxies":[]})"), "ramps", "…"), "");
  const auto told = parsed(R"({"group":"shop","proxies":[{"name":"edge"},{"name":"edge"},{"name":"web"}]})");
  EXPECT_EQ(
      describe_ignorance(told, "ramps", "everybody comes back at once through"),
      "shop: a proxy that is told knows nothing of ramps: everybody comes back at once through edge, web; "
      "one that asks does (--style ask)\n");
}

TEST(WindowOrder, AnEndsTimeOfDayIsTheNextAfterTheStart) {
  const auto order = order_window(planned("tomorrow 23:00", "02:00"), evening()).value();
  EXPECT_EQ(order.body, parsed(R"({"groups":["shop"],"mode":"maintenance","zone":"Europe/Berlin",
    "start":"2026-11-22T23:00:00","end":"2026-11-23T02:00:00"})"));
  EXPECT_EQ(order.understood,
            "maintenance from Sun 22 Nov 2026 23:00 CET (22:00 UTC) to Mon 23 Nov 2026 02:00 CET (01:00 "
            "UTC), for 3h; "
            "begins in 1d");
  EXPECT_EQ(order_window(planned("tomorrow 02:00", "tomorrow 04:00"), evening()).value().body.at("end"),
            "2026-11-22T04:00:00");
}

TEST(WindowOrder, TakesZonesRulesAndTexts) {
  Options options = planned("tomorrow 02:00 America/New_York", "04:00");
  options.repeat = "weekly";
  options.title = "Backups";
  options.at_end = "stay";
  auto order = order_window(options, evening()).value();
  EXPECT_EQ(order.body.at("zone"), "America/New_York");
  EXPECT_EQ(order.body.at("start"), "2026-11-22T02:00:00");
  EXPECT_EQ(order.body.at("end"), "2026-11-22T04:00:00");
  EXPECT_EQ(order.body.at("rule"), "FREQ=WEEKLY");
  EXPECT_EQ(order.body.at("atEnd"), "stay");
  options = planned("2026-11-22T01:00:00Z", "");
  options.end.reset();
  options.duration = "2h";
  options.zone = "Europe/Berlin";
  options.repeat = "RRULE:FREQ=MONTHLY;BYDAY=1SU";
  order = order_window(options, evening()).value();
  EXPECT_EQ(order.body.at("start"), "2026-11-22T02:00:00");
  EXPECT_EQ(order.body.at("end"), "2026-11-22T04:00:00");
  EXPECT_EQ(order.body.at("rule"), "FREQ=MONTHLY;BYDAY=1SU");
}

TEST(WindowOrder, RefusesWhatCantBe) {
  EXPECT_THAT(error_of(planned("tomorrow 02:00", "today 23:00")), HasSubstr("is not after the start"));
  EXPECT_THAT(error_of(planned("2026-11-20T01:00:00Z", "2026-11-20T02:00:00Z")), HasSubstr("has passed"));
  EXPECT_THAT(error_of(planned("whenever", "02:00")), testing::StartsWith("--start: "));
  EXPECT_THAT(error_of(planned("02:00", "whenever")), testing::StartsWith("--end: "));
  Options options = planned("02:00", "03:00");
  options.zone = "Berlin";
  EXPECT_THAT(error_of(options), testing::StartsWith("--zone: "));
}

TEST(Audit, TellsWhatChanged) {
  EXPECT_EQ(describe_change(parsed(R"({"before":{"mode":"open","by":"ann"},
              "after":{"mode":"maintenance","by":"ann","reason":"upgrade","until":null}})")),
            "mode: open → maintenance, reason: upgrade");
  EXPECT_EQ(describe_change(parsed(R"({"before":{"until":"x"},"after":{"until":null,"mode":"open"}})")),
            "until: x → nothing, mode: open");
  EXPECT_EQ(describe_change(parsed(R"({"before":{"label":"ci"},"after":null})")), "gone");
}

}  // namespace
}  // namespace understudy::app::cli
