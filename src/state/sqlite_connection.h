#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include "base/clock.h"
#include "state/sqlite_file.h"
#include "state/store.h"

namespace understudy::state {

/// A statement while it is in use: bound in order, and given back ready for the next use.
class Use {
 public:
  explicit Use(SQLite::Statement& statement) : statement_(statement) {}
  ~Use() { statement_.tryReset(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  Use& bind(std::int64_t number) {
    statement_.bind(++bound_, number);
    return *this;
  }
  Use& bind(const std::string& text) {
    statement_.bind(++bound_, text);
    return *this;
  }
  /// Whether there is a row.
  [[nodiscard]] bool step() { return statement_.executeStep(); }
  void run() { statement_.exec(); }
  [[nodiscard]] std::int64_t number(int column) const { return statement_.getColumn(column).getInt64(); }
  [[nodiscard]] std::string text(int column) const { return statement_.getColumn(column).getString(); }

 private:
  SQLite::Statement& statement_;
  int bound_ = 0;
};

/// An open database with what is needed again and again. Its members throw SQLite::Exception.
class SqliteConnection {
 public:
  /// Locked, checked and up to date. REQUIRES: `path` comes from resolve().
  [[nodiscard]] static StoreResult<std::unique_ptr<SqliteConnection>> open(const std::string& path,
                                                                           const Clock& clock);

  [[nodiscard]] Access access() const { return access_; }
  /// Written at commit(), undone with the transaction otherwise.
  [[nodiscard]] SQLite::Transaction begin_write() {
    return SQLite::Transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
  }
  /// Whether the file was moved, deleted or replaced under us: what is written would be lost.
  [[nodiscard]] bool has_moved();
  /// What the system said about the last call that failed.
  [[nodiscard]] int system_error_number();

  [[nodiscard]] Revision revision();
  void set_revision(Revision revision);
  /// 0: there is none.
  [[nodiscard]] Revision revision_of(Kind kind, const std::string& key);
  void put(const Record& record);
  void remove(Kind kind, const std::string& key);
  /// The newest entry's id.
  std::uint64_t append(const AuditNote& note);
  /// Removes entries up to `last`, the oldest first, at most `most`.
  void trim_audit(std::uint64_t last, std::size_t most);

  Revision read_all(const std::function<void(Record&&)>& visit);
  [[nodiscard]] std::optional<Record> read(Kind kind, const std::string& key);
  [[nodiscard]] std::vector<AuditEntry> audit(const AuditQuery& query);

 private:
  SqliteConnection(Access access, FileLock lock, SQLite::Database database);
  /// Throws with SQLITE_CORRUPT where the row is not what put() wrote.
  [[nodiscard]] static Record record(const Use& row, Revision newest);

  const FileLock lock_;  ///< first: given back when all else is closed
  const Access access_;
  SQLite::Database database_;
  SQLite::Statement select_revision_;
  SQLite::Statement update_revision_;
  SQLite::Statement select_revision_of_;
  SQLite::Statement put_;
  SQLite::Statement remove_;
  SQLite::Statement append_;
  SQLite::Statement trim_;
  SQLite::Statement select_all_;
  SQLite::Statement select_one_;
  SQLite::Statement select_audit_;
  SQLite::Statement select_audit_of_;
};

}  // namespace understudy::state
