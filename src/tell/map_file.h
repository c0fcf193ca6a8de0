#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "tell/stand.h"
#include "tell/written_file.h"

namespace understudy::tell {

/// The map that HAProxy reads when it starts: "NAME MODE" a line, for every group told. Threads: one owner.
class MapFile {
 public:
  explicit MapFile(std::string path) : path_(std::move(path)) {}

  /// Makes the file say what `stands` says; does nothing where it says so already. Errors: a link in its
  /// place, lines in it that are not understudy's, a folder that can't be written.
  [[nodiscard]] Result<void> bring(const Stands& stands);

  /// What the file holds for these groups.
  [[nodiscard]] static std::string text_of(const Stands& stands);

 private:
  [[nodiscard]] Result<std::optional<FileIdentity>> look() const;

  const std::string path_;
  std::string written_;               ///< what it held when it was last seen
  std::optional<FileIdentity> seen_;  ///< and how it could be told from another
};

}  // namespace understudy::tell
