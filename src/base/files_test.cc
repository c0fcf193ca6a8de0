#include "base/files.h"

#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test_folder.h"

namespace understudy {
namespace {

using testing::HasSubstr;

std::string error_of(const std::filesystem::path& path, std::size_t limit = 1000) {
  const auto content = read_file(path, limit);
  return content.has_value() ? "read: " + *content : content.error().message;
}

TEST(Files, ReadsWholeFiles) {
  const TestFolder folder;
  folder.write("empty", "");
  folder.write("bytes", std::string_view("a\0b\r\n\xFF", 6));
  folder.write("large", std::string(200'000, 'x'));
  EXPECT_EQ(read_file(folder / "empty", 10).value(), "");
  EXPECT_EQ(read_file(folder / "bytes", 6).value(), std::string("a\0b\r\n\xFF", 6));
  EXPECT_EQ(read_file(folder / "large", 200'000).value(), std::string(200'000, 'x'));
}

TEST(Files, SaysWhyItCannot) {
  const TestFolder folder;
  folder.write("file", "12345");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(error_of(folder / "none"),
              testing::AllOf(HasSubstr("none"), HasSubstr(system_message(ENOENT))));
  EXPECT_THAT(error_of(folder / "file" / "x"), HasSubstr(system_message(ENOTDIR)));
  EXPECT_THAT(error_of(folder.path()), HasSubstr("not a regular file"));
  EXPECT_THAT(error_of(folder / "pipe"), HasSubstr("not a regular file")) << "and does not wait for a writer";
  EXPECT_THAT(error_of("/dev/zero"), HasSubstr("not a regular file"));
  EXPECT_THAT(error_of(folder / "file", 4), HasSubstr("5 bytes"));
}

TEST(Files, ADescriptorIsClosedOnce) {
  const auto is_open = [](int fd) { return ::fcntl(fd, F_GETFD) >= 0; };
  int number = -1;
  {
    FileDescriptor one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = one.get();
    ASSERT_TRUE(one.valid());
    FileDescriptor two(std::move(one));
    EXPECT_FALSE(one.valid());  // NOLINT(bugprone-use-after-move): that it is empty is the point
    one = std::move(two);
    EXPECT_TRUE(is_open(number));
    EXPECT_EQ(one.get(), number);
  }
  EXPECT_FALSE(is_open(number));
  FileDescriptor given(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int released = given.release();
  given.reset();
  EXPECT_TRUE(is_open(released));
  ::close(released);
}

}  // namespace
}  // namespace understudy
