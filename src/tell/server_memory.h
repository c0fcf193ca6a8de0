#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace understudy::tell {

/// Which servers of one HAProxy understudy took out, and how each stood before: HAProxy doesn't tell whose a
/// maint is, and an operator's own is not understudy's to end. Kept in a file, so that a restart of
/// understudy during maintenance, or its end by kill -9, leaves no server out for good. Threads: one owner.
class ServerMemory {
 public:
  /// By "BACKEND/SERVER": the administrative state (replies.h) from before.
  using Servers = std::map<std::string, unsigned, std::less<>>;

  /// `path` empty: nothing outlives the process. A file that is not there is an empty one; one that can't be
  /// read is left alone, which `keep` tells.
  explicit ServerMemory(std::string path);

  [[nodiscard]] const Servers& servers() const { return servers_; }

  /// Before servers are taken out, and after they were given back. Writes where that changes anything. On an
  /// error the process remembers, but its successor will not.
  [[nodiscard]] Result<void> keep(Servers servers);

 private:
  const std::string path_;
  Servers servers_;
  bool there_ = false;      ///< there is a file, or the beginning of one
  bool written_ = false;    ///< the file says what servers_ says
  std::string unreadable_;  ///< why the file could not be read; empty: it was, or is not there
};

}  // namespace understudy::tell
