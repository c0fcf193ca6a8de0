#include "state/sqlite_connection.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <SQLiteCpp/Column.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "base/text.h"
#include "state/sqlite_faults.h"
#include "state/sqlite_schema.h"

namespace understudy::state {
namespace {

/// How long another program's look into the database (a backup, a person with sqlite3) is waited for: the
/// control thread stands still meanwhile.
constexpr int kBusyMilliseconds = 250;

/// A bigger write-ahead log than this is cut back once its content is in the database.
constexpr int kJournalLimit = 8 << 20;

std::int64_t number_of(Kind kind) { return static_cast<std::int64_t>(kind); }

/// For SQLite's URIs: only what can't be mistaken stands as it is.
std::string percent_encoded(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (is_alpha(c) || is_digit(c) || c == '/' || c == '.' || c == '-' || c == '_') {
      out += c;
    } else {
      out += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

/// A database without a journal, which nobody can write, needs no lock files beside it; with a journal,
/// these are there, left by the process that did not end cleanly.
std::string name_to_open(const std::string& path, Access access) {
  if (access == Access::kReadWrite) return path;
  std::error_code error;
  const auto journal = std::filesystem::file_size(path + "-wal", error);
  const bool has_journal = !error && journal > 0;
  return fmt::format("file:{}{}", percent_encoded(path), has_journal ? "" : "?immutable=1");
}

SQLite::Database open_database(const std::string& path, Access access) {
  const int flags = access == Access::kReadWrite ? SQLite::OPEN_READWRITE | SQLite::OPEN_NOFOLLOW
                                                 : SQLite::OPEN_READONLY | SQLite::OPEN_URI;
  return {name_to_open(path, access), flags, kBusyMilliseconds};
}

/// Settings, the check and the migration: what comes before the tables are used.
std::optional<StoreError> prepare(SQLite::Database& database, const std::string& path, Access access) {
  database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;");
  if (auto error = check_integrity(database, path)) return error;
  if (access == Access::kReadOnly) {
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    if (version == static_cast<int>(migrations().size())) return std::nullopt;
    return store_error(
        StoreFault::kReadOnly, path, "can't be used",
        fmt::format("it is of version {} and can't be changed to {}", version, migrations().size()));
  }
  const std::string mode = database.execAndGet("PRAGMA journal_mode = WAL").getString();
  if (mode != "wal") {
    return store_error(StoreFault::kUnavailable, path, "can't be used",
                       "its file system can't hold a write-ahead log; name a file on a local disk");
  }
  database.exec(fmt::format("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = {};", kJournalLimit));
  return migrate(database, path, migrations());
}

}  // namespace

SqliteConnection::SqliteConnection(Access access, FileLock lock, SQLite::Database database)
    : lock_(std::move(lock)),
      access_(access),
      database_(std::move(database)),
      select_revision_(database_, "SELECT revision FROM meta"),
      update_revision_(database_, "UPDATE meta SET revision = ?"),
      select_revision_of_(database_, "SELECT revision FROM record WHERE kind = ? AND key = ?"),
      put_(database_,
           "INSERT INTO record (kind, key, revision, value, sum) VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, "
           "key) DO "
           "UPDATE SET revision = excluded.revision, value = excluded.value, sum = excluded.sum"),
      remove_(database_, "DELETE FROM record WHERE kind = ? AND key = ?"),
      append_(database_,
              "INSERT INTO audit (at, who, from_where, action, target, before, after) VALUES (?, ?, ?, ?, ?, "
              "?, ?)"),
      trim_(database_,
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id <= ? ORDER BY id LIMIT ?)"),
      select_all_(database_, "SELECT kind, key, revision, value, sum FROM record ORDER BY kind, key"),
      select_one_(database_, "SELECT kind, key, revision, value, sum FROM record WHERE kind = ? AND key = ?"),
      select_audit_(database_,
                    "SELECT id, at, who, from_where, action, target, before, after FROM audit WHERE id < ? "
                    "ORDER BY id DESC LIMIT ?"),
      select_audit_of_(
          database_,
          "SELECT id, at, who, from_where, action, target, before, after FROM audit WHERE id < ? "
          "AND target = ? ORDER BY id DESC LIMIT ?") {}

StoreResult<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path,
                                                                      const Clock& clock) {
  const Access access = access_to(path);
  StoreResult<FileLock> lock = FileLock::take(path, access, clock);
  if (!lock) return lock.error();
  const StoreResult<Found> found = look_at(path);
  if (!found) return found.error();
  if (*found == Found::kNothing) {
    if (const auto error = create_database(path)) return *error;
  }
  constexpr std::string_view kFailed = "could not be opened";
  try {
    SQLite::Database database = open_database(path, access);
    try {
      if (const auto error = prepare(database, path, access)) return *error;
    } catch (const SQLite::Exception& error) {
      return sqlite_error(path, kFailed, error, sqlite3_system_errno(database.getHandle()));
    }
    return std::unique_ptr<SqliteConnection>(
        new SqliteConnection(access, std::move(*lock), std::move(database)));
  } catch (const SQLite::Exception& error) {
    // The version was right, so the tables that the statements name must be there.
    if (error.getErrorCode() == SQLITE_ERROR) {
      return store_error(StoreFault::kCorrupt, path, "is damaged", error.what());
    }
    return sqlite_error(path, kFailed, error, errno);
  }
}

bool SqliteConnection::has_moved() {
  int moved = 0;
  const int told = sqlite3_file_control(database_.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return told == SQLITE_OK && moved != 0;
}

int SqliteConnection::system_error_number() { return sqlite3_system_errno(database_.getHandle()); }

Revision SqliteConnection::revision() {
  Use use(select_revision_);
  if (!use.step()) throw SQLite::Exception("the revision is missing", SQLITE_CORRUPT);
  return static_cast<Revision>(use.number(0));
}

void SqliteConnection::set_revision(Revision revision) {
  Use(update_revision_).bind(static_cast<std::int64_t>(revision)).run();
}

Revision SqliteConnection::revision_of(Kind kind, const std::string& key) {
  Use use(select_revision_of_);
  use.bind(number_of(kind)).bind(key);
  return use.step() ? static_cast<Revision>(use.number(0)) : 0;
}

void SqliteConnection::put(const Record& record) {
  Use(put_)
      .bind(number_of(record.kind))
      .bind(record.key)
      .bind(static_cast<std::int64_t>(record.revision))
      .bind(record.value)
      .bind(sum_of(record))
      .run();
}

void SqliteConnection::remove(Kind kind, const std::string& key) {
  Use(remove_).bind(number_of(kind)).bind(key).run();
}

std::uint64_t SqliteConnection::append(const AuditNote& note) {
  const auto at = std::chrono::floor<std::chrono::milliseconds>(note.at).time_since_epoch().count();
  Use(append_)
      .bind(at)
      .bind(note.who)
      .bind(note.from)
      .bind(note.action)
      .bind(note.target)
      .bind(note.before)
      .bind(note.after)
      .run();
  return static_cast<std::uint64_t>(database_.getLastInsertRowid());
}

void SqliteConnection::trim_audit(std::uint64_t last, std::size_t most) {
  Use(trim_).bind(static_cast<std::int64_t>(last)).bind(static_cast<std::int64_t>(most)).run();
}

Record SqliteConnection::record(const Use& row, Revision newest) {
  const std::int64_t kind = row.number(0);
  Record record{static_cast<Kind>(kind), row.text(1), row.text(3), static_cast<Revision>(row.number(2))};
  const bool known = kind >= 0 && kind <= number_of(Kind::kPassKey);
  if (!known || record.revision > newest || sum_of(record) != row.number(4)) {
    const std::string what =
        fmt::format("the record {} of kind {} is not what was written there", printable(record.key), kind);
    throw SQLite::Exception(what, SQLITE_CORRUPT);
  }
  return record;
}

Revision SqliteConnection::read_all(const std::function<void(Record&&)>& visit) {
  SQLite::Transaction one_revision(database_);
  const Revision newest = revision();
  {
    Use use(select_all_);
    while (use.step()) visit(record(use, newest));
  }
  one_revision.commit();
  return newest;
}

std::optional<Record> SqliteConnection::read(Kind kind, const std::string& key) {
  SQLite::Transaction one_revision(database_);
  const Revision newest = revision();
  std::optional<Record> found;
  {
    Use use(select_one_);
    use.bind(number_of(kind)).bind(key);
    if (use.step()) found = record(use, newest);
  }
  one_revision.commit();
  return found;
}

std::vector<AuditEntry> SqliteConnection::audit(const AuditQuery& query) {
  constexpr std::uint64_t kLast = std::numeric_limits<std::int64_t>::max();
  Use use(query.target.empty() ? select_audit_ : select_audit_of_);
  use.bind(static_cast<std::int64_t>(std::min(query.before.value_or(kLast), kLast)));
  if (!query.target.empty()) use.bind(query.target);
  use.bind(static_cast<std::int64_t>(query.limit));
  std::vector<AuditEntry> entries;
  while (use.step()) {
    const WallTime at{std::chrono::milliseconds(use.number(1))};
    entries.push_back({static_cast<std::uint64_t>(use.number(0)),
                       {at, use.text(2), use.text(3), use.text(4), use.text(5), use.text(6), use.text(7)}});
  }
  return entries;
}

}  // namespace understudy::state
