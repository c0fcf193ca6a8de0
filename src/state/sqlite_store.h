#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "state/store.h"

namespace understudy::state {

class SqliteConnection;

struct SqliteLimits {
  /// Older entries of the audit trail go, some with every new one.
  std::uint64_t audit_entries = 1'000'000;
};

/// The store in one SQLite file: write-ahead log, on disk before a commit returns. One understudy at a time.
///
/// A database that can't be written is opened all the same, so that what was switched stays in force after a
/// restart on a disk that has become read-only: commits are refused as kReadOnly, and work again once the
/// cause is gone. After any other failure, too, the next call simply tries.
///
/// trouble(): a failed commit is remembered until one succeeds (one without writes is enough to find out:
/// it reaches the disk), a failed read until one succeeds.
class SqliteStore final : public Store {
 public:
  /// Opens the database, checks it, and brings it up to date; makes it, and the last folder on its way, where
  /// there is none. Errors: what StoreFault has but kConflict; a damaged or foreign file is left as it is.
  static StoreResult<std::unique_ptr<SqliteStore>> open(const std::string& path, const Clock& clock,
                                                        SqliteLimits limits = {});
  ~SqliteStore() override;

  StoreResult<Revision> read_all(const std::function<void(Record&&)>& visit) override;
  StoreResult<std::optional<Record>> read(Kind kind, std::string_view key) override;
  StoreResult<Revision> commit(const Batch& batch) override;
  StoreResult<std::vector<AuditEntry>> audit(const AuditQuery& query) override;
  void watch(Watcher watcher) override;
  [[nodiscard]] std::optional<StoreError> trouble() const override;
  [[nodiscard]] std::string describe() const override { return name_; }

 private:
  SqliteStore(std::string name, std::string path, const Clock& clock, SqliteLimits limits);

  StoreResult<Revision> write(const Batch& batch, std::vector<Record>& changed);
  [[nodiscard]] std::optional<StoreError> connect();
  [[nodiscard]] std::optional<StoreError> make_writable();
  template <typename Value, typename Work>
  StoreResult<Value> attempt(std::string_view what, const Work& work);

  const std::string name_;  ///< as it was given
  const std::string path_;  ///< as it is used: absolute, without links
  const Clock& clock_;
  const SqliteLimits limits_;
  std::unique_ptr<SqliteConnection> connection_;  ///< none: it was lost while it was being made anew
  std::vector<Watcher> watchers_;
  std::optional<StoreError> write_trouble_;
  std::optional<StoreError> read_trouble_;
};

}  // namespace understudy::state
