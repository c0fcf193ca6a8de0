#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "state/store.h"

namespace understudy::state {

/// Whether a database can be written, or is only there to be read: the file system is mounted read-only,
/// or the file or its folder belongs to somebody else.
enum class Access { kReadWrite, kReadOnly };

/// The right to use a database, held until destroyed or until the process ends, however it ends.
class FileLock {
 public:
  /// Errors: kLocked, with who holds it; what the system says. Read-only, there may be no lock file to hold.
  [[nodiscard]] static StoreResult<FileLock> take(const std::string& path, Access access, const Clock& clock);

 private:
  explicit FileLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

/// Absolute and without links, so that one file has one lock, whichever way it is named. Makes the last
/// folder of the path where it is missing (0750).
[[nodiscard]] StoreResult<std::string> resolve(const std::string& path);

/// As far as can be told without writing.
[[nodiscard]] Access access_to(const std::string& path);

enum class Found { kNothing, kDatabase };

/// Looks at the file's first bytes without opening it as a database, which could already change it. Errors:
/// kCorrupt (no database, or half of one), kUnavailable (another program's), what the system says.
[[nodiscard]] StoreResult<Found> look_at(const std::string& path);

/// Makes a new database (0600) under another name and moves it into place when it is whole: what is found
/// under `path` half-made was never ours. REQUIRES: nothing is there, and the lock is held.
[[nodiscard]] std::optional<StoreError> create_database(const std::string& path);

}  // namespace understudy::state
