#pragma once

#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace understudy::tell {

/// How everything begins that understudy writes for others, so that it is known again.
inline constexpr std::string_view kMarker = "Written by understudy";

/// Puts a whole file in the place of `name` in an open folder: a reader sees the old one or the new one. A
/// link in its place is replaced, never followed. On the disk when it returns.
[[nodiscard]] Result<void> write_atomically(const FileDescriptor& folder, const std::string& name,
                                            std::string_view content, unsigned mode);

/// Opens a folder. The error names it.
[[nodiscard]] Result<FileDescriptor> open_folder(const std::string& path);

/// What tells whether somebody else was here.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  std::int64_t size = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

}  // namespace understudy::tell
