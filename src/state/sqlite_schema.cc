#include "state/sqlite_schema.h"

#include <array>

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "state/sqlite_faults.h"

namespace understudy::state {
namespace {

// Times are milliseconds since 1970.
constexpr std::array<const char*, 2> kMigrations = {
    "CREATE TABLE meta (revision INTEGER NOT NULL) STRICT;"
    "INSERT INTO meta VALUES (0);"
    "CREATE TABLE record (kind INTEGER NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL,"
    "                     value TEXT NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (kind, key))"
    "  STRICT, WITHOUT ROWID;"
    "CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL,"
    "                    from_where TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL,"
    "                    before TEXT NOT NULL, after TEXT NOT NULL) STRICT;"
    "CREATE INDEX audit_target ON audit (target);",
    // Records of passes and their keys: an understudy that does not know them must not take them for damage.
    "UPDATE meta SET revision = revision;",
};

}  // namespace

std::span<const char* const> migrations() { return kMigrations; }

std::optional<StoreError> migrate(SQLite::Database& database, const std::string& path,
                                  std::span<const char* const> steps) {
  const int found = database.execAndGet("PRAGMA user_version").getInt();
  const int wanted = static_cast<int>(steps.size());
  if (found < 0 || found > wanted) {
    return store_error(
        StoreFault::kUnavailable, path, "can't be used",
        fmt::format("it is of version {}, and this understudy knows versions up to {}; start the "
                    "understudy that wrote it, or a newer one",
                    found, wanted));
  }
  for (int version = found; version < wanted; ++version) {
    SQLite::Transaction step(database, SQLite::TransactionBehavior::IMMEDIATE);
    database.exec(steps[static_cast<std::size_t>(version)]);
    database.exec(fmt::format("PRAGMA user_version = {}", version + 1));
    step.commit();
  }
  return std::nullopt;
}

std::optional<StoreError> check_integrity(SQLite::Database& database, const std::string& path) {
  const std::string found = database.execAndGet("PRAGMA quick_check(1)").getString();
  if (found == "ok") return std::nullopt;
  return store_error(StoreFault::kCorrupt, path, "is damaged", found);
}

std::int64_t sum_of(const Record& record) {
  // FNV-1a (Fowler, Noll, Vo), 64 bits.
  std::uint64_t sum = 0xcbf29ce484222325ULL;
  const auto add = [&](std::uint64_t byte) { sum = (sum ^ byte) * 0x100000001b3ULL; };
  add(static_cast<std::uint64_t>(record.kind));
  for (int shift = 0; shift < 64; shift += 8) add((record.revision >> shift) & 0xFF);
  for (const char c : record.key) add(static_cast<unsigned char>(c));
  add(0x100);  // no byte: where the key ends
  for (const char c : record.value) add(static_cast<unsigned char>(c));
  return static_cast<std::int64_t>(sum);
}

}  // namespace understudy::state
