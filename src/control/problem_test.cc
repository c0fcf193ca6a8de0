#include "control/problem.h"

#include <set>

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/embedded.h"
#include "base/text.h"

namespace understudy::control {
namespace {

namespace json = boost::json;

TEST(Problem, EveryKindIsInTheOpenapiDocument) {
  const json::value document = json::parse(embedded_file("docs/openapi.json").content);
  const json::value& type = document.at("components").at("schemas").at("Problem").at("properties").at("type");
  std::set<std::string> described;
  for (const json::value& name : type.at("enum").as_array()) described.emplace(name.as_string());
  std::set<std::string> known;
  for (std::size_t kind = 0; kind < kProblemKinds; ++kind) {
    const ProblemFacts& facts = facts_of(static_cast<ProblemKind>(kind));
    EXPECT_GE(facts.status, 400U);
    known.insert("urn:understudy:problem:" + std::string(facts.name));
  }
  EXPECT_EQ(known, described);
}

TEST(Problem, TellsEverything) {
  Problem problem = invalid({{"until", "is in the past"}, {"titel", "unknown field", "title"}});
  problem.headers.emplace_back("Retry-After", "1");
  const Response response = to_response(problem);
  EXPECT_EQ(response.status, 422U);
  EXPECT_EQ(response.type, "application/problem+json");
  const json::value expected = json::parse(R"json({
    "type": "urn:understudy:problem:invalid", "title": "A value can't be taken", "status": 422,
    "detail": "until: is in the past (and 1 more, see errors)", "field": "until",
    "errors": [{"field": "until", "message": "is in the past"}, {"field": "titel", "message": "unknown field"}],
    "suggestions": ["title"]
})json");
  EXPECT_EQ(response.headers, problem.headers);
  EXPECT_EQ(json::parse(response.body), expected);
}

TEST(Problem, LeavesOutWhatItDoesNotKnow) {
  EXPECT_EQ(json::value(to_json(Problem{ProblemKind::kNotFound, "nothing"})), json::parse(R"json({
    "type": "urn:understudy:problem:not-found", "title": "Nothing is here", "status": 404, "detail": "nothing"})json"));
}

TEST(Problem, ComesFromWhatTheSwitchboardRefused) {
  using Kind = state::Refused::Kind;
  const auto kind = [](Kind refused) {
    return to_problem({refused, "no", "", {}, {}}, ProblemKind::kUnknownWindow).kind;
  };
  EXPECT_EQ(kind(Kind::kNotFound), ProblemKind::kUnknownWindow);
  EXPECT_EQ(kind(Kind::kInvalid), ProblemKind::kInvalid);
  EXPECT_EQ(kind(Kind::kConflict), ProblemKind::kConflict);
  EXPECT_EQ(kind(Kind::kStale), ProblemKind::kStale);
  EXPECT_EQ(kind(Kind::kStore), ProblemKind::kStore);
  EXPECT_EQ(kind(Kind::kForbidden), ProblemKind::kForbidden);
  const Problem problem =
      to_problem({Kind::kInvalid, "no", "until", {{"until", "is past"}}, {"shop"}}, ProblemKind::kNotFound);
  EXPECT_EQ(problem.field, "until");
  EXPECT_EQ(problem.errors, (std::vector<FieldProblem>{{"until", "is past"}}));
  EXPECT_EQ(problem.suggestions, std::vector<std::string>{"shop"});
}

TEST(Problem, PresentsWhateverAClientSent) {
  EXPECT_EQ(presentable("a\nb"), "a\\nb");
  EXPECT_EQ(presentable("\xFF"), "(no UTF-8)");
  EXPECT_TRUE(is_utf8(presentable(std::string(99, 'x') + "\u00fc\u00fc")));
  EXPECT_LT(presentable(std::string(10'000, 'x')).size(), 120U);
}

}  // namespace
}  // namespace understudy::control
