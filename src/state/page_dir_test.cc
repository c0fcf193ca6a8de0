#include "state/page_dir.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/test_folder.h"

namespace understudy::state {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::vector<std::string> names(const model::PageDir& page) {
  std::vector<std::string> out;
  for (const auto& [name, file] : page.files) out.push_back(name);
  return out;
}

class PageDirTest : public testing::Test {
 protected:
  PageDirTest() {
    folder_.write("outside/secret.txt", "secret");
    folder_.write("page/index.html", "<!DOCTYPE html>");
  }
  [[nodiscard]] LoadedPageDir load() const {
    auto loaded = load_page_dir(folder_ / "page");
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    return loaded.value();
  }
  const TestFolder folder_;
};

TEST_F(PageDirTest, HoldsThePageAndWhatStandsBesideIt) {
  folder_.write("page/img/logo.png", "PNG");
  folder_.write("page/a b.css", "p{}");
  folder_.write("page/sub/index.html", "<p>");
  fs::create_directory(folder_ / "page/empty");
  const LoadedPageDir loaded = load();
  EXPECT_EQ(loaded.page->index, "<!DOCTYPE html>");
  EXPECT_THAT(names(*loaded.page), ElementsAre("/a b.css", "/img/logo.png", "/sub/index.html"));
  EXPECT_EQ(loaded.page->files.at("/img/logo.png").content, "PNG");
  EXPECT_THAT(loaded.left_out, ElementsAre());
}

TEST_F(PageDirTest, KnowsMediaTypes) {
  const std::map<std::string, std::string> types = {
      {"a.css", "text/css; charset=utf-8"},
      {"a.js", "text/javascript; charset=utf-8"},
      {"a.woff2", "font/woff2"},
      {"a.svg", "image/svg+xml"},
      {"a.png", "image/png"},
      {"a.JPG", "image/jpeg"},
      {"a.webp", "image/webp"},
      {"a.ico", "image/x-icon"},
      {"a.html", "text/html; charset=utf-8"},
      {"a.json", "application/json"},
      {"a.tar.gz", "application/octet-stream"},
      {"none", "application/octet-stream"},
      {"a.txt", "text/plain; charset=utf-8"},
      {"a.", "application/octet-stream"},
  };
  for (const auto& [name, type] : types) folder_.write("page/" + name, "x");
  const LoadedPageDir loaded = load();
  for (const auto& [name, type] : types)
    EXPECT_EQ(loaded.page->files.at("/" + name).media_type, type) << name;
}

TEST_F(PageDirTest, ValidatorsFollowTheContent) {
  folder_.write("page/a.css", "one");
  folder_.write("page/b.css", "one");
  folder_.write("page/c.css", "two");
  const auto before = load().page;
  EXPECT_EQ(before->files.at("/a.css").etag, before->files.at("/b.css").etag);
  EXPECT_NE(before->files.at("/a.css").etag, before->files.at("/c.css").etag);
  for (const auto& [name, file] : before->files) {
    EXPECT_TRUE(file.etag.size() > 2 && file.etag.front() == '"' && file.etag.back() == '"') << file.etag;
    EXPECT_EQ(file.etag.find('"', 1), file.etag.size() - 1);
  }
  const auto written = std::chrono::time_point_cast<WallTime::duration>(
      std::chrono::file_clock::to_sys(fs::last_write_time(folder_ / "page/a.css")));
  EXPECT_EQ(before->files.at("/a.css").modified, written);
  folder_.write("page/a.css", "three");
  EXPECT_NE(load().page->files.at("/a.css").etag, before->files.at("/a.css").etag);
}

TEST_F(PageDirTest, LeavesOutHiddenFiles) {
  folder_.write("page/.htaccess", "x");
  folder_.write("page/.git/config", "x");
  folder_.write("page/img/.hidden.png", "x");
  EXPECT_THAT(names(*load().page), ElementsAre());
}

TEST_F(PageDirTest, LeavesOutLinksThatLeadOut) {
  folder_.link("../../outside/secret.txt", "page/up.txt");
  folder_.link(folder_ / "outside/secret.txt", "page/absolute.txt");
  folder_.link("../outside", "page/folder");
  folder_.link("/etc", "page/etc");
  folder_.link("../pagex", "page/neighbour");
  folder_.write("pagex/secret.txt", "secret");
  const LoadedPageDir loaded = load();
  EXPECT_THAT(names(*loaded.page), ElementsAre());
  for (const char* name : {"absolute.txt", "folder", "etc", "neighbour"}) {
    EXPECT_THAT(loaded.left_out, Contains(HasSubstr(name))) << "the operator is told";
  }
}

TEST_F(PageDirTest, FollowsLinksThatStayInside) {
  folder_.write("page/real/a.png", "A");
  folder_.link("real/a.png", "page/b.png");
  folder_.link("real", "page/linked");
  folder_.link("../page/real/a.png", "page/c.png");
  const auto page = load().page;
  EXPECT_THAT(names(*page), UnorderedElementsAre("/real/a.png", "/b.png", "/c.png", "/linked/a.png"));
  EXPECT_EQ(page->files.at("/linked/a.png").content, "A");
}

TEST_F(PageDirTest, ReadsWhatAtomicDeploymentsLookLike) {
  // As Kubernetes mounts a ConfigMap: links into a hidden folder that a hidden link points at.
  fs::remove(folder_ / "page/index.html");
  folder_.write("page/..2026_11_21/index.html", "deployed");
  folder_.write("page/..2026_11_21/a.css", "p{}");
  folder_.link("..2026_11_21", "page/..data");
  folder_.link("..data/index.html", "page/index.html");
  folder_.link("..data/a.css", "page/a.css");
  const auto page = load().page;
  EXPECT_EQ(page->index, "deployed");
  EXPECT_THAT(names(*page), ElementsAre("/a.css"));
}

TEST_F(PageDirTest, RoundaboutsEnd) {
  folder_.link(".", "page/here");
  folder_.link("..", "page/up");
  folder_.link("b", "page/a");
  folder_.link("a", "page/b");
  folder_.write("page/x/file.txt", "x");
  folder_.write("page/y/file.txt", "y");
  folder_.link("../y", "page/x/y");
  folder_.link("../x", "page/y/x");
  const auto page = load().page;
  EXPECT_THAT(names(*page), testing::IsSupersetOf({"/x/file.txt", "/y/file.txt"}));
  EXPECT_LT(page->files.size(), 20U);
}

TEST_F(PageDirTest, TheFolderMayBeALinkItself) {
  folder_.link("page", "current");
  folder_.write("page/a.css", "p{}");
  const auto loaded = load_page_dir(folder_ / "current");
  ASSERT_TRUE(loaded.has_value());
  EXPECT_THAT(names(*loaded->page), ElementsAre("/a.css"));
}

TEST_F(PageDirTest, LeavesOutWhatIsNoFile) {
  ASSERT_EQ(::mkfifo((folder_ / "page/pipe").c_str(), 0600), 0);
  folder_.link("none", "page/dangling");
  EXPECT_THAT(names(*load().page), ElementsAre());
}

TEST_F(PageDirTest, NeedsAnIndex) {
  const auto error_of = [](const fs::path& path) {
    const auto loaded = load_page_dir(path);
    return loaded.has_value() ? std::string("loaded") : loaded.error().message;
  };
  EXPECT_THAT(error_of(folder_ / "outside"), HasSubstr("index.html"));
  EXPECT_THAT(error_of(folder_ / "none"), HasSubstr("none"));
  EXPECT_THAT(error_of(folder_ / "outside/secret.txt"), HasSubstr("secret.txt"));
  fs::remove(folder_ / "page/index.html");
  folder_.link("../outside/secret.txt", "page/index.html");
  EXPECT_THAT(error_of(folder_ / "page"), HasSubstr("index.html")) << "one that leads out is none";
}

TEST_F(PageDirTest, HasABound) {
  folder_.write("page/large", std::string(kMaxPageDir - 10'000, 'x'));
  EXPECT_TRUE(load_page_dir(folder_ / "page").has_value());
  folder_.write("page/more", std::string(20'000, 'x'));
  const auto loaded = load_page_dir(folder_ / "page");
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(loaded.error().message, HasSubstr("64 MiB"));
}

}  // namespace
}  // namespace understudy::state
