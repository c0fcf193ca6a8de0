#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "answer/question.h"

namespace understudy::answer {

/// Where passwords are checked that let people through: slow on purpose, so never on a worker's thread.
/// A worker hands a password in, gets a ticket, and asks for what came of it later. Threads: any.
class PasswordDesk {
 public:
  struct Ask {
    std::string group_id;
    std::string hash;  ///< crypt(5)
    std::string password;
    Address client;
  };
  struct Ticket {
    std::string id;               ///< nobody can guess it; empty: not now
    std::chrono::seconds wait{};  ///< until it may be tried again
  };
  enum class State : std::uint8_t {
    kUnknown,  ///< no such ticket, or its outcome was fetched already
    kWaiting,
    kWrong,
    kFailed,  ///< the password is right, but no pass could be made
    kRight,
  };
  struct Outcome {
    State state = State::kUnknown;
    std::string token;  ///< of the pass that was made, where it was right
  };

  PasswordDesk() = default;
  PasswordDesk(const PasswordDesk&) = delete;
  PasswordDesk& operator=(const PasswordDesk&) = delete;
  virtual ~PasswordDesk() = default;

  [[nodiscard]] virtual Ticket hand_in(Ask ask) = 0;
  /// Tells an outcome once, and only to whoever asks for the same group.
  [[nodiscard]] virtual Outcome fetch(std::string_view ticket, std::string_view group_id) = 0;
};

}  // namespace understudy::answer
