#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "state/store.h"

namespace understudy::state {

/// A store that may not open at once: answers matter more than a folder that is missing or a disk that is
/// full. Until it opens every call fails with the reason; each call tries again, and the watcher is told of
/// everything it then holds. Threads: as a store's.
class LateStore final : public Store {
 public:
  using Open = std::function<StoreResult<std::unique_ptr<Store>>()>;

  /// Tries to open at once. `name`: what `describe` says.
  LateStore(std::string name, Open open);

  StoreResult<Revision> read_all(const std::function<void(Record&&)>& visit) override;
  StoreResult<std::optional<Record>> read(Kind kind, std::string_view key) override;
  StoreResult<Revision> commit(const Batch& batch) override;
  StoreResult<std::vector<AuditEntry>> audit(const AuditQuery& query) override;
  void watch(Watcher watcher) override;
  [[nodiscard]] std::optional<StoreError> trouble() const override;
  [[nodiscard]] std::string describe() const override { return name_; }

 private:
  StoreResult<Store*> opened();

  const std::string name_;
  const Open open_;
  std::unique_ptr<Store> store_;
  std::optional<StoreError> trouble_;  ///< why it is not open
  Watcher watcher_;
};

}  // namespace understudy::state
