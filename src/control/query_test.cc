#include "control/query.h"

#include <gtest/gtest.h>

namespace understudy::control {
namespace {

Problem problem_of(std::string_view target) {
  const auto query = Query::read(target, {"after", "limit"});
  EXPECT_FALSE(query) << target;
  return query ? Problem{} : query.error();
}

TEST(Query, ReadsWhatItKnows) {
  const auto query = Query::read("/x?after=a+b%26c&limit=7&", {"after", "limit"});
  ASSERT_TRUE(query);
  EXPECT_EQ(query->text("after"), "a b&c");
  EXPECT_EQ(query->number("limit", 100, 1, 1000).value(), 7U);
  EXPECT_TRUE(query->has("limit"));
  EXPECT_FALSE(Query::read("/x", {"after"})->has("after"));
  EXPECT_EQ(Query::read("/x#?after=1", {"after"})->text("after"), "");
}

TEST(Query, RefusesWhatItDoesNotKnow) {
  const Problem unknown = problem_of("/x?limits=1");
  EXPECT_EQ(unknown.kind, ProblemKind::kInvalid);
  EXPECT_EQ(unknown.field, "limits");
  EXPECT_EQ(unknown.suggestions, std::vector<std::string>{"limit"});
  EXPECT_EQ(problem_of("/x?after=1&after=2").field, "after");
  EXPECT_EQ(problem_of("/x?after=%F").kind, ProblemKind::kMalformed);
  EXPECT_EQ(problem_of("/x?after=%FF").kind, ProblemKind::kMalformed);
  EXPECT_EQ(problem_of("/x?%00=1").kind, ProblemKind::kMalformed);
}

TEST(Query, BoundsItsNumbers) {
  for (const char* bad : {"0", "1001", "-1", "1.5", "", "x", "18446744073709551616", "7 "}) {
    const auto query = Query::read(std::string("/x?limit=") + bad, {"limit"});
    ASSERT_TRUE(query) << bad;
    const auto number = query->number("limit", 100, 1, 1000);
    ASSERT_FALSE(number) << bad;
    EXPECT_EQ(number.error().field, "limit");
  }
  EXPECT_EQ(Query::read("/x", {})->number("limit", 100, 1, 1000).value(), 100U);
}

TEST(Query, FindsOneParameterWhateverElseIsThere) {
  EXPECT_EQ(query_value("/x?a=1&token=us_b&token=c", "token"), "us_b");
  EXPECT_EQ(query_value("/x?a=1", "token"), std::nullopt);
  EXPECT_EQ(query_value("/x?token=%F", "token"), std::nullopt);
}

}  // namespace
}  // namespace understudy::control
