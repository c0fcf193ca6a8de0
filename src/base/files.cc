#include "base/files.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace understudy {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int FileDescriptor::release() { return std::exchange(fd_, -1); }

void FileDescriptor::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::string system_message(int error_number) { return std::generic_category().message(error_number); }

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  // Not blocking: a FIFO in the file's place must not hang the one who reads.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto failed = [&](const std::string& why) {
    return Error{fmt::format("{}: {}", path.string(), why)};
  };
  if (!file.valid()) return failed(system_message(errno));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return failed(system_message(errno));
  if (!S_ISREG(info.st_mode)) return failed("not a regular file");
  if (static_cast<std::size_t>(info.st_size) > limit) {
    return failed(fmt::format("{} bytes, more than the {} that are read", info.st_size, limit));
  }
  std::string content;
  char block[65536];
  for (;;) {
    const ssize_t got = ::read(file.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(system_message(errno));
    if (got == 0) return {boost::system::in_place_value, std::move(content)};
    content.append(block, static_cast<std::size_t>(got));
    if (content.size() > limit) return failed(fmt::format("more than the {} bytes that are read", limit));
  }
}

}  // namespace understudy
