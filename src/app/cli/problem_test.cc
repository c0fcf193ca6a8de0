#include "app/cli/problem.h"

#include <gtest/gtest.h>

namespace understudy::app::cli {
namespace {

std::string told(unsigned status, std::string body, net::HeaderFields headers = {}) {
  headers.emplace_back("Content-Type", "application/problem+json");
  return describe_problem({status, std::move(headers), std::move(body)});
}

TEST(Problem, TellsTheDetailAndTheNearestNames) {
  EXPECT_EQ(
      told(404,
           R"({"title":"Unknown group","detail":"no group is called shpo","suggestions":["shop","shot"]})"),
      "no group is called shpo; did you mean shop, shot?");
  EXPECT_EQ(told(404, R"({"detail":"no group x; did you mean y?","suggestions":["y"]})"),
            "no group x; did you mean y?");
  EXPECT_EQ(told(409, R"({"title":"Conflict"})"), "Conflict");
}

TEST(Problem, NamesTheFields) {
  EXPECT_EQ(
      told(422,
           R"({"detail":"has passed","field":"until","errors":[{"field":"until","message":"has passed"}]})"),
      "until: has passed");
  EXPECT_EQ(
      told(
          422,
          R"({"detail":"two fields are wrong","field":"start","errors":[{"field":"start","message":"no time"},
                         {"field":"zone","message":"unknown"}]})"),
      "two fields are wrong\n  start: no time\n  zone: unknown");
}

TEST(Problem, ShowsAConfigurationsProblemsWithTheirPlaces) {
  EXPECT_EQ(told(422, R"({"detail":"the file has errors","problems":[{"file":"u.toml","line":3,"column":1,
                         "severity":"error","key":"server.lisen","message":"unknown key","suggestion":"listen"}]})"),
            "the file has errors\n  u.toml:3:1: error: server.lisen: unknown key; did you mean \"listen\"?");
}

TEST(Problem, SaysWhatToDo) {
  EXPECT_EQ(told(401, R"({"detail":"a token is needed"})"),
            "a token is needed\n  name a file with a token by --token-file, or put the token into "
            "UNDERSTUDY_TOKEN");
  EXPECT_EQ(told(429, R"({"detail":"too many"})", {{"Retry-After", "8"}}), "too many\n  try again in 8 s");
}

TEST(Problem, GetsOnWithWhatIsNoProblem) {
  EXPECT_EQ(told(500, "<html>"), "the server answered with 500");
  EXPECT_EQ(told(500, "[1]"), "the server answered with 500");
  EXPECT_EQ(told(500, R"({"detail":7,"errors":3})"), "the server answered with 500");
  EXPECT_EQ(told(409, R"({"detail":"a\u001b[2Jb"})"), "a\\u001b[2Jb");
  EXPECT_EQ(
      describe_problem({404, {}, ""}),
      "the server answered with 404\n  is this the admin listener of an understudy that knows /api/v1?");
}

}  // namespace
}  // namespace understudy::app::cli
