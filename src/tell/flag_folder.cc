#include "tell/flag_folder.h"

#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "http/date.h"

namespace understudy::tell {
namespace {

constexpr std::array<std::string_view, 2> kEndings = {".maintenance", ".read-only"};
/// A proxy's workers look for it as another user; nothing in it is secret.
constexpr unsigned kMode = 0644;
constexpr std::size_t kMostRead = 4096;

/// "shop" of "shop.maintenance"; empty: no flag.
std::string_view group_of(std::string_view name) {
  for (const std::string_view ending : kEndings) {
    if (name.ends_with(ending) && !name.starts_with('.')) return name.substr(0, name.size() - ending.size());
  }
  return {};
}

std::string content_of(std::string_view group, const Stand& stand) {
  std::string text =
      fmt::format("{}: {} is in {}. It goes when the group opens.\n", kMarker, group, to_text(stand.mode));
  if (stand.since) text += fmt::format("since: {}\n", http::format_rfc3339(*stand.since));
  text += fmt::format("until: {}\n", stand.until ? http::format_rfc3339(*stand.until) : "somebody opens it");
  if (!stand.by.empty()) text += fmt::format("by: {}\n", printable(stand.by));
  return text;
}

/// What a file in the folder holds, without following a link; none: it can't be read, or is none.
std::optional<std::string> content_at(const FileDescriptor& folder, const std::string& name) {
  const FileDescriptor file(
      ::openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  std::string content(kMostRead, '\0');
  const ssize_t got = file.valid() ? ::read(file.get(), content.data(), content.size()) : -1;
  if (got < 0) return std::nullopt;
  content.resize(static_cast<std::size_t>(got));
  return content;
}

Result<std::vector<std::string>> names_in(const FileDescriptor& folder) {
  FileDescriptor again(::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto close = [](DIR* stream) { ::closedir(stream); };
  const std::unique_ptr<DIR, decltype(close)> stream(again.valid() ? ::fdopendir(again.get()) : nullptr,
                                                     close);
  if (stream == nullptr) return Error{system_message(errno)};
  static_cast<void>(again.release());  // the stream's now
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) names.emplace_back(entry->d_name);
  if (errno != 0) return Error{system_message(errno)};
  return {boost::system::in_place_value, std::move(names)};
}

Result<FileIdentity> identity_of(const FileDescriptor& folder) {
  struct stat found {};
  if (::fstat(folder.get(), &found) != 0) return Error{system_message(errno)};
  return FileIdentity{found.st_dev, found.st_ino, found.st_mtim.tv_sec, found.st_mtim.tv_nsec, 0};
}

}  // namespace

FlagFolder::Flags FlagFolder::flags_of(const Stands& stands) {
  Flags flags;
  for (const auto& [group, stand] : stands) {
    if (stand.mode == model::Mode::kOpen) continue;
    flags.emplace(fmt::format("{}.{}", group, to_text(stand.mode)), content_of(group, stand));
  }
  return flags;
}

Result<void> FlagFolder::bring(const Stands& stands) {
  const auto failed = [&](const Error& error) { return Error{fmt::format("{}: {}", path_, error.message)}; };
  const auto folder = open_folder(path_);
  if (!folder) {
    return Error{folder.error().message +
                 "; understudy has to be able to write in that folder, and the proxy to read it"};
  }
  // Taken before: what somebody does meanwhile shows the next time.
  const auto before = identity_of(*folder);
  if (!before) return failed(before.error());
  if (*before == seen_ && stands == told_) return {};
  seen_.reset();
  const Flags wanted = flags_of(stands);
  // First what is to be there, so that a group that goes from one mode to another is never open between.
  if (auto done = write(*folder, wanted); !done) return failed(done.error());
  if (auto done = sweep(*folder, wanted, stands); !done) return failed(done.error());
  told_ = stands;
  seen_ = *before;
  return {};
}

Result<void> FlagFolder::write(const FileDescriptor& folder, const Flags& wanted) const {
  for (const auto& [name, content] : wanted) {
    if (content_at(folder, name) == content) continue;
    if (auto done = write_atomically(folder, name, content, kMode); !done) return done;
  }
  return {};
}

Result<void> FlagFolder::sweep(const FileDescriptor& folder, const Flags& wanted,
                               const Stands& stands) const {
  const auto names = names_in(folder);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    const std::string_view group = group_of(name);
    if (group.empty() || wanted.contains(name)) continue;
    const bool told = stands.contains(group);
    if (!told && !content_at(folder, name).value_or("").starts_with(kMarker)) continue;
    if (::unlinkat(folder.get(), name.c_str(), 0) != 0 && errno != ENOENT)
      return Error{fmt::format("{} can't be removed: {}", name, system_message(errno))};
  }
  return {};
}

}  // namespace understudy::tell
