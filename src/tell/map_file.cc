#include "tell/map_file.h"

#include <cerrno>
#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/text.h"
#include "model/switch.h"

namespace understudy::tell {
namespace {

/// 100,000 groups are some 8 MiB.
constexpr std::size_t kMostRead = std::size_t{256} << 20;
/// HAProxy reads it as root or as a user of its own; nothing in it is secret.
constexpr unsigned kMode = 0644;

/// The first line that neither understudy nor somebody who prepared the file for it wrote; empty: none. Lines
/// that begin with "#" are comments to HAProxy.
std::string_view foreign_line(std::string_view content) {
  if (content.starts_with(fmt::format("# {}", kMarker))) return {};
  while (!content.empty()) {
    const std::string_view line = trim_lines(take_until(content, '\n'));
    if (line.empty() || line.starts_with('#')) continue;
    const auto blank = line.find_first_of(" \t");
    if (blank == std::string_view::npos || !model::parse_mode(trim(line.substr(blank)))) return line;
  }
  return {};
}

}  // namespace

std::string MapFile::text_of(const Stands& stands) {
  std::string text = fmt::format("# {}: how the groups stand. Changes made here are lost.\n", kMarker);
  for (const auto& [group, stand] : stands) text += fmt::format("{} {}\n", group, to_text(stand.mode));
  return text;
}

/// None: it is not there.
Result<std::optional<FileIdentity>> MapFile::look() const {
  struct stat found {};
  if (::lstat(path_.c_str(), &found) != 0) {
    if (errno == ENOENT) return std::optional<FileIdentity>();
    return Error{fmt::format("{}: {}", path_, system_message(errno))};
  }
  if (S_ISLNK(found.st_mode))
    return Error{
        fmt::format("{} is a symbolic link, which writing would replace; name the file itself", path_)};
  if (!S_ISREG(found.st_mode)) return Error{fmt::format("{} is no regular file", path_)};
  return std::optional(
      FileIdentity{found.st_dev, found.st_ino, found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_size});
}

Result<void> MapFile::bring(const Stands& stands) {
  auto there = look();
  if (!there) return there.error();
  std::string text = text_of(stands);
  if (*there && *there == seen_ && text == written_) return {};
  if (*there && *there != seen_) {
    const auto content = read_file(path_, kMostRead);
    if (!content) return content.error();
    if (const auto line = foreign_line(*content); !line.empty()) {
      return Error{
          fmt::format("{} holds a line that understudy did not write: \"{}\"; give understudy a file of "
                      "its own",
                      path_, printable(cut(line, 80)))};
    }
    if (*content == text) {
      seen_ = *there;
      written_ = std::move(text);
      return {};
    }
  }
  const std::filesystem::path path(path_);
  const auto folder = open_folder(path.parent_path().string());
  if (!folder) return folder.error();
  seen_.reset();
  if (auto done = write_atomically(*folder, path.filename().string(), text, kMode); !done)
    return Error{fmt::format("{}: {}", path.parent_path().string(), done.error().message)};
  there = look();
  if (!there) return there.error();
  seen_ = *there;
  written_ = std::move(text);
  return {};
}

}  // namespace understudy::tell
