#include "state/flag_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/text.h"

namespace understudy::state {
namespace {

WallTime modified(const struct stat& info) {
  const auto since_epoch =
      std::chrono::seconds(info.st_mtim.tv_sec) + std::chrono::nanoseconds(info.st_mtim.tv_nsec);
  return WallTime(std::chrono::duration_cast<WallTime::duration>(since_epoch));
}

model::Mode mode_of(std::string_view content) {
  const std::string word = lower(trim_lines(content));
  if (word == "off" || word == "open") return model::Mode::kOpen;
  if (word == "read-only" || word == "readonly") return model::Mode::kReadOnly;
  return model::Mode::kMaintenance;
}

}  // namespace

Result<Flag> read_flag_file(const std::filesystem::path& path, WallTime now) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return Flag{};
    return Error{fmt::format("{}: {}", path.string(), system_message(errno))};
  }
  struct stat link {};
  const WallTime swapped = ::lstat(path.c_str(), &link) == 0 ? modified(link) : modified(info);
  Flag flag{model::Mode::kMaintenance, std::min(now, std::max(modified(info), swapped)), info.st_size == 0};
  if (!S_ISREG(info.st_mode)) return flag;
  // A file that is there but may not be read still says maintenance.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return flag;
  std::array<char, 64> content;
  const ssize_t got = ::read(file.get(), content.data(), content.size());
  flag.mode = mode_of({content.data(), got > 0 ? static_cast<std::size_t>(got) : 0});
  if (flag.mode == model::Mode::kOpen) flag.since.reset();
  return flag;
}

}  // namespace understudy::state
