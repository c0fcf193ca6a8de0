#include "state/path_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <system_error>

#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace understudy::state {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kInterest = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE |
                                    IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kWatchLost = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;
constexpr int kMostLinks = 40;  // what the kernel follows, too (path_resolution(7))

std::deque<fs::path> split(const fs::path& path) {
  std::deque<fs::path> parts;
  for (const fs::path& part : path) {
    if (part != "/" && part != "." && !part.empty()) parts.push_back(part);
  }
  return parts;
}

}  // namespace

PathWatch::PathWatch() : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (!inotify_.valid()) throw std::system_error(errno, std::generic_category(), "inotify_init1");
}

Result<void> PathWatch::watch_folder(const fs::path& folder, const std::string& name, Token token) {
  const int watch = ::inotify_add_watch(inotify_.get(), folder.c_str(), kInterest);
  if (watch < 0) {
    const bool full = errno == ENOSPC;
    return Error{
        fmt::format("{} can't be watched: {}", folder.string(),
                    full ? "the limit fs.inotify.max_user_watches is reached" : system_message(errno))};
  }
  watches_[watch].push_back({name, token});
  used_by_token_[token].push_back(watch);
  return {};
}

/// Walks from the root, one name at a time as the kernel would, watching each folder in which a name
/// is looked up. `end` is the path without links, or as far as it exists.
Result<void> PathWatch::watch_way(Token token, const fs::path& path, fs::path& end) {
  Result<void> outcome;
  std::deque<fs::path> parts = split(path);
  fs::path here = "/";
  int links = 0;
  while (!parts.empty()) {
    const fs::path part = parts.front();
    parts.pop_front();
    if (part == "..") {
      here = here.parent_path();
      continue;
    }
    // A folder that may be entered but not listed can't be watched; only the last one matters then.
    auto watched = watch_folder(here, part.string(), token);
    if (!watched && parts.empty()) outcome = std::move(watched);
    const fs::path next = here / part;
    std::error_code error;
    const fs::file_status status = fs::symlink_status(next, error);
    if (error || status.type() == fs::file_type::not_found) break;
    if (status.type() != fs::file_type::symlink) {
      here = next;
      continue;
    }
    const fs::path target = fs::read_symlink(next, error);
    if (error || ++links > kMostLinks) break;
    if (target.is_absolute()) here = "/";
    const std::deque<fs::path> further = split(target);
    parts.insert(parts.begin(), further.begin(), further.end());
  }
  end = here;
  return outcome;
}

Result<void> PathWatch::follow(Token token, const fs::path& path) {
  forget(token);
  fs::path end;
  return watch_way(token, path, end);
}

Result<void> PathWatch::follow_tree(Token token, const fs::path& folder) {
  forget(token);
  fs::path end;
  Result<void> outcome = watch_way(token, folder, end);
  if (auto watched = watch_folder(end, "", token); !watched) outcome = std::move(watched);
  std::error_code error;
  auto entry = fs::recursive_directory_iterator(end, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (!entry->is_directory(error) || entry->is_symlink(error)) continue;
    if (auto watched = watch_folder(entry->path(), "", token); !watched) outcome = std::move(watched);
  }
  return outcome;
}

void PathWatch::forget(Token token) {
  const auto used = used_by_token_.find(token);
  if (used == used_by_token_.end()) return;
  for (const int watch : used->second) {
    const auto found = watches_.find(watch);
    if (found == watches_.end()) continue;
    auto& interests = found->second;
    std::erase_if(interests, [&](const Interest& interest) { return interest.token == token; });
    if (!interests.empty()) continue;
    ::inotify_rm_watch(inotify_.get(), watch);
    watches_.erase(found);
  }
  used_by_token_.erase(used);
}

void PathWatch::note(std::map<Token, Kind>& changes, int watch, std::uint32_t mask,
                     const std::string& name) const {
  const auto found = watches_.find(watch);
  if (found == watches_.end()) return;
  const bool writing = (mask & (IN_CREATE | IN_MODIFY)) != 0;
  for (const Interest& interest : found->second) {
    const bool concerned = (mask & kWatchLost) != 0 || interest.name.empty() || interest.name == name;
    if (!concerned) continue;
    const auto [change, added] = changes.emplace(interest.token, writing ? Kind::kWriting : Kind::kSettled);
    if (!added && !writing) change->second = Kind::kSettled;
  }
}

std::vector<PathWatch::Change> PathWatch::take_changes() {
  std::map<Token, Kind> changes;
  alignas(inotify_event) std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got <= 0) break;
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        for (const auto& [token, watches] : used_by_token_) changes.insert_or_assign(token, Kind::kSettled);
        continue;
      }
      note(changes, event->wd, event->mask, event->len > 0 ? std::string(event->name) : std::string());
      if ((event->mask & IN_IGNORED) != 0) watches_.erase(event->wd);
    }
  }
  std::vector<Change> out;
  out.reserve(changes.size());
  for (const auto& [token, kind] : changes) out.push_back({token, kind});
  return out;
}

}  // namespace understudy::state
