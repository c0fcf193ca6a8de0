#include "http/cookies.h"

#include <string_view>

#include <gtest/gtest.h>

namespace understudy::http {
namespace {

using namespace std::string_view_literals;

TEST(Cookies, FindsTheFirstWithTheName) {
  EXPECT_EQ(find_cookie("a=1; b=2; a=3", "a"), "1");
  EXPECT_EQ(find_cookie("a=1; b=2", "b"), "2");
  EXPECT_EQ(find_cookie("a=1;b=2;", "b"), "2");
  EXPECT_EQ(find_cookie(" \ta=1 ", "a"), "1");
  EXPECT_EQ(find_cookie("a=x=y", "a"), "x=y");
  EXPECT_EQ(find_cookie("a=\"1\"", "a"), "1");
  EXPECT_EQ(find_cookie("a=\"1", "a"), "\"1");
  EXPECT_EQ(find_cookie("a=", "a"), "");
  EXPECT_NE(find_cookie("a=", "a").data(), nullptr) << "it is there";
}

TEST(Cookies, TakesNothingMalformedForACookie) {
  for (const std::string_view cookies :
       {""sv, "a"sv, "b=1"sv, "A=1"sv, "a =1"sv, "aa=1"sv, "xa=1"sv, "b=a=1"sv, ";;;"sv, "=1"sv, "a=1\x01"sv,
        "a=1\0"sv, "b=1, a=2"sv, "$a=1"sv}) {
    EXPECT_EQ(find_cookie(cookies, "a").data(), nullptr) << cookies;
  }
  EXPECT_EQ(find_cookie("a; a=\x7F; a=2", "a"), "2") << "what is malformed hides nothing behind it";
  EXPECT_EQ(find_cookie("=1", "").data(), nullptr);
}

TEST(Cookies, AnyOfSeveralWithOneNameIsSeen) {
  EXPECT_TRUE(has_cookie("qa=letmein; qa=false", "qa", "false"));
  EXPECT_TRUE(has_cookie("qa=FALSE; qa=letmein", "qa", "false"));
  EXPECT_FALSE(has_cookie("qa=letmein; qb=false", "qa", "false"));
  EXPECT_FALSE(has_cookie("", "qa", "false"));
  EXPECT_FALSE(has_cookie("=false", "", "false"));
}

}  // namespace
}  // namespace understudy::http
