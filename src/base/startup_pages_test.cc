#include "base/startup_pages.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace understudy {
namespace {

/// Kilobytes of files that are mapped and resident (proc(5), /proc/PID/status).
long resident_of_files() {
  std::ifstream status("/proc/self/status");
  std::string name;
  long kilobytes = 0;
  while (status >> name) {
    if (name == "RssFile:") status >> kilobytes;
  }
  return kilobytes;
}

TEST(StartupPages, AreLetGoOfAndComeBackWhenTheyAreNeeded) {
  const long before = resident_of_files();
  ASSERT_GT(before, 0);
  release_startup_pages();
  EXPECT_LT(resident_of_files(), before);
}

}  // namespace
}  // namespace understudy
