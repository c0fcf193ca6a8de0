#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "state/store.h"

namespace understudy::state {

/// The store that forgets: for tests and the demonstration. Of the audit trail it keeps the newest 10,000.
class MemoryStore final : public Store {
 public:
  StoreResult<Revision> read_all(const std::function<void(Record&&)>& visit) override;
  StoreResult<std::optional<Record>> read(Kind kind, std::string_view key) override;
  StoreResult<Revision> commit(const Batch& batch) override;
  StoreResult<std::vector<AuditEntry>> audit(const AuditQuery& query) override;
  void watch(Watcher watcher) override;
  [[nodiscard]] std::optional<StoreError> trouble() const override { return trouble_; }
  [[nodiscard]] std::string describe() const override { return "memory"; }

  /// For tests: from now on calls fail like this; none: all is well again. A store that is full, read-only
  /// or locked can still be read.
  void fail_with(std::optional<StoreError> failure) { failure_ = std::move(failure); }

 private:
  struct Entry {
    std::string value;
    Revision revision = 0;
  };
  using Records = std::map<std::pair<Kind, std::string>, Entry, std::less<>>;
  /// A record as it was before a write; none: it was not there.
  using Undo = std::vector<std::pair<Records::key_type, std::optional<Entry>>>;

  [[nodiscard]] bool may_read();
  std::optional<StoreError> apply(const Write& write, Revision revision, Undo& undo);

  Records records_;
  std::deque<AuditEntry> audit_;  ///< oldest first
  Revision revision_ = 0;
  std::uint64_t last_audit_id_ = 0;
  std::vector<Watcher> watchers_;
  std::optional<StoreError> failure_;
  std::optional<StoreError> trouble_;
};

}  // namespace understudy::state
