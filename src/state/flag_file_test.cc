#include "state/flag_file.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test_folder.h"

namespace understudy::state {
namespace {

namespace fs = std::filesystem;
using model::Mode;

const WallTime kFuture = std::chrono::system_clock::now() + std::chrono::hours(1);

struct Case {
  std::string_view content;
  Mode mode;
};

TEST(FlagFile, SaysTheMode) {
  const TestFolder folder;
  const Case cases[] = {
      {"", Mode::kMaintenance},
      {"on", Mode::kMaintenance},
      {"on\n", Mode::kMaintenance},
      {"off", Mode::kOpen},
      {"off\n", Mode::kOpen},
      {" OFF \r\n", Mode::kOpen},
      {"open\n", Mode::kOpen},
      {"read-only", Mode::kReadOnly},
      {"Read-Only\n", Mode::kReadOnly},
      {"readonly", Mode::kReadOnly},
      // Whatever else stands there: the file is there, and that is what counts.
      {"maintenance until Monday", Mode::kMaintenance},
      {"offline", Mode::kMaintenance},
      {"of", Mode::kMaintenance},
      {"\xFF\xFE", Mode::kMaintenance},
  };
  for (const Case& c : cases) {
    folder.write("flag", c.content);
    const auto flag = read_flag_file(folder / "flag", kFuture);
    ASSERT_TRUE(flag.has_value());
    EXPECT_EQ(flag->mode, c.mode) << testing::PrintToString(c.content);
    EXPECT_EQ(flag->since.has_value(), c.mode != Mode::kOpen);
    EXPECT_EQ(flag->empty, c.content.empty());
  }
  folder.write("flag", std::string(1 << 20, 'x'));
  EXPECT_EQ(read_flag_file(folder / "flag", kFuture)->mode, Mode::kMaintenance);
}

TEST(FlagFile, NotThereIsOpen) {
  const TestFolder folder;
  folder.write("file", "");
  fs::create_symlink("none", folder / "dangling");
  fs::create_symlink("loop", folder / "loop");
  for (const char* name : {"none", "none/flag", "file/flag", "dangling", "loop", "loop/flag"}) {
    const auto flag = read_flag_file(folder / name, kFuture);
    ASSERT_TRUE(flag.has_value()) << name;
    EXPECT_EQ(flag->mode, Mode::kOpen) << name;
    EXPECT_FALSE(flag->since) << name;
  }
}

TEST(FlagFile, WhatIsNoFileIsThereAllTheSame) {
  const TestFolder folder;
  fs::create_directory(folder / "folder");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_flag_file(folder / "folder", kFuture)->mode, Mode::kMaintenance);
  EXPECT_EQ(read_flag_file(folder / "pipe", kFuture)->mode, Mode::kMaintenance)
      << "without waiting for a writer";
}

TEST(FlagFile, FollowsLinks) {
  const TestFolder folder;
  folder.write("real/flag", "read-only");
  folder.link("real", "linked");
  folder.link("linked/flag", "flag");
  EXPECT_EQ(read_flag_file(folder / "flag", kFuture)->mode, Mode::kReadOnly);
}

void set_time(const fs::path& path, WallTime time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  const timespec times[] = {{seconds, 0}, {seconds, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
}

TEST(FlagFile, SinceIsWhenItWasSwitched) {
  const TestFolder folder;
  const WallTime past(std::chrono::seconds(1'700'000'000));
  const WallTime later = past + std::chrono::hours(5);
  folder.write("flag", "on");
  set_time(folder / "flag", past);
  EXPECT_EQ(read_flag_file(folder / "flag", kFuture)->since, past);
  EXPECT_EQ(read_flag_file(folder / "flag", past - std::chrono::hours(1))->since,
            past - std::chrono::hours(1))
      << "never in the future";
  fs::create_symlink("flag", folder / "link");
  set_time(folder / "link", later);
  EXPECT_EQ(read_flag_file(folder / "link", kFuture)->since, later) << "when the link was swapped";
  set_time(folder / "link", past - std::chrono::hours(5));
  EXPECT_EQ(read_flag_file(folder / "link", kFuture)->since, past);
}

TEST(FlagFile, WhatMayNotBeReadSaysMaintenanceAndWhatMayNotBeSeenAnError) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TestFolder folder;
  folder.write("closed/flag", "off");
  fs::permissions(folder / "closed/flag", fs::perms::none);
  EXPECT_EQ(read_flag_file(folder / "closed/flag", kFuture)->mode, Mode::kMaintenance);
  fs::permissions(folder / "closed", fs::perms::none);
  EXPECT_FALSE(read_flag_file(folder / "closed/flag", kFuture).has_value());
  fs::permissions(folder / "closed", fs::perms::owner_all);
}

}  // namespace
}  // namespace understudy::state
