#include "state/sqlite_file.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "http/date.h"
#include "state/sqlite_faults.h"
#include "state/sqlite_schema.h"

namespace understudy::state {
namespace {

namespace fs = std::filesystem;

// https://www.sqlite.org/fileformat.html, section 1.3
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kHeaderSize = 100;
constexpr std::size_t kApplicationIdAt = 68;

std::string folder_of(const std::string& path) { return fs::path(path).parent_path().string(); }

std::string read_some(int file) {
  std::array<char, 200> text;
  const ssize_t got = ::pread(file, text.data(), text.size(), 0);
  return printable(trim_lines({text.data(), got > 0 ? static_cast<std::size_t>(got) : 0}));
}

/// Reads as much as there is of the header.
ssize_t read_header(int file, std::array<char, kHeaderSize>& header) {
  std::size_t have = 0;
  while (have < header.size()) {
    const ssize_t got = ::pread(file, header.data() + have, header.size() - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(have);
}

std::uint32_t application_id(const std::array<char, kHeaderSize>& header) {
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    id = id << 8 | static_cast<unsigned char>(header[kApplicationIdAt + i]);
  }
  return id;
}

std::optional<StoreError> fill(const std::string& path, const std::string& fresh) {
  const auto failed = [&](int error_number) {
    return system_error(path, "could not be created", error_number);
  };
  // SQLite gives its other files the mode that it finds here.
  FileDescriptor file(::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return failed(errno);
  std::optional<SQLite::Database> database;
  try {
    database.emplace(fresh, SQLite::OPEN_READWRITE | SQLite::OPEN_NOFOLLOW);
    database->exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
    if (auto error = migrate(*database, path, migrations())) return error;
  } catch (const SQLite::Exception& error) {
    const int error_number = database ? sqlite3_system_errno(database->getHandle()) : errno;
    return sqlite_error(path, "could not be created", error, error_number);
  }
  database.reset();
  if (::fsync(file.get()) != 0) return failed(errno);
  return std::nullopt;
}

}  // namespace

StoreResult<FileLock> FileLock::take(const std::string& path, Access access, const Clock& clock) {
  const std::string name = path + ".lock";
  const bool writes = access == Access::kReadWrite;
  FileDescriptor file(
      ::open(name.c_str(), (writes ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid() && !writes) return FileLock(FileDescriptor());
  if (!file.valid()) return system_error(name, "could not be opened", errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(name, "could not be locked", errno);
    const std::string holder = read_some(file.get());
    return store_error(StoreFault::kLocked, path, "can't be used",
                       fmt::format("another understudy has it open{}{}", holder.empty() ? "" : ": ", holder));
  }
  if (writes) {
    // For whoever comes second. Where it can't be written, on a full disk, they know less.
    const std::string holder =
        fmt::format("process {} since {}\n", ::getpid(), http::format_rfc3339(clock.wall()));
    if (::ftruncate(file.get(), 0) == 0 && ::pwrite(file.get(), holder.data(), holder.size(), 0) < 0) {
      errno = 0;
    }
  }
  return FileLock(std::move(file));
}

StoreResult<std::string> resolve(const std::string& path) {
  if (path.empty()) {
    return StoreError{StoreFault::kUnavailable, "the store's path is empty; name a file in [store] path"};
  }
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  if (error) return system_error(path, "can't be used", error.value());
  const fs::path folder = absolute.parent_path();
  if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST) {
    return system_error(path, fmt::format("its folder {} could not be made", folder.string()), errno);
  }
  std::string resolved = fs::weakly_canonical(absolute, error).string();
  if (error) return system_error(path, "can't be used", error.value());
  return {boost::system::in_place_value, std::move(resolved)};
}

Access access_to(const std::string& path) {
  const auto writable = [](const std::string& name) {
    return ::faccessat(AT_FDCWD, name.c_str(), W_OK, AT_EACCESS) == 0 || errno == ENOENT;
  };
  return writable(folder_of(path)) && writable(path) ? Access::kReadWrite : Access::kReadOnly;
}

StoreResult<Found> look_at(const std::string& path) {
  // Closing this descriptor would drop locks that SQLite holds in this process: nothing is open as yet.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) {
    std::error_code ignored;
    const auto journal = fs::file_size(path + "-wal", ignored);
    if (ignored || journal == 0) return Found::kNothing;
    return store_error(StoreFault::kCorrupt, path, "is missing",
                       fmt::format("its journal {}-wal is there without it: they belong together", path));
  }
  if (!file.valid()) return system_error(path, "could not be opened", errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return system_error(path, "could not be looked at", errno);
  if (!S_ISREG(info.st_mode)) {
    return store_error(StoreFault::kUnavailable, path, "can't be used", "it is not a regular file");
  }
  std::array<char, kHeaderSize> header{};
  const ssize_t got = read_header(file.get(), header);
  if (got < 0) return system_error(path, "could not be read", errno);
  if (got == 0) return store_error(StoreFault::kCorrupt, path, "is damaged", "it is empty");
  if (got < static_cast<ssize_t>(kHeaderSize) ||
      !std::string_view(header.data(), header.size()).starts_with(kMagic)) {
    return store_error(StoreFault::kCorrupt, path, "is damaged",
                       "it does not begin as an SQLite database does");
  }
  if (application_id(header) != kApplicationId) {
    return store_error(StoreFault::kUnavailable, path, "can't be used",
                       "it is another program's database; name another file in [store] path");
  }
  return Found::kDatabase;
}

std::optional<StoreError> create_database(const std::string& path) {
  const std::string fresh = path + ".new";
  const auto remove_fresh = [&] {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) ::unlink((fresh + suffix).c_str());
  };
  remove_fresh();
  if (auto error = fill(path, fresh)) {
    remove_fresh();
    return error;
  }
  const FileDescriptor folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const bool moved = folder.valid() && ::rename(fresh.c_str(), path.c_str()) == 0;
  if (moved && ::fsync(folder.get()) == 0) return std::nullopt;
  const int error_number = errno;
  if (!moved) remove_fresh();
  return system_error(path, "could not be created", error_number);
}

}  // namespace understudy::state
