#include "model/path_pattern.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace understudy::model {
namespace {

bool matches(std::string_view pattern, std::string_view method, std::string_view target) {
  std::string why;
  const auto path = normal_path(target);
  return path && parse_path_pattern(pattern, why).value().matches(method, *path);
}

TEST(PathPattern, MatchesWholeSegments) {
  EXPECT_TRUE(matches("/search", "GET", "/search"));
  EXPECT_TRUE(matches("/search", "POST", "/search?q=/../"));
  EXPECT_FALSE(matches("/search", "GET", "/search/"));
  EXPECT_FALSE(matches("/search", "GET", "/searching"));
  EXPECT_FALSE(matches("/search", "GET", "/Search"));
  EXPECT_FALSE(matches("/search", "GET", "/"));
  EXPECT_TRUE(matches("/", "GET", "/"));
  EXPECT_TRUE(matches("/", "GET", ""));
  EXPECT_FALSE(matches("/", "GET", "/a"));
  EXPECT_TRUE(matches("/api/", "GET", "/api/"));
  EXPECT_FALSE(matches("/api/", "GET", "/api"));
  EXPECT_TRUE(matches("/caf\xC3\xA9", "GET", "/caf%C3%A9"));
}

TEST(PathPattern, AStarIsOneSegmentOrTheRest) {
  EXPECT_TRUE(matches("/api/*", "GET", "/api/a"));
  EXPECT_TRUE(matches("/api/*", "GET", "/api/a/b/"));
  EXPECT_TRUE(matches("/api/*", "GET", "/api/"));
  EXPECT_FALSE(matches("/api/*", "GET", "/api"));
  EXPECT_FALSE(matches("/api/*", "GET", "/apis/a"));
  EXPECT_TRUE(matches("/*", "GET", "/"));
  EXPECT_TRUE(matches("/users/*/avatar", "GET", "/users/7/avatar"));
  EXPECT_FALSE(matches("/users/*/avatar", "GET", "/users/7/8/avatar"));
  EXPECT_FALSE(matches("/users/*/avatar", "GET", "/users/7"));
  EXPECT_FALSE(matches("/users/*/avatar", "GET", "/users/7/avatar/x"));
}

TEST(PathPattern, AMethodIsComparedAsItIs) {
  EXPECT_TRUE(matches("POST /graphql", "POST", "/graphql"));
  EXPECT_FALSE(matches("POST /graphql", "post", "/graphql"));
  EXPECT_FALSE(matches("POST /graphql", "PUT", "/graphql"));
}

TEST(PathPattern, IsWrittenAsItWas) {
  std::string why;
  for (const std::string_view text : {"/a/*", "POST /graphql", "/", "/*/b"}) {
    EXPECT_EQ(parse_path_pattern(text, why)->text(), text);
  }
}

TEST(PathPattern, SaysWhatIsWrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "the path does not begin with a slash"},
      {"api", "the path does not begin with a slash"},
      {"POST graphql", "the path does not begin with a slash"},
      {"POST  /graphql", "the path does not begin with a slash"},
      {"PO(ST /graphql", "what stands before the blank is no method"},
      {" /graphql", "what stands before the blank is no method"},
      {"/a b", "blanks, backslashes, semicolons and control characters never match"},
      {"/a;b", "blanks, backslashes, semicolons and control characters never match"},
      {"/a?b", "a pattern has no query: paths are compared without"},
      {"/a%20b", "a percent sign never matches: paths are compared decoded"},
      {"/a//b", "an empty segment (\"//\") never matches"},
      {"//", "an empty segment (\"//\") never matches"},
      {"/a/../b", "a dot segment never matches"},
      {"/a*", "a \"*\" stands for a whole segment"},
      {"/**", "a \"*\" stands for a whole segment"},
      {"/\xFF", "the path is no UTF-8"},
  };
  for (const auto& [text, expected] : cases) {
    std::string why;
    EXPECT_FALSE(parse_path_pattern(text, why)) << text;
    EXPECT_EQ(why, expected) << text;
  }
}

TEST(NormalPath, UndoesTheEncodingOnce) {
  EXPECT_EQ(normal_path("/a%20b/c?d=%2e"), "/a b/c");
  EXPECT_EQ(normal_path(""), "/");
  EXPECT_EQ(normal_path("?a"), "/");
  EXPECT_EQ(normal_path("/100%25"), "/100%");
  EXPECT_EQ(normal_path("/..."), "/...");
  EXPECT_EQ(normal_path("/.well-known/x"), "/.well-known/x");
}

TEST(NormalPath, RefusesWhatCouldBeTakenForAnotherPath) {
  for (const std::string_view target :
       {"/a/../b", "/a/..",  "/..",     "/./a",          "/a/%2e%2e/b", "/a/%2E./b", "/a/.%2e",
        "//a",     "/a//b",  "/a/%2fb", "/a\\b",         "/a%5cb",      "/a/..;/b",  "/a%3bb",
        "/a%00",   "/a%0ab", "/a%7f",   "/%252e%252e/b", "/a%252fb",    "/a%c0%ae",  "/%ff",
        "/a%",     "/a%2",   "/a%gg",   "/a#b",          "*",           "a",         "http://host/a"}) {
    EXPECT_EQ(normal_path(target), std::nullopt) << target;
  }
}

}  // namespace
}  // namespace understudy::model
