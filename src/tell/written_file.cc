#include "tell/written_file.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace understudy::tell {
namespace {

/// errno; 0: all of it is written.
int write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Result<FileDescriptor> open_folder(const std::string& path) {
  FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return Error{fmt::format("{}: {}", path, system_message(errno))};
  return {boost::system::in_place_value, std::move(folder)};
}

Result<void> write_atomically(const FileDescriptor& folder, const std::string& name, std::string_view content,
                              unsigned mode) {
  // Always the same name: what a crash leaves behind is swept away the next time.
  const std::string fresh = fmt::format(".{}.understudy", name);
  const auto failed = [&](int error_number) {
    return Error{fmt::format("{} can't be written: {}; understudy has to be able to write in that folder",
                             name, system_message(error_number))};
  };
  if (::unlinkat(folder.get(), fresh.c_str(), 0) != 0 && errno != ENOENT) return failed(errno);
  const FileDescriptor file(
      ::openat(folder.get(), fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file.valid()) return failed(errno);
  const auto give_up = [&](int error_number) {
    static_cast<void>(::unlinkat(folder.get(), fresh.c_str(), 0));
    return failed(error_number);
  };
  // Whatever the umask says: the proxy has to be able to read it.
  if (::fchmod(file.get(), mode) != 0) return give_up(errno);
  if (const int error = write_all(file.get(), content); error != 0) return give_up(error);
  if (::fsync(file.get()) != 0) return give_up(errno);
  if (::renameat(folder.get(), fresh.c_str(), folder.get(), name.c_str()) != 0) return give_up(errno);
  // Some file systems can't; the file itself is there.
  if (::fsync(folder.get()) != 0 && errno != EINVAL) return failed(errno);
  return {};
}

}  // namespace understudy::tell
