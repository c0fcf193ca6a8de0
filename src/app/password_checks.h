#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "answer/password_desk.h"
#include "base/clock.h"
#include "control/throttle.h"

namespace understudy::app {

/// Checks passwords on a thread of its own, one after the other, from a bounded queue. Wrong ones slow down
/// the address that tries (control/throttle.h), and all who try the same group: kMostWrong within a minute.
/// Threads: any.
class PasswordChecks final : public answer::PasswordDesk {
 public:
  static constexpr std::size_t kMostWaiting = 32;
  static constexpr std::size_t kMostTickets = 1000;
  static constexpr unsigned kMostWrong = 30;
  static constexpr std::chrono::seconds kKept{60};  ///< an outcome that nobody fetches

  /// A password was right: whose pass is to be made.
  struct Right {
    std::string ticket;
    std::string group_id;
    answer::Address client;
  };
  /// Called on the checking thread; whoever makes the pass answers by `note_pass`.
  using OnRight = std::function<void(const Right&)>;

  /// `clock` must outlive it.
  PasswordChecks(const Clock& clock, OnRight on_right);
  ~PasswordChecks() override;

  [[nodiscard]] Ticket hand_in(Ask ask) override;
  [[nodiscard]] Outcome fetch(std::string_view ticket, std::string_view group_id) override;
  /// The token of the pass that was made; none: it could not be.
  void note_pass(const std::string& ticket, std::optional<std::string> token);

 private:
  struct Entry {
    std::string group_id;
    State state = State::kWaiting;
    std::string token;
    SteadyTime since;
  };
  struct Job {
    std::string ticket;
    Ask ask;
  };
  struct Wrong {
    unsigned count = 0;
    SteadyTime since;
  };

  void run();
  void finish(const Job& job, bool right);
  void forget_old(SteadyTime now);
  [[nodiscard]] std::chrono::seconds wait_for(const Ask& ask, SteadyTime now) const;

  const Clock& clock_;
  const OnRight on_right_;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Job> jobs_;
  std::map<std::string, Entry, std::less<>> entries_;  ///< by ticket
  std::set<answer::Address> asking_;                   ///< each has one password looked at, and no more
  control::Throttle throttle_;
  std::map<std::string, Wrong, std::less<>> wrong_;  ///< by group
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace understudy::app
