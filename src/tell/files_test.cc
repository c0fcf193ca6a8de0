// What is written for proxies: the map file and the flag folder.

#include "base/files.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/test_folder.h"
#include "tell/flag_folder.h"
#include "tell/map_file.h"
#include "tell/server_memory.h"

namespace understudy::tell {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using testing::UnorderedElementsAre;

constexpr std::size_t kMost = 1 << 20;
constexpr std::string_view kHead =
    "# Written by understudy: how the groups stand. Changes made here are lost.\n";

Stand in(model::Mode mode) { return {mode, WallTime() + std::chrono::hours(24), std::nullopt, "ann"}; }
const Stand kOpen = in(model::Mode::kOpen);
const Stand kMaintenance = in(model::Mode::kMaintenance);
const Stand kReadOnly = in(model::Mode::kReadOnly);

std::string content(const std::filesystem::path& path) {
  const auto text = read_file(path, kMost);
  return text ? *text : "(" + text.error().message + ")";
}

ino_t inode(const std::filesystem::path& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 ? found.st_ino : 0;
}

std::vector<std::string> names(const TestFolder& folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    out.push_back(entry.path().filename().string());
  return out;
}

TEST(MapFile, HasALineForEachGroup) {
  const TestFolder folder;
  MapFile map(folder / "a.map");
  ASSERT_TRUE(map.bring({{"shop", kMaintenance}, {"blog", kOpen}, {"api", kReadOnly}}));
  EXPECT_EQ(content(folder / "a.map"), std::string(kHead) + "api read-only\nblog open\nshop maintenance\n");
  struct stat found {};
  ASSERT_EQ(::stat((folder / "a.map").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0644U);
  EXPECT_THAT(names(folder), UnorderedElementsAre("a.map"));
}

TEST(MapFile, IsNotRewrittenWithoutNeed) {
  const TestFolder folder;
  MapFile map(folder / "a.map");
  ASSERT_TRUE(map.bring({{"shop", kOpen}}));
  const ino_t first = inode(folder / "a.map");
  ASSERT_TRUE(map.bring({{"shop", kOpen}}));
  Stand later = kOpen;
  later.by = "somebody else";
  ASSERT_TRUE(map.bring({{"shop", later}}));
  EXPECT_EQ(inode(folder / "a.map"), first);
  MapFile successor(folder / "a.map");
  ASSERT_TRUE(successor.bring({{"shop", kOpen}}));
  EXPECT_EQ(inode(folder / "a.map"), first);
  ASSERT_TRUE(successor.bring({{"shop", kMaintenance}}));
  EXPECT_NE(inode(folder / "a.map"), first);
}

TEST(MapFile, IsPutRightWhereSomebodyElseWasHere) {
  const TestFolder folder;
  MapFile map(folder / "a.map");
  ASSERT_TRUE(map.bring({{"shop", kMaintenance}}));
  folder.write("a.map", "shop open\n");
  ASSERT_TRUE(map.bring({{"shop", kMaintenance}}));
  EXPECT_EQ(content(folder / "a.map"), std::string(kHead) + "shop maintenance\n");
  std::filesystem::remove(folder / "a.map");
  ASSERT_TRUE(map.bring({{"shop", kMaintenance}}));
  EXPECT_EQ(content(folder / "a.map"), std::string(kHead) + "shop maintenance\n");
}

TEST(MapFile, LeavesAlonePeoplesOwn) {
  const TestFolder folder;
  const std::string own = "# hosts\nshop.example backend_shop\n";
  folder.write("own.map", own);
  const auto done = MapFile(folder / "own.map").bring({{"shop", kOpen}});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("holds a line that understudy did not write: \"shop.example "
                                              "backend_shop\"; give understudy a file of its own"));
  EXPECT_EQ(content(folder / "own.map"), own);

  folder.write("prepared.map", "# for HAProxy's first start\nshop   open\n");
  EXPECT_TRUE(MapFile(folder / "prepared.map").bring({{"shop", kOpen}}));
  folder.write("empty.map", "");
  EXPECT_TRUE(MapFile(folder / "empty.map").bring({{"shop", kOpen}}));
}

TEST(MapFile, RefusesALinkAndWhatIsNoFile) {
  const TestFolder folder;
  folder.write("real.map", "");
  folder.link("real.map", "link.map");
  const auto link = MapFile(folder / "link.map").bring({{"shop", kOpen}});
  ASSERT_FALSE(link);
  EXPECT_THAT(link.error().message, HasSubstr("link.map is a symbolic link"));
  EXPECT_EQ(content(folder / "real.map"), "");
  EXPECT_THAT(MapFile(folder.path()).bring({}).error().message, HasSubstr("is no regular file"));
  EXPECT_THAT(MapFile(folder / "none/a.map").bring({}).error().message,
              HasSubstr("No such file or directory"));
}

TEST(MapFile, SweepsAwayWhatACrashLeft) {
  const TestFolder folder;
  folder.write(".a.map.understudy", "half a li");
  ASSERT_TRUE(MapFile(folder / "a.map").bring({{"shop", kOpen}}));
  EXPECT_THAT(names(folder), UnorderedElementsAre("a.map"));
}

TEST(FlagFolder, HoldsAFlagWhileAGroupIsClosed) {
  const TestFolder folder;
  FlagFolder flags(folder.path());
  ASSERT_TRUE(flags.bring({{"shop", kMaintenance}, {"blog", kReadOnly}, {"api", kOpen}}));
  EXPECT_THAT(names(folder), UnorderedElementsAre("shop.maintenance", "blog.read-only"));
  EXPECT_EQ(content(folder / "shop.maintenance"),
            "Written by understudy: shop is in maintenance. It goes when the group opens.\n"
            "since: 1970-01-02T00:00:00Z\nuntil: somebody opens it\nby: ann\n");
  ASSERT_TRUE(flags.bring({{"shop", kReadOnly}, {"blog", kOpen}, {"api", kOpen}}));
  EXPECT_THAT(names(folder), UnorderedElementsAre("shop.read-only"));
  ASSERT_TRUE(flags.bring({{"shop", kOpen}}));
  EXPECT_THAT(names(folder), UnorderedElementsAre());
}

TEST(FlagFolder, IsPutRightWhereSomebodyElseWasHere) {
  const TestFolder folder;
  FlagFolder flags(folder.path());
  ASSERT_TRUE(flags.bring({{"shop", kMaintenance}, {"blog", kOpen}}));
  std::filesystem::remove(folder / "shop.maintenance");
  folder.write("blog.maintenance", "by hand");
  ASSERT_TRUE(flags.bring({{"shop", kMaintenance}, {"blog", kOpen}}));
  EXPECT_THAT(names(folder), UnorderedElementsAre("shop.maintenance"));
}

TEST(FlagFolder, RemovesTheFlagsOfGroupsThatVanishedAndNoOthers) {
  const TestFolder folder;
  ASSERT_TRUE(FlagFolder(folder.path()).bring({{"shop", kMaintenance}, {"gone", kMaintenance}}));
  folder.write("other.maintenance", "somebody's own");
  folder.write("readme.txt", "Written by understudy");
  folder.write(".hidden.maintenance", "Written by understudy");
  ASSERT_TRUE(FlagFolder(folder.path()).bring({{"shop", kMaintenance}}));
  EXPECT_THAT(names(folder), UnorderedElementsAre("shop.maintenance", "other.maintenance", "readme.txt",
                                                  ".hidden.maintenance"));
}

TEST(FlagFolder, FollowsNoLink) {
  const TestFolder folder;
  const TestFolder elsewhere;
  elsewhere.write("victim", "precious");
  folder.link(elsewhere / "victim", "shop.maintenance");
  ASSERT_TRUE(FlagFolder(folder.path()).bring({{"shop", kMaintenance}}));
  EXPECT_EQ(content(elsewhere / "victim"), "precious");
  EXPECT_THAT(content(folder / "shop.maintenance"), StartsWith("Written by understudy"));
  EXPECT_FALSE(std::filesystem::is_symlink(folder / "shop.maintenance"));
}

TEST(FlagFolder, SaysWhatIsWrongWithIt) {
  const TestFolder folder;
  const auto none = FlagFolder(folder / "none").bring({});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message,
            (folder / "none").string() +
                ": No such file or directory; understudy has to be able to write in that "
                "folder, and the proxy to read it");
  folder.write("file", "");
  EXPECT_THAT(FlagFolder(folder / "file").bring({}).error().message, HasSubstr("Not a directory"));
  // A folder in the place of the flag: nothing is put there, and nothing there is lost.
  folder.write("flags/shop.maintenance/x", "");
  EXPECT_THAT(FlagFolder(folder / "flags").bring({{"shop", kMaintenance}}).error().message,
              HasSubstr("shop.maintenance can't be written: Is a directory"));
}

TEST(ServerMemory, OutlivesTheProcess) {
  const TestFolder folder;
  const std::string path = (folder / "memory").string();
  {
    ServerMemory memory(path);
    EXPECT_TRUE(memory.servers().empty());
    ASSERT_TRUE(memory.keep({}));
    EXPECT_THAT(names(folder), UnorderedElementsAre());  // nothing to remember
    ASSERT_TRUE(memory.keep({{"app/app1", 0}, {"app/app2", 8}}));
  }
  EXPECT_EQ(ServerMemory(path).servers(), (ServerMemory::Servers{{"app/app1", 0}, {"app/app2", 8}}));
  folder.write("memory", "# x\napp/app1\napp/app2 x\napp/app3 1\nhalf");
  EXPECT_EQ(ServerMemory(path).servers(), (ServerMemory::Servers{{"app/app3", 1}}));
  ASSERT_TRUE(ServerMemory(path).keep({}));
  EXPECT_TRUE(ServerMemory(path).servers().empty());
}

TEST(ServerMemory, LeavesAloneWhatItCanNotRead) {
  const TestFolder folder;
  folder.write("memory/x", "");  // a folder in its place
  ServerMemory memory((folder / "memory").string());
  EXPECT_THAT(memory.keep({}).error().message, HasSubstr("can't be read"));
  EXPECT_FALSE(memory.keep({{"app/app1", 0}}));
  EXPECT_EQ(memory.servers().size(), 1U);
}

TEST(ServerMemory, RemembersEvenWhereItCanNotWrite) {
  ServerMemory memory("/nonexistent/memory");
  const auto done = memory.keep({{"app/app1", 0}});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("/nonexistent: No such file or directory"));
  EXPECT_EQ(memory.servers().size(), 1U);
  ServerMemory nowhere("");
  EXPECT_TRUE(nowhere.keep({{"app/app1", 0}}));
}

}  // namespace
}  // namespace understudy::tell
