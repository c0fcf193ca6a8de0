#include "state/path_watch.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "base/test_folder.h"

namespace understudy::state {
namespace {

namespace fs = std::filesystem;
using Kind = PathWatch::Kind;

constexpr int kLimit = 5000;  ///< milliseconds: far more than the kernel ever takes

bool is_readable(const PathWatch& watch, int wait) {
  pollfd waiting{watch.descriptor(), POLLIN, 0};
  return ::poll(&waiting, 1, wait) == 1;
}

/// What changed, told within the limit.
std::map<PathWatch::Token, Kind> changes(PathWatch& watch) {
  std::map<PathWatch::Token, Kind> out;
  if (!is_readable(watch, kLimit)) return out;
  for (const PathWatch::Change& change : watch.take_changes()) out[change.token] = change.kind;
  return out;
}

bool told(PathWatch& watch, PathWatch::Token token) { return changes(watch).contains(token); }

/// Nothing that concerns anybody. The kernel queues an event before the call that caused it returns.
bool nothing(PathWatch& watch) { return !is_readable(watch, 0) || watch.take_changes().empty(); }

class PathWatchTest : public testing::Test {
 protected:
  void follow(const fs::path& path) { ASSERT_TRUE(watch_.follow(1, path).has_value()); }

  const TestFolder folder_;
  PathWatch watch_;
};

TEST_F(PathWatchTest, AFileComesChangesAndGoes) {
  follow(folder_ / "flag");
  EXPECT_TRUE(nothing(watch_));
  folder_.write("flag", "");
  EXPECT_TRUE(told(watch_, 1)) << "made";
  folder_.write("flag", "off");
  EXPECT_TRUE(told(watch_, 1)) << "rewritten in place";
  folder_.replace("flag", "on");
  EXPECT_TRUE(told(watch_, 1)) << "replaced";
  fs::last_write_time(folder_ / "flag", fs::file_time_type::clock::now());
  EXPECT_TRUE(told(watch_, 1)) << "touched";
  fs::rename(folder_ / "flag", folder_ / "elsewhere");
  EXPECT_TRUE(told(watch_, 1)) << "moved away";
  fs::rename(folder_ / "elsewhere", folder_ / "flag");
  EXPECT_TRUE(told(watch_, 1)) << "moved back";
  fs::remove(folder_ / "flag");
  EXPECT_TRUE(told(watch_, 1)) << "removed";
  EXPECT_TRUE(nothing(watch_));
}

TEST_F(PathWatchTest, NeighboursDoNotMatter) {
  follow(folder_ / "flag");
  folder_.write("flag2", "x");
  folder_.write("fla", "x");
  folder_.write("sub/flag", "x");
  fs::remove(folder_ / "flag2");
  EXPECT_TRUE(nothing(watch_));
}

TEST_F(PathWatchTest, AFileUnderTheHandsOfItsWriterIsNotSettled) {
  follow(folder_ / "flag");
  std::ofstream writer(folder_ / "flag");
  EXPECT_EQ(changes(watch_)[1], Kind::kWriting);
  writer << "read-";
  writer.flush();
  EXPECT_EQ(changes(watch_)[1], Kind::kWriting);
  writer << "only";
  writer.close();
  EXPECT_EQ(changes(watch_)[1], Kind::kSettled);
}

TEST_F(PathWatchTest, AFolderThatComesLater) {
  const fs::path path = folder_ / "a/b/flag";
  follow(path);
  fs::create_directory(folder_ / "a");
  EXPECT_TRUE(told(watch_, 1));
  follow(path);
  fs::create_directory(folder_ / "a/b");
  EXPECT_TRUE(told(watch_, 1));
  follow(path);
  folder_.write("a/b/flag", "on");
  EXPECT_TRUE(told(watch_, 1));
  fs::remove_all(folder_ / "a");
  EXPECT_TRUE(told(watch_, 1));
  follow(path);
  folder_.write("a/b/flag", "on");
  EXPECT_TRUE(told(watch_, 1)) << "made anew, the folders too";
}

TEST_F(PathWatchTest, AFolderOnTheWayIsMoved) {
  folder_.write("a/flag", "on");
  folder_.write("b/flag", "off");
  follow(folder_ / "a/flag");
  fs::rename(folder_ / "a", folder_ / "old");
  EXPECT_TRUE(told(watch_, 1));
  follow(folder_ / "a/flag");
  fs::rename(folder_ / "b", folder_ / "a");
  EXPECT_TRUE(told(watch_, 1));
  follow(folder_ / "a/flag");
  folder_.write("a/flag", "on");
  EXPECT_TRUE(told(watch_, 1));
  folder_.write("old/flag", "off");
  EXPECT_TRUE(nothing(watch_)) << "the folder that was moved away is nobody's any more";
}

TEST_F(PathWatchTest, ALinkIsSwapped) {
  folder_.write("releases/1/flag", "on");
  folder_.write("releases/2/flag", "off");
  folder_.link("releases/1/flag", "flag");
  follow(folder_ / "flag");
  folder_.link("releases/2/flag", "flag");
  EXPECT_TRUE(told(watch_, 1)) << "the link itself";
  follow(folder_ / "flag");
  folder_.write("releases/1/flag", "x");
  EXPECT_TRUE(nothing(watch_)) << "what it no longer points at";
  folder_.write("releases/2/flag", "read-only");
  EXPECT_TRUE(told(watch_, 1)) << "what it points at";
  fs::remove(folder_ / "releases/2/flag");
  EXPECT_TRUE(told(watch_, 1)) << "and now dangles";
  follow(folder_ / "flag");
  folder_.write("releases/2/flag", "on");
  EXPECT_TRUE(told(watch_, 1));
}

TEST_F(PathWatchTest, ALinkedFolderOnTheWayIsSwapped) {
  folder_.write("1/flag", "on");
  folder_.write("2/flag", "off");
  folder_.link("1", "..data");
  folder_.link("..data/flag", "flag");
  follow(folder_ / "flag");
  folder_.link("2", "..data");
  EXPECT_TRUE(told(watch_, 1));
  follow(folder_ / "flag");
  folder_.write("2/flag", "on");
  EXPECT_TRUE(told(watch_, 1));
}

TEST_F(PathWatchTest, AbsoluteLinksAndRoundabouts) {
  folder_.write("there/flag", "on");
  folder_.link(folder_ / "there", "absolute");
  fs::create_directory(folder_ / "here");
  follow(folder_ / "here/../absolute/./flag");
  folder_.write("there/flag", "off");
  EXPECT_TRUE(told(watch_, 1));
}

TEST_F(PathWatchTest, ALinkToItselfEnds) {
  folder_.link("loop", "loop");
  follow(folder_ / "loop/flag");
  folder_.link("elsewhere", "loop");
  EXPECT_TRUE(told(watch_, 1));
}

TEST_F(PathWatchTest, SeveralFollowTheSameFile) {
  ASSERT_TRUE(watch_.follow(1, folder_ / "flag").has_value());
  ASSERT_TRUE(watch_.follow(2, folder_ / "flag").has_value());
  ASSERT_TRUE(watch_.follow(3, folder_ / "other").has_value());
  folder_.write("flag", "on");
  const auto both = changes(watch_);
  EXPECT_TRUE(both.contains(1) && both.contains(2) && !both.contains(3));
  watch_.forget(1);
  folder_.write("flag", "off");
  const auto one = changes(watch_);
  EXPECT_TRUE(!one.contains(1) && one.contains(2));
  // A new path takes the old one's place.
  ASSERT_TRUE(watch_.follow(2, folder_ / "third").has_value());
  folder_.write("flag", "on");
  EXPECT_TRUE(nothing(watch_));
  folder_.write("third", "on");
  EXPECT_TRUE(told(watch_, 2));
  watch_.forget(2);
  watch_.forget(2);
  watch_.forget(99);
  folder_.write("other", "on");
  EXPECT_TRUE(told(watch_, 3));
}

TEST_F(PathWatchTest, ATreeTellsOfEverythingInIt) {
  folder_.write("page/index.html", "a");
  folder_.write("page/img/deep/logo.png", "a");
  ASSERT_TRUE(watch_.follow_tree(1, folder_ / "page").has_value());
  EXPECT_TRUE(nothing(watch_));
  folder_.write("page/index.html", "b");
  EXPECT_TRUE(told(watch_, 1));
  folder_.write("page/img/deep/logo.png", "b");
  EXPECT_TRUE(told(watch_, 1));
  folder_.write("page/img/new.png", "b");
  EXPECT_TRUE(told(watch_, 1));
  fs::remove(folder_ / "page/img/new.png");
  EXPECT_TRUE(told(watch_, 1));
  fs::create_directory(folder_ / "page/fonts");
  EXPECT_TRUE(told(watch_, 1));
  ASSERT_TRUE(watch_.follow_tree(1, folder_ / "page").has_value());
  folder_.write("page/fonts/a.woff2", "b");
  EXPECT_TRUE(told(watch_, 1)) << "in a folder that came later";
  folder_.write("beside", "b");
  EXPECT_TRUE(nothing(watch_));
  fs::rename(folder_ / "page", folder_ / "old");
  EXPECT_TRUE(told(watch_, 1)) << "the folder itself";
}

TEST_F(PathWatchTest, ATreeBehindALinkThatIsSwapped) {
  folder_.write("1/index.html", "a");
  folder_.write("2/index.html", "b");
  folder_.link("1", "page");
  ASSERT_TRUE(watch_.follow_tree(1, folder_ / "page").has_value());
  folder_.write("1/index.html", "c");
  EXPECT_TRUE(told(watch_, 1));
  folder_.link("2", "page");
  EXPECT_TRUE(told(watch_, 1));
  ASSERT_TRUE(watch_.follow_tree(1, folder_ / "page").has_value());
  folder_.write("2/index.html", "d");
  EXPECT_TRUE(told(watch_, 1));
}

TEST_F(PathWatchTest, WhoeverMayHaveMissedSomethingIsTold) {
  std::size_t queue = 16384;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queue;
  if (queue > 200'000) GTEST_SKIP() << "the kernel queues " << queue << " events here";
  fs::create_directory(folder_ / "busy");
  ASSERT_TRUE(watch_.follow_tree(1, folder_ / "busy").has_value());
  ASSERT_TRUE(watch_.follow(2, folder_ / "calm").has_value());
  for (std::size_t i = 0; i < queue; ++i) {
    folder_.write(i % 2 == 0 ? "busy/a" : "busy/b", "");
  }
  const auto all = changes(watch_);
  ASSERT_TRUE(all.contains(2)) << "the queue overflowed";
  EXPECT_EQ(all.at(2), Kind::kSettled);
}

TEST_F(PathWatchTest, SaysWhatCannotBeWatched) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every folder";
  folder_.write("closed/flag", "on");
  fs::permissions(folder_ / "closed", fs::perms::owner_exec);
  const auto outcome = watch_.follow(1, folder_ / "closed/flag");
  fs::permissions(folder_ / "closed", fs::perms::owner_all);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_NE(outcome.error().message.find("closed"), std::string::npos);
}

}  // namespace
}  // namespace understudy::state
