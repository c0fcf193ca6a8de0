#pragma once

// One thing that a proxy is told by, with its thread; for tellers.cc alone.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tell/tellers.h"

namespace understudy::tell {

/// Makes what it is responsible for stand as it should. Blocking, for a few seconds at most.
using Bring = std::function<Outcome(const config::ProxyConfig& proxy, const Stands& stands)>;

/// A stats socket, map file or flag folder: brought where it should be at once when that changes, looked at
/// every half second, and tried again where it doesn't follow. Threads: any but for the constructor.
class Tellers::Follower {
 public:
  Follower(const Parts& parts, std::string key, std::string address, config::ProxyConfig proxy, Bring bring,
           Random random);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  /// What tells it from the proxy's others.
  [[nodiscard]] const std::string& key() const { return key_; }

  /// `stands`: of all groups; none: not known yet, or as before.
  void use(const config::ProxyConfig& proxy, const std::optional<Stands>& stands);
  void tell(const std::string& group, const Stand& stand);
  /// Told once more, of no groups, and then no more.
  void leave();
  void stop();

  [[nodiscard]] bool is_idle() const;
  /// Whether joining its thread takes no time.
  [[nodiscard]] bool is_done() const;
  [[nodiscard]] State state() const;

 private:
  void run();
  void attempt(std::unique_lock<std::mutex>& lock);
  void settle(const Outcome& outcome, SteadyTime::duration took);
  void log_change(State::Follows before, bool first) const;
  void log_farewell() const;
  [[nodiscard]] bool wants(std::string_view group) const;
  [[nodiscard]] SteadyTime::duration backoff();

  const Parts& parts_;
  const std::string key_;
  const Bring bring_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  config::ProxyConfig proxy_;
  Stands stands_;
  Random random_;
  State state_;
  std::uint64_t revision_ = 0;  ///< counts up with what is to be told; 0: nothing yet
  std::uint64_t tried_ = 0;     ///< the last revision whose telling has come to something
  SteadyTime due_{};            ///< of the next look
  unsigned failed_ = 0;         ///< in a row
  bool ever_ = false;           ///< an attempt was made
  bool leaving_ = false;
  bool stopping_ = false;
  bool busy_ = false;
  bool done_ = false;
  std::thread thread_;  ///< begun by the constructor, joined by the destructor
};

}  // namespace understudy::tell
