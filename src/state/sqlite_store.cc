#include "state/sqlite_store.h"

#include <utility>

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "state/sqlite_connection.h"
#include "state/sqlite_faults.h"
#include "state/sqlite_file.h"
#include "state/store_parts.h"

namespace understudy::state {
namespace {

constexpr std::string_view kWriting = "a change could not be written";
constexpr std::string_view kReading = "it could not be read";

/// Old entries of the audit trail that go with one commit beside as many as it brings: never a long pause.
constexpr std::size_t kTrimmedAtOnce = 100;

StoreError read_only(const std::string& path) {
  return store_error(StoreFault::kReadOnly, path, kWriting,
                     "the file, its folder or the file system is read-only");
}

}  // namespace

SqliteStore::SqliteStore(std::string name, std::string path, const Clock& clock, SqliteLimits limits)
    : name_(std::move(name)), path_(std::move(path)), clock_(clock), limits_(limits) {}

SqliteStore::~SqliteStore() = default;

StoreResult<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path, const Clock& clock,
                                                            SqliteLimits limits) {
  StoreResult<std::string> resolved = resolve(path);
  if (!resolved) return resolved.error();
  std::unique_ptr<SqliteStore> store(new SqliteStore(path, std::move(*resolved), clock, limits));
  if (const auto error = store->connect()) return *error;
  if (store->connection_->access() == Access::kReadOnly) store->write_trouble_ = read_only(store->path_);
  return store;
}

std::optional<StoreError> SqliteStore::connect() {
  if (connection_) return std::nullopt;
  auto opened = SqliteConnection::open(path_, clock_);
  if (!opened) return opened.error();
  connection_ = std::move(*opened);
  return std::nullopt;
}

std::optional<StoreError> SqliteStore::make_writable() {
  if (connection_->has_moved()) {
    return store_error(StoreFault::kUnavailable, path_, kWriting,
                       "the file was moved, deleted or replaced while it was in use; put it back, or restart "
                       "understudy to use what is there now");
  }
  if (connection_->access() == Access::kReadWrite) return std::nullopt;
  if (access_to(path_) == Access::kReadOnly) return read_only(path_);
  // The cause is gone. The lock is needed anew, so the old connection goes first.
  connection_.reset();
  return connect();
}

/// Runs `work`, which may throw what SQLite says, as one call of the store.
template <typename Value, typename Work>
StoreResult<Value> SqliteStore::attempt(std::string_view what, const Work& work) {
  if (auto error = connect()) return *error;
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    return sqlite_error(path_, what, error, connection_->system_error_number());
  }
}

StoreResult<Revision> SqliteStore::write(const Batch& batch, std::vector<Record>& changed) {
  if (auto error = make_writable()) return *error;
  SQLite::Transaction transaction = connection_->begin_write();
  const Revision revision = connection_->revision() + 1;
  for (const Write& write : batch.writes) {
    const Revision old = connection_->revision_of(write.kind, write.key);
    if (write.expected && *write.expected != old) return conflict(write, old);
    changed.push_back(written(write, revision));
    if (write.value) {
      connection_->put(changed.back());
    } else {
      connection_->remove(write.kind, write.key);
    }
  }
  std::uint64_t newest = 0;
  for (const AuditNote& note : batch.audit) newest = connection_->append(note);
  if (newest > limits_.audit_entries) {
    connection_->trim_audit(newest - limits_.audit_entries, batch.audit.size() + kTrimmedAtOnce);
  }
  connection_->set_revision(revision);
  transaction.commit();
  return revision;
}

StoreResult<Revision> SqliteStore::commit(const Batch& batch) {
  std::vector<Record> changed;
  auto done = attempt<Revision>(kWriting, [&] { return write(batch, changed); });
  if (!done && done.error().fault == StoreFault::kConflict) return done;
  write_trouble_ = done ? std::nullopt : std::optional(done.error());
  if (!done) return done;
  tell(watchers_, *done, changed);
  return done;
}

StoreResult<Revision> SqliteStore::read_all(const std::function<void(Record&&)>& visit) {
  auto done =
      attempt<Revision>(kReading, [&]() -> StoreResult<Revision> { return connection_->read_all(visit); });
  read_trouble_ = done ? std::nullopt : std::optional(done.error());
  return done;
}

StoreResult<std::optional<Record>> SqliteStore::read(Kind kind, std::string_view key) {
  using MaybeRecord = std::optional<Record>;
  auto done = attempt<MaybeRecord>(
      kReading, [&]() -> StoreResult<MaybeRecord> { return connection_->read(kind, std::string(key)); });
  read_trouble_ = done ? std::nullopt : std::optional(done.error());
  return done;
}

StoreResult<std::vector<AuditEntry>> SqliteStore::audit(const AuditQuery& query) {
  using Entries = std::vector<AuditEntry>;
  auto done = attempt<Entries>(kReading, [&]() -> StoreResult<Entries> { return connection_->audit(query); });
  read_trouble_ = done ? std::nullopt : std::optional(done.error());
  return done;
}

void SqliteStore::watch(Watcher watcher) { watchers_.push_back(std::move(watcher)); }

std::optional<StoreError> SqliteStore::trouble() const {
  return write_trouble_ ? write_trouble_ : read_trouble_;
}

}  // namespace understudy::state
