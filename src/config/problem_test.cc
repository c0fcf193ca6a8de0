#include "config/problem.h"

#include <gtest/gtest.h>

namespace understudy::config {
namespace {

TEST(Problem, IsOneLine) {
  EXPECT_EQ(to_line({"a.toml", 3, 1, Severity::kError, "server.lisen", "unknown key", "\"lisen\"",
                     "one of listen", "listen"}),
            "a.toml:3:1: error: server.lisen: unknown key, found \"lisen\", "
            "expected one of listen; did you mean \"listen\"?");
  EXPECT_EQ(to_line({"a.toml", 0, 0, Severity::kWarning, "groups", "there is no group", "", "", ""}),
            "a.toml: warning: groups: there is no group");
  EXPECT_EQ(to_line({"a.toml", 2, 9, Severity::kError, "", "", "1", "a string", ""}),
            "a.toml:2:9: error: found 1, expected a string");
}

TEST(Problem, WarningsAloneAreNoErrors) {
  Problem warning;
  warning.severity = Severity::kWarning;
  EXPECT_FALSE(has_errors({}));
  EXPECT_FALSE(has_errors({warning}));
  EXPECT_TRUE(has_errors({warning, Problem{}}));
}

}  // namespace
}  // namespace understudy::config
