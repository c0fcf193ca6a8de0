#include "http/target.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace understudy::http {
namespace {

TEST(Target, UndoesPercentEncodingOnce) {
  EXPECT_EQ(decode_path("/img/logo.png"), "/img/logo.png");
  EXPECT_EQ(decode_path("/a%20b"), "/a b");
  EXPECT_EQ(decode_path("/%C3%a4"), "/ä");
  EXPECT_EQ(decode_path("/%41"), "/A");
  EXPECT_EQ(decode_path("/a+b"), "/a+b");
  EXPECT_EQ(decode_path("/%252e%252e/"), "/%2e%2e/");
  EXPECT_EQ(decode_path("/%25"), "/%");
  EXPECT_EQ(decode_path("/%2e%2E/"), "/../") << "dots are nobody's file name: the map of files has none";
  EXPECT_EQ(decode_path(""), "");
}

TEST(Target, RefusesWhatIsMalformedOrHidesASeparator) {
  using namespace std::string_view_literals;
  for (const std::string_view path :
       {"/%"sv, "/%4"sv, "/%zz"sv, "/%4z"sv, "/%%41"sv, "/% 41"sv, "/%2f"sv, "/%2F"sv, "/a%00"sv, "/a%5c"sv,
        "/a%5C"sv, "/a\\b"sv, "/a\0"sv, "/%+1"sv}) {
    EXPECT_EQ(decode_path(path), std::nullopt) << path;
  }
}

TEST(Target, FindsThePath) {
  const auto path_of = [](std::string_view target) {
    Request request;
    request.target = target;
    return std::string(request.path());
  };
  EXPECT_EQ(path_of("/a/b?c=d"), "/a/b");
  EXPECT_EQ(path_of("/a#b?c"), "/a");
  EXPECT_EQ(path_of("/?/_understudy/health"), "/");
  EXPECT_EQ(path_of("//a/b"), "//a/b");
  EXPECT_EQ(path_of("http://shop.example"), "/");
  EXPECT_EQ(path_of("http://shop.example/"), "/");
  EXPECT_EQ(path_of("http://shop.example/a?b"), "/a");
  EXPECT_EQ(path_of("http://shop.example?/a"), "/");
  EXPECT_EQ(path_of("*"), "*");
}

constexpr WallTime kModified{std::chrono::seconds(784111777)};  // Sun, 06 Nov 1994 08:49:37 GMT

struct Case {
  std::string_view if_none_match;
  std::string_view if_modified_since;
  bool unchanged;
};

TEST(Target, ComparesValidators) {
  const std::string_view none;
  const Case cases[] = {
      {none, none, false},
      {"\"a\"", none, true},
      {"W/\"a\"", none, true},
      {"\"b\"", none, false},
      {"\"b\", \"a\"", none, true},
      {"\"b\",W/\"a\" , \"c\"", none, true},
      {"*", none, true},
      {"a", none, false},
      {"\"A\"", none, false},
      {"", none, false},
      {none, "Sun, 06 Nov 1994 08:49:37 GMT", true},
      {none, "Sun, 06 Nov 1994 08:49:38 GMT", true},
      {none, "Sun, 06 Nov 1994 08:49:36 GMT", false},
      {none, "yesterday", false},
      // If-None-Match goes before the date, whatever the date says (RFC 9110 section 13.2.2).
      {"\"b\"", "Sun, 06 Nov 1994 08:49:38 GMT", false},
      {"\"a\"", "Sun, 06 Nov 1994 08:49:36 GMT", true},
  };
  for (const Case& c : cases) {
    Request request;
    request.if_none_match = c.if_none_match;
    request.if_modified_since = c.if_modified_since;
    EXPECT_EQ(is_unchanged(request, "\"a\"", kModified), c.unchanged)
        << c.if_none_match << " / " << c.if_modified_since;
    EXPECT_EQ(is_unchanged(request, "\"a\"", kModified + std::chrono::milliseconds(500)), c.unchanged)
        << "the file system's fractions of a second don't count";
  }
}

TEST(OriginForm, IsThePathOfAUrlAndNothingThatLooksLikeOne) {
  EXPECT_EQ(origin_form("/orders?x://h/health"), "/orders?x://h/health");
  EXPECT_EQ(origin_form("https://api.shop.example/orders?x"), "/orders?x");
  EXPECT_EQ(origin_form("http://h"), "/");
  EXPECT_EQ(origin_form("http://h?/health"), "/");
  EXPECT_EQ(origin_form("http://h#/health"), "/");
  for (const std::string_view neither :
       {"", "*", "?x", "?x://h/health", "*?://h/health", "://h/health", "orders", "h:443"})
    EXPECT_EQ(origin_form(neither), std::nullopt) << neither;
}

}  // namespace
}  // namespace understudy::http
