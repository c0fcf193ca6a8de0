#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace understudy::state {

/// Tells when something changes about a path, through every folder and every symbolic link on the
/// way to it: created, removed, replaced, rewritten, a link swapped, a folder that comes later.
/// Linux inotify(7); nothing is polled. On file systems that other machines write to (NFS), their
/// changes are not seen. Threads: one owner, which waits for `descriptor()` to become readable.
class PathWatch {
 public:
  using Token = std::size_t;
  enum class Kind : std::uint8_t {
    kSettled,  ///< look now
    kWriting,  ///< made or written to, and perhaps not finished: look now and again a little later
  };
  struct Change {
    Token token;
    Kind kind;
  };

  PathWatch();

  /// Follows `path`, absolute, in place of what `token` followed before. Follow before looking, or a
  /// change in between is missed. Errors: a folder on the way can't be watched (no permission, out of
  /// watches); what can be watched is watched all the same.
  Result<void> follow(Token token, const std::filesystem::path& path);
  /// The same for a folder and everything in it.
  Result<void> follow_tree(Token token, const std::filesystem::path& folder);
  void forget(Token token);

  [[nodiscard]] int descriptor() const { return inotify_.get(); }
  /// What has changed since the last call; each token at most once. Follow it anew after a change.
  [[nodiscard]] std::vector<Change> take_changes();

 private:
  struct Interest {
    std::string name;  ///< in the watched folder; empty: anything in it
    Token token;
  };

  Result<void> watch_folder(const std::filesystem::path& folder, const std::string& name, Token token);
  Result<void> watch_way(Token token, const std::filesystem::path& path, std::filesystem::path& end);
  void note(std::map<Token, Kind>& changes, int watch, std::uint32_t mask, const std::string& name) const;

  FileDescriptor inotify_;
  std::map<int, std::vector<Interest>> watches_;  ///< by inotify's watch descriptor
  std::map<Token, std::vector<int>> used_by_token_;
};

}  // namespace understudy::state
