#include "http/form.h"

#include <gtest/gtest.h>

namespace understudy::http {
namespace {

TEST(Form, GivesTheFirstValueOfAName) {
  EXPECT_EQ(form_value("token=a&to=b&token=c", "token"), "a");
  EXPECT_EQ(form_value("token=a&to=b", "to"), "b");
  EXPECT_EQ(form_value("a=b=c", "a"), "b=c");
  EXPECT_EQ(form_value("a&b=1", "a"), "");
  EXPECT_EQ(form_value("&&a=1", "a"), "1");
  EXPECT_EQ(form_value("xa=1&A=2", "a"), std::nullopt);
  EXPECT_EQ(form_value("", "a"), std::nullopt);
}

TEST(Form, IsDecodedOnce) {
  EXPECT_EQ(form_value("to=https%3A%2f%2Fshop.example%2F%3Fa%3Db+c%2B", "to"),
            "https://shop.example/?a=b c+");
  EXPECT_EQ(form_value("a=%2525", "a"), "%25");
  for (const char* bad : {"a=%", "a=%4", "a=%zz", "a=%+1", "a=%-1", "a=% 1"})
    EXPECT_EQ(form_value(bad, "a"), "") << bad;
}

TEST(Form, AQueryFollowsTheFirstMark) {
  EXPECT_EQ(query_of("/a?b?c"), "b?c");
  EXPECT_EQ(query_of("/a"), "");
}

}  // namespace
}  // namespace understudy::http
