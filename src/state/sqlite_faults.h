#pragma once

#include <string>
#include <string_view>

#include <SQLiteCpp/Exception.h>

#include "state/store.h"

namespace understudy::state {

/// What failed, for a person: "/var/lib/understudy/state.db: a change could not be written: …" and, by the
/// fault, what to do about it. `why` is what the system or the database says.
[[nodiscard]] StoreError store_error(StoreFault fault, std::string_view path, std::string_view what,
                                     std::string_view why);

/// The same for a system call that failed.
[[nodiscard]] StoreError system_error(std::string_view path, std::string_view what, int error_number);

/// The same for SQLite. `error_number`: what sqlite3_system_errno() says; looked at where the code asks for
/// it.
[[nodiscard]] StoreError sqlite_error(std::string_view path, std::string_view what,
                                      const SQLite::Exception& error, int error_number);

}  // namespace understudy::state
