#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace understudy {

// Passwords, by libcrypt (crypt(5)). Slow on purpose, tens of milliseconds and some megabytes of memory each:
// never on a worker's thread. Threads: any.

/// What stands for a password in a configuration: yescrypt with a random salt, "$y$…". Errors: the password
/// is empty, longer than libcrypt takes, or holds a NUL.
[[nodiscard]] Result<std::string> hash_password(std::string_view password);

/// Whether the password is the one that `hash` stands for; any of crypt(5)'s methods. False where the hash is
/// none that can be checked.
[[nodiscard]] bool check_password(std::string_view password, const std::string& hash);

/// libcrypt's limit, without the NUL.
constexpr std::size_t kMostPassword = 511;

}  // namespace understudy
