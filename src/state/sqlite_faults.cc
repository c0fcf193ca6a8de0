#include "state/sqlite_faults.h"

#include <cerrno>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/files.h"

namespace understudy::state {
namespace {

StoreFault fault_of_system(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return StoreFault::kFull;
    case EROFS:
    case EACCES:
    case EPERM:
      return StoreFault::kReadOnly;
    default:
      return StoreFault::kUnavailable;
  }
}

StoreFault fault_of_sqlite(int code, int error_number) {
  if (code == SQLITE_READONLY_DBMOVED) return StoreFault::kUnavailable;
  if (code == SQLITE_IOERR_CORRUPTFS || code == SQLITE_IOERR_DATA) return StoreFault::kCorrupt;
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return StoreFault::kFull;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return StoreFault::kReadOnly;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return StoreFault::kLocked;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return StoreFault::kCorrupt;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return fault_of_system(error_number);
    default:
      return StoreFault::kUnavailable;
  }
}

std::string advice(StoreFault fault, std::string_view path) {
  switch (fault) {
    case StoreFault::kFull:
      return "free some space there: then the next change is taken again";
    case StoreFault::kReadOnly:
      return "let understudy's user write this file and its folder, on a file system that is mounted for "
             "writing";
    case StoreFault::kLocked:
      return fmt::format("see who holds it (fuser -v {}) and try again", path);
    case StoreFault::kCorrupt:
      return fmt::format(
          "understudy leaves it as it is; stop understudy, move {0} and, where they are there, {0}-wal and "
          "{0}-shm to "
          "another folder, and put a backup in their place, or start without one",
          path);
    default:
      return {};
  }
}

}  // namespace

StoreError store_error(StoreFault fault, std::string_view path, std::string_view what, std::string_view why) {
  const std::string todo = advice(fault, path);
  return {fault, fmt::format("{}: {}: {}{}{}", path, what, why, todo.empty() ? "" : "; ", todo)};
}

StoreError system_error(std::string_view path, std::string_view what, int error_number) {
  return store_error(fault_of_system(error_number), path, what, system_message(error_number));
}

StoreError sqlite_error(std::string_view path, std::string_view what, const SQLite::Exception& error,
                        int error_number) {
  const int code = error.getExtendedErrorCode() > 0 ? error.getExtendedErrorCode() : error.getErrorCode();
  const int primary = code & 0xFF;
  std::string why = error.what();
  if ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && error_number != 0) {
    why = fmt::format("{} ({})", why, system_message(error_number));
  }
  return store_error(fault_of_sqlite(code, error_number), path, what, why);
}

}  // namespace understudy::state
