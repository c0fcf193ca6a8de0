#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "base/clock.h"

namespace understudy::state {

/// Counts changes of the whole store; 0: nothing was ever written.
using Revision = std::uint64_t;

enum class Kind : std::uint8_t {
  kSwitch,   ///< by group id
  kWindow,   ///< by window id
  kToken,    ///< by token id
  kGroup,    ///< created over the API, by group name
  kPass,     ///< by pass id
  kPassKey,  ///< by key id
};

/// One value and the revision that wrote it.
struct Record {
  Kind kind = Kind::kSwitch;
  std::string key;
  std::string value;  ///< JSON, see state/records.h
  Revision revision = 0;
  friend bool operator==(const Record&, const Record&) = default;
};

/// One record to be written, or deleted.
struct Write {
  Kind kind = Kind::kSwitch;
  std::string key;
  std::optional<std::string> value;  ///< none: delete
  /// The revision that the record must have: 0, it must not exist. None: whatever it has.
  std::optional<Revision> expected;
};

/// Who did what. `before` and `after` are JSON; empty: there was, or is, nothing.
struct AuditNote {
  WallTime at;
  std::string who;     ///< "deploy (uid 1000)", "token ci (t-ab12cd34)", "understudy"
  std::string from;    ///< "unix socket", "192.0.2.7:51234", "schedule"
  std::string action;  ///< "mode.set", "window.add", "token.revoke", …
  std::string target;  ///< group name, or the id of a window, token, pass or pass key
  std::string before;
  std::string after;
  friend bool operator==(const AuditNote&, const AuditNote&) = default;
};

/// Taken whole or not at all.
struct Batch {
  std::vector<Write> writes;
  std::vector<AuditNote> audit;
};

struct AuditEntry {
  std::uint64_t id = 0;  ///< ascending in time, with no meaning beside
  AuditNote note;
};

struct AuditQuery {
  std::optional<std::uint64_t> before;  ///< entries with a smaller id; none: the newest
  std::size_t limit = 100;              ///< 1 to 1000
  std::string target;                   ///< empty: all
};

enum class StoreFault : std::uint8_t {
  kConflict,     ///< a record has another revision than expected; nothing was written
  kFull,         ///< no space left
  kReadOnly,     ///< no right to write, or a read-only file system
  kLocked,       ///< another process holds it
  kCorrupt,      ///< what is there can't be trusted
  kUnavailable,  ///< anything else, a missing folder for instance
};
[[nodiscard]] std::string_view to_text(StoreFault fault);

struct StoreError {
  StoreFault fault = StoreFault::kUnavailable;
  std::string message;  ///< for a person: what failed, where, what to do
};

/// Boost's result throws through this when `value()` is called on a failure: a programming error.
[[noreturn]] void throw_exception_from_error(const StoreError& error, const boost::source_location&);

template <typename T>
using StoreResult = boost::system::result<T, StoreError>;

/// Keeps what must survive. Readers see whole revisions; every write is a compare-and-set on a record's
/// revision. Threads: one, the control thread. Ownership: values are copied in and out.
class Store {
 public:
  /// What was changed, in the order of the writes; a deleted record has an empty value.
  using Watcher = std::function<void(Revision, const std::vector<Record>&)>;

  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  /// Calls `visit` for every record, ordered by kind and key, all of one revision, which it returns.
  virtual StoreResult<Revision> read_all(const std::function<void(Record&&)>& visit) = 0;

  /// One record; none if there is none.
  virtual StoreResult<std::optional<Record>> read(Kind kind, std::string_view key) = 0;

  /// Writes all or nothing, under one new revision, which it returns. When it returns without an error the
  /// change survives a crash of process and machine, and the watcher has been told.
  virtual StoreResult<Revision> commit(const Batch& batch) = 0;

  /// Newest first.
  virtual StoreResult<std::vector<AuditEntry>> audit(const AuditQuery& query) = 0;

  /// Told of every change from now on, of others' too where the store is shared, on the control thread.
  virtual void watch(Watcher watcher) = 0;

  /// What is wrong, as far as the last call told; none: all is well.
  [[nodiscard]] virtual std::optional<StoreError> trouble() const = 0;

  /// For people: "/var/lib/understudy/state.db", "memory".
  [[nodiscard]] virtual std::string describe() const = 0;
};

}  // namespace understudy::state
