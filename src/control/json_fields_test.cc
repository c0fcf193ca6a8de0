#include "control/json_fields.h"

#include <gtest/gtest.h>

#include "control/json_names.h"

namespace understudy::control {
namespace {

namespace json = boost::json;

constexpr WallTime kNow = WallTime(std::chrono::seconds(1'800'000'000));

Problem problem_of(std::string_view text) {
  const auto object = parse_object(text);
  EXPECT_FALSE(object) << text;
  return object ? Problem{} : object.error();
}

TEST(ParseObject, TellsThePlace) {
  EXPECT_EQ(problem_of("{\"a\": 1,\n  x}").detail.substr(0, 18), "line 2, column 3: ");
  EXPECT_EQ(problem_of("{\"a\": \"\xC3\xBC\xC3\"}").detail, "line 1, column 10: this is no UTF-8");
  EXPECT_EQ(problem_of("{} x").detail, "line 1, column 4: something stands behind the JSON value");
  EXPECT_EQ(problem_of("{\"a\": ").kind, ProblemKind::kMalformed);
  EXPECT_EQ(problem_of("").kind, ProblemKind::kMalformed);
}

TEST(ParseObject, RefusesWhatIsNoStrictJson) {
  for (const char* bad : {"{,}", "{\"a\":1,}", "{'a':1}", "{a:1}", "{\"a\":01}", "{\"a\":NaN}", "{/**/}",
                          "{\"a\":\"\x01\"}", "{\"a\":\"\\ud800\"}", "\xEF\xBB\xBF{}"}) {
    EXPECT_EQ(problem_of(bad).kind, ProblemKind::kMalformed) << bad;
  }
  for (const char* other : {"[]", "1", "null", "\"x\""})
    EXPECT_EQ(problem_of(other).kind, ProblemKind::kInvalid) << other;
}

TEST(ParseObject, IsBounded) {
  const auto nested = [](int depth) {
    std::string text = "{\"a\":";
    for (int i = 0; i < depth; ++i) text += '[';
    for (int i = 0; i < depth; ++i) text += ']';
    return text + "}";
  };
  EXPECT_TRUE(parse_object(nested(15)));
  EXPECT_EQ(problem_of(nested(16)).kind, ProblemKind::kMalformed);
  EXPECT_EQ(problem_of(nested(100'000)).kind, ProblemKind::kMalformed);
}

TEST(ParseObject, RefusesANameThatComesTwice) {
  EXPECT_EQ(problem_of(R"({"a":1,"b":{"mode":1,"m\u006fde":2}})").detail,
            "the name \"mode\" stands twice in an object");
  EXPECT_TRUE(parse_object(R"({"a":{"a":[{"a":1},{"a":1}]},"b":{"a":1}})"));
  EXPECT_EQ(find_repeated_name("[1,\"a\",{\"a\":null}]"), std::nullopt);
}

struct Reading {
  explicit Reading(std::string_view text)
      : object(parse_object(text).value()), fields(object, "", problems) {}
  json::object object;
  std::vector<FieldProblem> problems;
  Fields fields;
};

TEST(Fields, ReadsByNameAndType) {
  Reading read(
      R"({"text":"a\nb","word":"stay","list":["x","y"],"for":"1h30m","until":"2027-01-15T09:00:00+01:00","none":null})");
  EXPECT_EQ(read.fields.text("text", 10), "a\nb");
  EXPECT_EQ(read.fields.word("word", {"reopen", "stay"}), "stay");
  EXPECT_EQ(read.fields.list("list", 2), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(read.fields.span("for"), std::chrono::seconds(5'400));
  EXPECT_EQ(read.fields.time("until", kNow), kNow);
  EXPECT_EQ(read.fields.nullable().text("none", 10), std::nullopt);
  EXPECT_EQ(read.fields.text("absent", 10), std::nullopt);
  read.fields.finish();
  EXPECT_TRUE(read.problems.empty());
}

TEST(Fields, CollectsEveryKindOfProblem) {
  Reading read(
      R"({"long":"abc","number":1,"bell":"\u0007","word":"stayy","list":[1],"lists":["a","b"],"for":"soon",
                   "until":"tomorrow 02:00","feb":"2027-02-30T00:00:00Z","object":[],"id":1,"titel":""})");
  Fields& fields = read.fields;
  fields.refuse_read_only({"id"});
  static_cast<void>(fields.text("long", 2));
  static_cast<void>(fields.text("number", 2));
  static_cast<void>(fields.text("bell", 2));
  static_cast<void>(fields.word("word", {"reopen", "stay"}));
  static_cast<void>(fields.list("list", 1));
  static_cast<void>(fields.list("lists", 1));
  static_cast<void>(fields.span("for"));
  static_cast<void>(fields.time("until", kNow));
  static_cast<void>(fields.time("feb", kNow));
  static_cast<void>(fields.object("object"));
  static_cast<void>(fields.required().text("mode", 2));
  static_cast<void>(fields.text("title", 2));
  fields.finish();
  std::vector<std::string> names;
  for (const FieldProblem& problem : read.problems) names.push_back(problem.field);
  EXPECT_EQ(names, (std::vector<std::string>{"id", "long", "number", "bell", "word", "list[0]", "lists",
                                             "for", "until", "feb", "object", "mode", "titel"}));
  EXPECT_EQ(read.problems[4].suggestion, "stay");
  EXPECT_EQ(read.problems.back().suggestion, "title");
}

TEST(Fields, NamesWhatIsInside) {
  std::vector<FieldProblem> problems;
  const json::object object = parse_object(R"({"x":1})").value();
  Fields fields(object, "texts.en.", problems);
  fields.finish();
  EXPECT_EQ(problems.at(0).field, "texts.en.x");
}

TEST(Fields, ManyUnknownFieldsMakeAShortAnswer) {
  json::object object;
  for (int i = 0; i < 10'000; ++i) object["x" + std::to_string(i)] = 1;
  std::vector<FieldProblem> problems;
  Fields(object, "", problems).finish();
  EXPECT_EQ(problems.size(), 20U);
}

TEST(Fields, KnowsRfc3339ByItsForm) {
  for (const char* good : {"2026-11-22T01:00:00Z", "2026-11-22T01:00:00.25Z", "2026-11-22T01:00:00+01:00"}) {
    EXPECT_TRUE(is_rfc3339(good)) << good;
  }
  for (const char* bad : {"", "2026-11-22", "2026-11-22T01:00:00", "2026-11-22 01:00:00Z",
                          "2026-11-22T01:00:00.Z", "2026-11-22T01:00:00+1:00", "2026-11-22T01:00:00+0100",
                          "2026-11-22T01:00:00Z ", "now", "2026-11-22T01:00:00 Europe/Berlin"}) {
    EXPECT_FALSE(is_rfc3339(bad)) << bad;
  }
}

}  // namespace
}  // namespace understudy::control
