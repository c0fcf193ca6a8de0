#include "state/memory_store.h"

#include <algorithm>

#include "state/store_parts.h"

namespace understudy::state {
namespace {

constexpr std::size_t kMostAudit = 10'000;

bool hinders_reading(const StoreError& failure) {
  return failure.fault != StoreFault::kFull && failure.fault != StoreFault::kReadOnly &&
         failure.fault != StoreFault::kLocked;
}

}  // namespace

bool MemoryStore::may_read() {
  if (!failure_) return true;
  if (!hinders_reading(*failure_)) return true;
  trouble_ = failure_;
  return false;
}

StoreResult<Revision> MemoryStore::read_all(const std::function<void(Record&&)>& visit) {
  if (!may_read()) return *failure_;
  for (const auto& [key, entry] : records_) visit({key.first, key.second, entry.value, entry.revision});
  return revision_;
}

StoreResult<std::optional<Record>> MemoryStore::read(Kind kind, std::string_view key) {
  if (!may_read()) return *failure_;
  const auto found = records_.find(std::pair(kind, std::string(key)));
  if (found == records_.end()) return std::optional<Record>();
  return std::optional(Record{kind, found->first.second, found->second.value, found->second.revision});
}

std::optional<StoreError> MemoryStore::apply(const Write& write, Revision revision, Undo& undo) {
  const std::pair key(write.kind, write.key);
  const auto found = records_.find(key);
  const bool there = found != records_.end();
  const Revision old = there ? found->second.revision : 0;
  if (write.expected && *write.expected != old) return conflict(write, old);
  undo.emplace_back(key, there ? std::optional(found->second) : std::nullopt);
  if (write.value) {
    records_.insert_or_assign(key, Entry{*write.value, revision});
  } else if (there) {
    records_.erase(found);
  }
  return std::nullopt;
}

StoreResult<Revision> MemoryStore::commit(const Batch& batch) {
  trouble_ = failure_;
  if (failure_) return *failure_;
  Undo undo;
  std::vector<Record> changed;
  for (const Write& write : batch.writes) {
    if (const auto refused = apply(write, revision_ + 1, undo)) {
      for (auto old = undo.rbegin(); old != undo.rend(); ++old) {
        records_.erase(old->first);
        if (old->second) records_.insert_or_assign(old->first, *old->second);
      }
      return *refused;
    }
    changed.push_back(written(write, revision_ + 1));
  }
  for (const AuditNote& note : batch.audit) audit_.push_back({++last_audit_id_, note});
  while (audit_.size() > kMostAudit) audit_.pop_front();
  const Revision revision = ++revision_;
  tell(watchers_, revision, changed);
  return revision;
}

StoreResult<std::vector<AuditEntry>> MemoryStore::audit(const AuditQuery& query) {
  if (!may_read()) return *failure_;
  std::vector<AuditEntry> entries;
  for (auto entry = audit_.rbegin(); entry != audit_.rend() && entries.size() < query.limit; ++entry) {
    const bool wanted = (!query.before || entry->id < *query.before) &&
                        (query.target.empty() || entry->note.target == query.target);
    if (wanted) entries.push_back(*entry);
  }
  return entries;
}

void MemoryStore::watch(Watcher watcher) { watchers_.push_back(std::move(watcher)); }

}  // namespace understudy::state
