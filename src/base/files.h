#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace understudy {

/// Owns a file descriptor. Movable, closes on destruction.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  [[nodiscard]] int release();
  void reset();

 private:
  int fd_ = -1;
};

/// The whole file. Errors: not there, not readable, no regular file, larger than `limit` bytes.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);

/// What errno says, in words: "No such file or directory".
[[nodiscard]] std::string system_message(int error_number);

}  // namespace understudy
