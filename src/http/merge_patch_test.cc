#include "http/merge_patch.h"

#include <string_view>

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace understudy::http {
namespace {

namespace json = boost::json;

TEST(MergePatch, FollowsTheRfc) {
  const char* const cases[][3] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const auto& [target, patch, expected] : cases) {
    json::object merged = json::parse(target).as_object();
    merge_patch(merged, json::parse(patch).as_object());
    EXPECT_EQ(json::value(merged), json::parse(expected)) << target << " " << patch;
  }
}

}  // namespace
}  // namespace understudy::http
