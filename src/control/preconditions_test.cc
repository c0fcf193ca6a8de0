#include "control/preconditions.h"

#include <gtest/gtest.h>

#include "http/test_request.h"

namespace understudy::control {
namespace {

Answer<state::IfRevision> check(const std::string& fields, state::Revision current) {
  const http::TestRequest request("PUT / HTTP/1.1\nHost: a" + fields);
  return check_change(request, current);
}

TEST(Preconditions, ReadEntityTags) {
  const auto list = parse_tags(R"( "7" ,, W/"a,b","" )");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->tags.size(), 3U);
  EXPECT_EQ(list->tags[0], EntityTag{"7"});
  EXPECT_EQ(list->tags[1], (EntityTag{"a,b", EntityTag::Strength::kWeak}));
  EXPECT_EQ(list->tags[2], EntityTag{""});
  EXPECT_EQ(parse_tags(" * ")->kind, TagList::Kind::kAny);
  for (const char* bad :
       {"", ",", "7", "\"7", "7\"", "\"7\" \"8\"", "*, \"7\"", "w/\"7\"", "\"a b\"", "W/ \"7\""}) {
    EXPECT_FALSE(parse_tags(bad)) << bad;
  }
}

TEST(Preconditions, WithoutIfMatchNothingIsExpected) { EXPECT_EQ(check("", 7).value(), std::nullopt); }

TEST(Preconditions, ATagOfTheListHasToBeThePresentOne) {
  EXPECT_EQ(check("\nIf-Match: \"7\"", 7).value(), state::IfRevision(7));
  EXPECT_EQ(check("\nIf-Match: \"6\", \"7\"", 7).value(), state::IfRevision(7));
  EXPECT_EQ(check("\nIf-Match: \"6\"\nif-match: \"7\"", 7).value(), state::IfRevision(7));
  EXPECT_EQ(check("\nIf-Match: *", 7).value(), std::nullopt);
}

TEST(Preconditions, AnythingElseIsStale) {
  for (const char* stale : {"\"6\"", "W/\"7\"", "7", "\"07\"", "\"\"", "", "*, \"7\""}) {
    const auto checked = check(std::string("\nIf-Match: ") + stale, 7);
    ASSERT_FALSE(checked) << stale;
    EXPECT_EQ(checked.error().kind, ProblemKind::kStale) << stale;
    EXPECT_EQ(checked.error().field, "If-Match");
  }
}

TEST(Preconditions, IfNoneMatchForbidsAChange) {
  EXPECT_FALSE(check("\nIf-None-Match: *", 7));
  EXPECT_FALSE(check("\nIf-None-Match: W/\"7\"", 7));
  EXPECT_TRUE(check("\nIf-None-Match: \"6\"", 7));
}

TEST(Preconditions, ACopyIsComparedWeakly) {
  const auto good = [](const std::string& field) {
    const http::TestRequest request("GET / HTTP/1.1\nHost: a" + field);
    return is_copy_good(request, "7");
  };
  EXPECT_TRUE(good("\nIf-None-Match: \"7\""));
  EXPECT_TRUE(good("\nIf-None-Match: \"6\", W/\"7\""));
  EXPECT_TRUE(good("\nIf-None-Match: *"));
  EXPECT_FALSE(good("\nIf-None-Match: \"77\""));
  EXPECT_FALSE(good("\nIf-None-Match: 7"));
  EXPECT_FALSE(good(""));
}

}  // namespace
}  // namespace understudy::control
