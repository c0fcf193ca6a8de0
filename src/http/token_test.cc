#include "http/token.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace understudy::http {
namespace {

TEST(Token, TakesNamesAndMethods) {
  for (const std::string_view text : {"GET", "X-Token", "a", "0", "!#$%&'*+-.^_`|~"}) {
    EXPECT_TRUE(is_token(text)) << text;
  }
  for (const std::string_view text :
       {"", " ", "a b", "a,b", "a:", "\"a\"", "a\t", "(a)", "a/b", "ä", "a\x7f", "{"}) {
    EXPECT_FALSE(is_token(text)) << text;
  }
  EXPECT_FALSE(is_token(std::string_view("a\0", 2)));
}

TEST(Token, TakesExactlyTheCharactersOfTheRfc) {
  constexpr std::string_view kAllowed =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int c = 0; c < 256; ++c) {
    const auto letter = static_cast<char>(c);
    EXPECT_EQ(is_token(std::string(1, letter)), kAllowed.find(letter) != std::string_view::npos) << c;
  }
}

}  // namespace
}  // namespace understudy::http
