#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <SQLiteCpp/Database.h>

#include "state/store.h"

namespace understudy::state {

/// Stands in the header of every database of ours ("ustd"), so that another program's is never taken for one.
constexpr std::uint32_t kApplicationId = 0x75737464;

/// The statements that lead from version n (the index) to n + 1. Only ever added to: databases of every
/// version are out there.
[[nodiscard]] std::span<const char* const> migrations();

/// Brings a database to the version that `steps` ends with, each step whole or not at all. Errors: it is
/// newer than that. Throws SQLite::Exception.
[[nodiscard]] std::optional<StoreError> migrate(SQLite::Database& database, const std::string& path,
                                                std::span<const char* const> steps);

/// Reads all of the database's structure. Errors: kCorrupt. Throws SQLite::Exception.
[[nodiscard]] std::optional<StoreError> check_integrity(SQLite::Database& database, const std::string& path);

/// What a record's sum is made of: tells a value that was written from one that something else put there.
[[nodiscard]] std::int64_t sum_of(const Record& record);

}  // namespace understudy::state
