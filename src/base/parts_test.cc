#include "base/parts.h"

#include <gtest/gtest.h>

namespace understudy {
namespace {

TEST(Parts, AreAppendedBehindWhatIsThere) {
  std::string text = "a";
  append_parts(text, {"b", {}, std::string(40, 'c'), "d"});
  EXPECT_EQ(text, "ab" + std::string(40, 'c') + "d");
  append_parts(text, {});
  EXPECT_EQ(text.size(), 43U);
}

TEST(Parts, CompareWithALiteral) {
  EXPECT_TRUE(is_literal("GET", "GET"));
  EXPECT_FALSE(is_literal("get", "GET"));
  EXPECT_FALSE(is_literal("GE", "GET"));
}

}  // namespace
}  // namespace understudy
