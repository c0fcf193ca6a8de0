#include "control/api_requests.h"

#include <gtest/gtest.h>

#include "control/json_fields.h"

namespace understudy::control {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kNow = WallTime(seconds(1'800'000'000));  // 2027-01-15T08:00:00Z

template <typename Read>
std::vector<std::string> wrong_fields(Read read, std::string_view text) {
  const auto value = read(parse_object(text).value(), kNow);
  std::vector<std::string> names;
  if (value) return names;
  for (const FieldProblem& problem : value.error().errors) names.push_back(problem.field);
  return names;
}

using Names = std::vector<std::string>;

TEST(SwitchChange, IsRead) {
  const auto change = read_switch_change(
      parse_object(
          R"({"mode":"maintenance","for":"30m","reason":"release 42","texts":{"de":{"title":"Wartung"}}})")
          .value(),
      kNow);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->mode, model::Mode::kMaintenance);
  EXPECT_EQ(change->until, kNow + minutes(30));
  EXPECT_EQ(change->reason, "release 42");
  EXPECT_EQ(change->texts, (std::vector<model::OccasionText>{{"de", {"Wartung", ""}}}));
  const auto open = read_switch_change(parse_object(R"({"mode":"open","ramp":"10m"})").value(), kNow);
  ASSERT_TRUE(open);
  EXPECT_EQ(open->ramp, seconds(600));
  EXPECT_EQ(read_switch_change(
                parse_object(R"({"mode":"read-only","until":"2027-01-15T10:00:00+01:00"})").value(), kNow)
                ->until,
            kNow + minutes(60));
}

TEST(SwitchChange, TellsEverythingThatIsWrong) {
  const auto wrong = [](std::string_view text) { return wrong_fields(read_switch_change, text); };
  EXPECT_EQ(wrong("{}"), Names{"mode"});
  EXPECT_EQ(wrong(R"({"mode":"closed","foo":1})"), (Names{"mode", "foo"}));
  EXPECT_EQ(wrong(R"({"mode":"maintenance","for":"1h","until":"2027-01-15T10:00:00Z"})"), Names{"for"});
  EXPECT_EQ(wrong(R"({"mode":"open","for":"1h"})"), Names{"for"});
  EXPECT_EQ(wrong(R"({"mode":"open","until":"2027-01-15T10:00:00Z"})"), Names{"until"});
  EXPECT_EQ(wrong(R"({"mode":"opn","for":"1h"})"), Names{"mode"});
  EXPECT_EQ(wrong(R"({"mode":"maintenance","ramp":"1h"})"), Names{"ramp"});
  EXPECT_EQ(wrong(R"({"mode":"maintenance","for":"-1h","until":"22:30"})"), (Names{"for", "until"}));
  EXPECT_EQ(wrong(R"({"mode":"maintenance","texts":{"e_n":{},"en":{"titel":""},"de":1}})"),
            (Names{"texts.e_n", "texts.en.titel", "texts.de"}));
}

constexpr std::string_view kWindow =
    R"({"groups":["shop"],"zone":"Europe/Berlin","start":"2027-02-01T02:00","end":"2027-02-01T03:30:00Z","rule":"FREQ=WEEKLY",
        "except":["2027-02-08T02:00:00"],"atEnd":"stay","mode":"read-only","title":"Upgrade"})";

// docs/api.md shows this one.
TEST(SwitchChange, SuggestsTheNearestNames) {
  const auto change = read_switch_change(parse_object(R"({"mode":"opn","untill":"22:30"})").value(), kNow);
  ASSERT_FALSE(change);
  EXPECT_EQ(
      to_response(change.error()).body,
      R"json({"type":"urn:understudy:problem:invalid","title":"A value can't be taken","status":422,)json"
      R"json("detail":"mode: is none of open, read-only, maintenance (and 1 more, see errors)","field":"mode",)json"
      R"json("errors":[{"field":"mode","message":"is none of open, read-only, maintenance"},)json"
      R"json({"field":"untill","message":"unknown field; expected mode, for, until, reason, texts, ramp"}],)json"
      R"json("suggestions":["open","until"]})json");
}

TEST(WindowBody, IsReadWithLocalTimes) {
  const auto window = read_window(parse_object(kWindow).value(), kNow);
  ASSERT_TRUE(window) << window.error().detail;
  EXPECT_EQ(window->start, "2027-02-01T02:00:00");
  EXPECT_EQ(window->end, "2027-02-01T04:30:00") << "an offset becomes local to the zone";
  EXPECT_EQ(window->except, Names{"2027-02-08T02:00:00"});
  EXPECT_EQ(window->at_end, model::AtEnd::kStay);
  EXPECT_EQ(window->mode, model::Mode::kReadOnly);
  const auto plain = read_window(
      parse_object(R"({"groups":["a"],"start":"2027-02-01T02:00:00","end":"2027-02-01T03:00:00"})").value(),
      kNow);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->zone, "UTC");
  EXPECT_EQ(plain->mode, model::Mode::kMaintenance);
  EXPECT_EQ(plain->at_end, model::AtEnd::kReopen);
}

TEST(WindowBody, TellsEverythingThatIsWrong) {
  const auto wrong = [](std::string_view text) { return wrong_fields(read_window, text); };
  EXPECT_EQ(wrong("{}"), (Names{"groups", "start", "end"}));
  EXPECT_EQ(wrong(R"({"groups":[],"start":"2027-02-01T02:00:00","end":"2027-02-01T03:00:00"})"),
            Names{"groups"});
  EXPECT_EQ(
      wrong(R"({"id":"w-1","groups":["a"],"zone":"Mars/Base","start":"tomorrow","end":"2027-02-01 03:00",
                      "mode":"open","atEnd":"close","except":["x"],"occurrence":null})"),
      (Names{"id", "occurrence", "zone", "start", "end", "except[0]", "mode", "atEnd"}));
}

TEST(TokenBody, IsRead) {
  const auto token = read_token_request(
      parse_object(R"({"label":"ci","scope":"operator","groups":["shop"],"expires":"90d"})").value(), kNow);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->scope, model::Scope::kOperator);
  EXPECT_EQ(token->expires, kNow + std::chrono::hours(24 * 90));
  EXPECT_EQ(read_token_request(parse_object(R"({"label":"x","scope":"viewer","expires":null})").value(), kNow)
                ->expires,
            std::nullopt);
}

TEST(TokenBody, TellsEverythingThatIsWrong) {
  const auto wrong = [](std::string_view text) { return wrong_fields(read_token_request, text); };
  EXPECT_EQ(wrong("{}"), (Names{"label", "scope"}));
  EXPECT_EQ(wrong(R"({"label":" ","scope":"root"})"), (Names{"label", "scope"}));
  EXPECT_EQ(wrong(R"({"label":"x","scope":"operator"})"), Names{"groups"});
  EXPECT_EQ(wrong(R"({"label":"x","scope":"admin","groups":["a"]})"), Names{"groups"});
  EXPECT_EQ(wrong(R"({"label":"x","scope":"admin","expires":"2020-01-01T00:00:00Z"})"), Names{"expires"});
  EXPECT_EQ(wrong(R"({"label":"x","scope":"admin","expires":"never"})"), Names{"expires"});
}

}  // namespace
}  // namespace understudy::control
