#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace understudy::control {

/// What a receiver said.
struct SendOutcome {
  int status = 0;
  std::optional<std::chrono::seconds> retry_after;
};

/// One event on its way to one receiver.
struct Delivery {
  std::string id;     ///< the same for every attempt, so that receivers know it again
  std::string event;  ///< "mode"
  std::shared_ptr<const std::string> body;
  SteadyTime posted{};
};

/// How often and how long a delivery is tried.
struct RetryPlan {
  std::chrono::milliseconds first{1000};
  std::chrono::milliseconds most{5 * 60 * 1000};
  std::chrono::milliseconds give_up{24 * 60 * 60 * 1000};
  std::size_t capacity = 1000;
};

/// One receiver's deliveries in their order, and when to try the first of them. Pure: times come in.
/// Threads: one owner, or guarded by its owner's mutex.
class WebhookQueue {
 public:
  /// REQUIRES: a capacity of 2, so that there is always one to drop beside the one being sent.
  WebhookQueue(const RetryPlan& plan, Random random);

  struct Counts {
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;   ///< given up: refused for good, or tried for too long
    std::uint64_t dropped = 0;  ///< the oldest, because the queue was full
  };
  /// What became of an attempt.
  enum class Verdict : std::uint8_t { kDelivered, kRetry, kGivenUp };

  /// Puts one at the end; where the queue is full the oldest that is not being sent goes.
  void post(Delivery delivery);

  /// When the first one is to be sent: its moment may have passed. None: nothing to send, or one is being
  /// sent.
  [[nodiscard]] std::optional<SteadyTime> due() const;
  /// The first one, from now on being sent. REQUIRES: due.
  [[nodiscard]] Delivery take();
  /// How it went. REQUIRES: taken.
  Verdict settle(const Result<SendOutcome>& outcome, SteadyTime now);

  [[nodiscard]] std::size_t pending() const { return waiting_.size(); }
  [[nodiscard]] const Counts& counts() const { return counts_; }
  /// What the last attempt failed with; empty once one has succeeded.
  [[nodiscard]] const std::string& last_error() const { return last_error_; }

 private:
  [[nodiscard]] std::chrono::milliseconds wait_after(const Result<SendOutcome>& outcome);
  void finish_first();

  const RetryPlan plan_;
  Random random_;
  std::deque<Delivery> waiting_;  ///< the one being sent is the first
  bool sending_ = false;
  unsigned attempts_ = 0;    ///< of the first
  SteadyTime not_before_{};  ///< for the first, where an attempt failed
  Counts counts_;
  std::string last_error_;
};

}  // namespace understudy::control
