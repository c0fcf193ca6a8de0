#include "control/routes.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "base/embedded.h"
#include "base/text.h"

namespace understudy::control {
namespace {

Operation operation_of(std::string_view method, std::string_view path) {
  const auto match = match_route(method, path);
  EXPECT_TRUE(match && match->route != nullptr) << method << " " << path;
  return match && match->route != nullptr ? match->route->operation : Operation::kOpenapi;
}

ProblemKind problem_of(std::string_view method, std::string_view path) {
  const auto match = match_route(method, path);
  EXPECT_FALSE(match) << method << " " << path;
  return match ? ProblemKind::kInvalid : match.error().kind;
}

TEST(Routes, AreThoseOfTheOpenapiDocument) {
  const boost::json::value document = boost::json::parse(embedded_file("docs/openapi.json").content);
  const std::set<std::string> methods = {"get", "put", "post", "patch", "delete"};
  std::set<std::string> described;
  for (const auto& [path, item] : document.at("paths").as_object()) {
    for (const auto& [method, operation] : item.as_object()) {
      if (methods.count(method) > 0) described.insert(std::string(method) + " " + std::string(path));
    }
  }
  std::set<std::string> known;
  for (const Route& route : routes()) known.insert(lower(route.method) + " " + std::string(route.path));
  EXPECT_EQ(known.size(), routes().size());
  EXPECT_EQ(known, described);
}

TEST(Routes, AreFoundByMethodAndPath) {
  EXPECT_EQ(operation_of("GET", "/api/v1/status"), Operation::kStatus);
  EXPECT_EQ(operation_of("HEAD", "/api/v1/status"), Operation::kStatus);
  EXPECT_EQ(operation_of("GET", "/api/v1/groups"), Operation::kListGroups);
  EXPECT_EQ(operation_of("POST", "/api/v1/groups"), Operation::kCreateGroup);
  EXPECT_EQ(operation_of("PATCH", "/api/v1/groups/shop"), Operation::kChangeGroup);
  EXPECT_EQ(operation_of("PUT", "/api/v1/groups/shop/mode"), Operation::kSetMode);
  EXPECT_EQ(operation_of("GET", "/api/v1/groups/windows.ics/windows.ics"), Operation::kExportCalendar);
  EXPECT_EQ(operation_of("DELETE", "/api/v1/tokens/t-1"), Operation::kRevokeToken);
}

TEST(Routes, DecodeTheSegmentOnce) {
  EXPECT_EQ(match_route("GET", "/api/v1/groups/a%2Fb%2520")->argument, "a/b%20");
  EXPECT_EQ(match_route("GET", "/api/v1/groups/%C3%BC/status")->argument, "\u00fc");
  for (const char* bad : {"%", "%2", "%zz", "%00", "%0a", "%FF", "%7F"}) {
    EXPECT_EQ(problem_of("GET", std::string("/api/v1/groups/") + bad), ProblemKind::kMalformed) << bad;
  }
}

TEST(Routes, RefuseWhatIsNotThere) {
  for (const char* path :
       {"/api/v1", "/api/v1/", "/api/v1/groups/", "/api/v1//groups", "/api/v1/groups/a/b", "/api/v1/Status",
        "/api/v1/status/", "/api/v1/groups//status", "/api/v1/windows/a/b"}) {
    EXPECT_EQ(problem_of("GET", path), ProblemKind::kNotFound) << path;
  }
  const auto near = match_route("GET", "/api/v1/group");
  ASSERT_FALSE(near);
  EXPECT_EQ(near.error().suggestions, std::vector<std::string>{"/api/v1/groups"});
}

TEST(Routes, NameTheMethodsThatAreKnown) {
  const auto match = match_route("PUT", "/api/v1/groups/shop");
  ASSERT_FALSE(match);
  EXPECT_EQ(match.error().kind, ProblemKind::kMethodNotAllowed);
  const std::vector<HeaderLine> allow = {{"Allow", "GET, HEAD, PATCH, DELETE, OPTIONS"}};
  EXPECT_EQ(match.error().headers, allow);
  const auto options = match_route("OPTIONS", "/api/v1/status");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->route, nullptr);
  EXPECT_EQ(options->allow, "GET, HEAD, OPTIONS");
}

TEST(Routes, NeedTheAdminForTokensAndGroups) {
  for (const Route& route : routes()) {
    const bool tokens = route.path.starts_with("/tokens");
    const bool changes = route.method != "GET";
    const bool owned = route.path.find("/mode") != std::string_view::npos ||
                       route.path.find("/windows") != std::string_view::npos ||
                       (route.path.starts_with("/passes") && route.path != "/passes/rotate");
    if (tokens) {
      EXPECT_EQ(route.need, Need::kAdmin) << route.path;
    } else if (changes) {
      EXPECT_EQ(route.need, owned ? Need::kOperator : Need::kAdmin) << route.method << route.path;
    } else {
      EXPECT_TRUE(route.need == Need::kViewer || route.need == Need::kFeed) << route.path;
    }
    const bool feed = route.method == "GET" && route.path.ends_with(".ics");
    EXPECT_EQ(route.need == Need::kFeed, feed) << route.path;
  }
}

}  // namespace
}  // namespace understudy::control
