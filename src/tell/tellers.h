#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "config/config.h"
#include "tell/runtime.h"
#include "tell/stand.h"

namespace understudy::tell {

/// Tells proxies how the groups stand, and sees to it that they go on standing so. Each stats socket, map
/// file and flag folder has a thread of its own: what hangs holds up nobody. Nothing is undone at the end of
/// the process: a proxy keeps the state it was told last. Threads: any; no call waits for a proxy.
class Tellers {
 public:
  struct Parts {
    const Clock& clock;  ///< of use from any thread
    Log& log;
    Random random;
    Ask ask;
    std::string memory;  ///< how the paths of ServerMemory's files begin; empty: nothing outlives the process
  };

  /// Where a proxy stands, for `status` and the metrics: one for each address, map file and flag folder.
  struct State {
    enum class Follows : std::uint8_t { kInStep, kBehind, kUnreachable };
    std::string name;     ///< of the proxy
    std::string address;  ///< as it is configured
    Follows follows = Follows::kBehind;
    bool pending = true;     ///< what is known is not the outcome of the latest change yet
    std::string last_error;  ///< of the last attempt; empty: none
    WallTime since;          ///< of what `follows` says
    std::uint64_t failures = 0;
  };

  Tellers(Parts parts, const std::vector<config::ProxyConfig>& proxies);
  /// Waits for attempts under way, some seconds at most.
  ~Tellers();
  Tellers(const Tellers&) = delete;
  Tellers& operator=(const Tellers&) = delete;

  /// After a reload. What is not configured any more is told once more, as though it had no groups: flags go,
  /// servers are given back. `stands`: of all groups; none: that is not known yet.
  void use(const std::vector<config::ProxyConfig>& proxies, const std::optional<Stands>& stands);

  /// How all groups stand. Nobody is told anything before it is known.
  void tell_all(const Stands& stands);
  /// One group of those has come to stand otherwise.
  void tell(const std::string& group, const Stand& stand);

  /// Whether anybody is to be told.
  [[nodiscard]] bool has_proxies() const;

  /// Ends the threads. True: no attempt is under way, so that the destructor takes no time.
  [[nodiscard]] bool stop();

  /// In the order of the configuration; of those alone that are told of `group` unless that is empty.
  [[nodiscard]] std::vector<State> states(std::string_view group) const;

 private:
  class Follower;
  struct Proxy {
    config::ProxyConfig config;
    std::vector<std::unique_ptr<Follower>> followers;
  };

  const std::shared_ptr<Parts> parts_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<Proxy> proxies_;
  std::vector<std::unique_ptr<Follower>>
      retired_;  ///< gone from the configuration, but perhaps still telling
};

[[nodiscard]] constexpr std::string_view to_text(Tellers::State::Follows follows) {
  switch (follows) {
    case Tellers::State::Follows::kInStep:
      return "in step";
    case Tellers::State::Follows::kBehind:
      return "behind";
    case Tellers::State::Follows::kUnreachable:
      return "unreachable";
  }
  return "";
}

}  // namespace understudy::tell
