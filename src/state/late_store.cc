#include "state/late_store.h"

#include <utility>

namespace understudy::state {

LateStore::LateStore(std::string name, Open open) : name_(std::move(name)), open_(std::move(open)) {
  static_cast<void>(opened());
}

StoreResult<Store*> LateStore::opened() {
  if (store_ != nullptr) return store_.get();
  auto opened = open_();
  if (!opened) {
    trouble_ = opened.error();
    return opened.error();
  }
  trouble_.reset();
  store_ = std::move(*opened);
  if (!watcher_) return store_.get();
  // Whoever watches has seen nothing of what it holds.
  std::vector<Record> records;
  const auto revision = store_->read_all([&](Record&& record) { records.push_back(std::move(record)); });
  if (!revision) {
    trouble_ = revision.error();
    store_.reset();
    return *trouble_;
  }
  store_->watch(watcher_);
  if (!records.empty()) watcher_(*revision, records);
  return store_.get();
}

StoreResult<Revision> LateStore::read_all(const std::function<void(Record&&)>& visit) {
  auto store = opened();
  if (!store) return store.error();
  return (*store)->read_all(visit);
}

StoreResult<std::optional<Record>> LateStore::read(Kind kind, std::string_view key) {
  auto store = opened();
  if (!store) return store.error();
  return (*store)->read(kind, key);
}

StoreResult<Revision> LateStore::commit(const Batch& batch) {
  auto store = opened();
  if (!store) return store.error();
  return (*store)->commit(batch);
}

StoreResult<std::vector<AuditEntry>> LateStore::audit(const AuditQuery& query) {
  auto store = opened();
  if (!store) return store.error();
  return (*store)->audit(query);
}

void LateStore::watch(Watcher watcher) {
  watcher_ = std::move(watcher);
  if (store_ != nullptr) store_->watch(watcher_);
}

std::optional<StoreError> LateStore::trouble() const {
  return store_ == nullptr ? trouble_ : store_->trouble();
}

}  // namespace understudy::state
