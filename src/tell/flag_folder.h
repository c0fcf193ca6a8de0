#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "tell/stand.h"
#include "tell/written_file.h"

namespace understudy::tell {

/// A folder in which GROUP.maintenance or GROUP.read-only is there while the group is so. Files of groups
/// that are told are understudy's own, whoever made them; of other files those alone that it wrote.
/// Threads: one owner.
class FlagFolder {
 public:
  explicit FlagFolder(std::string path) : path_(std::move(path)) {}

  /// Makes the folder say what `stands` says; only looks whether anything has changed where it said so
  /// before. Errors: no such folder, or one that can't be written.
  [[nodiscard]] Result<void> bring(const Stands& stands);

 private:
  using Flags = std::map<std::string, std::string, std::less<>>;  ///< content by the file's name

  [[nodiscard]] static Flags flags_of(const Stands& stands);
  [[nodiscard]] Result<void> write(const FileDescriptor& folder, const Flags& wanted) const;
  [[nodiscard]] Result<void> sweep(const FileDescriptor& folder, const Flags& wanted,
                                   const Stands& stands) const;

  const std::string path_;
  Stands told_;
  std::optional<FileIdentity> seen_;  ///< the folder when it last said what it should
};

}  // namespace understudy::tell
