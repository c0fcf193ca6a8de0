#include "tell/follower.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace understudy::tell {
namespace {

using std::chrono::milliseconds;

/// How often it is looked whether a proxy still stands as it was told: it may have been restarted.
constexpr milliseconds kLook{500};
/// With very many groups a look takes its time; this many times longer nobody looks.
constexpr int kRest = 20;
constexpr milliseconds kFirstRetry{200};
constexpr milliseconds kLastRetry{2000};

}  // namespace

Tellers::Follower::Follower(const Parts& parts, std::string key, std::string address,
                            config::ProxyConfig proxy, Bring bring, Random random)
    : parts_(parts),
      key_(std::move(key)),
      bring_(std::move(bring)),
      proxy_(std::move(proxy)),
      random_(random) {
  state_.name = proxy_.name;
  state_.address = std::move(address);
  state_.since = parts_.clock.wall();
  thread_ = std::thread([this] { run(); });
}

Tellers::Follower::~Follower() {
  stop();
  thread_.join();
}

bool Tellers::Follower::wants(std::string_view group) const {
  return proxy_.groups.empty() ||
         std::find(proxy_.groups.begin(), proxy_.groups.end(), group) != proxy_.groups.end();
}

void Tellers::Follower::use(const config::ProxyConfig& proxy, const std::optional<Stands>& stands) {
  const std::lock_guard lock(mutex_);
  bool news = revision_ == 0 || proxy != proxy_;
  proxy_ = proxy;
  state_.name = proxy.name;
  if (!stands) return;
  Stands wanted;
  for (const auto& [group, stand] : *stands) {
    if (wants(group)) wanted.emplace_hint(wanted.end(), group, stand);
  }
  news = news || wanted != stands_;
  if (!news) return;
  stands_ = std::move(wanted);
  ++revision_;
  changed_.notify_all();
}

void Tellers::Follower::tell(const std::string& group, const Stand& stand) {
  const std::lock_guard lock(mutex_);
  if (revision_ == 0 || !wants(group)) return;
  const auto [found, fresh] = stands_.try_emplace(group, stand);
  if (!fresh && found->second == stand) return;
  found->second = stand;
  ++revision_;
  changed_.notify_all();
}

void Tellers::Follower::leave() {
  const std::lock_guard lock(mutex_);
  // Of which nothing was ever told is none of understudy's.
  if (revision_ == 0) stopping_ = true;
  leaving_ = true;
  stands_.clear();
  proxy_.servers.clear();
  ++revision_;
  changed_.notify_all();
}

void Tellers::Follower::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

bool Tellers::Follower::is_idle() const {
  const std::lock_guard lock(mutex_);
  return !busy_;
}

bool Tellers::Follower::is_done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

Tellers::State Tellers::Follower::state() const {
  const std::lock_guard lock(mutex_);
  State state = state_;
  state.pending = tried_ != revision_ || revision_ == 0;
  return state;
}

void Tellers::Follower::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool news = revision_ != tried_;
    const auto wait = due_ - parts_.clock.steady();
    if (revision_ == 0) {
      changed_.wait(lock);
    } else if (!news && wait > SteadyTime::duration::zero()) {
      changed_.wait_for(lock, wait);
    } else {
      attempt(lock);
      // What was under way when it was told to leave was still the old state.
      if (leaving_ && tried_ == revision_) break;
    }
  }
  done_ = true;
}

/// Tells without the lock: nobody waits for a proxy.
void Tellers::Follower::attempt(std::unique_lock<std::mutex>& lock) {
  const std::uint64_t revision = revision_;
  const config::ProxyConfig proxy = proxy_;
  const Stands stands = stands_;
  const auto begun = parts_.clock.steady();
  busy_ = true;
  lock.unlock();
  const Outcome outcome = bring_(proxy, stands);
  const auto took = parts_.clock.steady() - begun;
  lock.lock();
  busy_ = false;
  tried_ = revision;
  settle(outcome, took);
}

SteadyTime::duration Tellers::Follower::backoff() {
  const auto whole = std::min(kFirstRetry * (1 << std::min(failed_ - 1, 10U)), kLastRetry);
  // Up to half of it less, so that several understudies do not knock together.
  return whole - milliseconds(random_.up_to(static_cast<std::uint32_t>(whole.count() / 2)));
}

void Tellers::Follower::settle(const Outcome& outcome, SteadyTime::duration took) {
  using Follows = State::Follows;
  failed_ = outcome ? failed_ + 1 : 0;
  due_ = parts_.clock.steady() + (outcome ? backoff() : std::max<SteadyTime::duration>(kLook, took * kRest));
  const Follows before = state_.follows;
  state_.follows = !outcome                                       ? Follows::kInStep
                   : outcome->kind == Trouble::Kind::kUnreachable ? Follows::kUnreachable
                                                                  : Follows::kBehind;
  state_.last_error = outcome ? outcome->message : "";
  if (outcome) ++state_.failures;
  if (leaving_ && tried_ == revision_) return log_farewell();
  const bool first = !std::exchange(ever_, true);
  if (!first && before == state_.follows) return;
  state_.since = parts_.clock.wall();
  log_change(before, first);
}

void Tellers::Follower::log_farewell() const {
  if (state_.follows == State::Follows::kInStep) return;
  parts_.log.warning("proxy_left_behind",
                     fmt::format("proxy {} ({}) is told no more, and may stand as it last did: {}",
                                 state_.name, state_.address, state_.last_error),
                     {{"proxy", state_.name}, {"address", state_.address}});
}

/// A proxy that doesn't follow is told of once, and again when it does, not at each attempt.
void Tellers::Follower::log_change(State::Follows before, bool first) const {
  const std::string who = fmt::format("proxy {} ({})", state_.name, state_.address);
  const bool well = state_.follows == State::Follows::kInStep;
  if (well) {
    parts_.log.info("proxy_in_step", fmt::format("{} {}", who, first ? "is told" : "follows again"),
                    {{"proxy", state_.name}, {"address", state_.address}});
  } else {
    const bool unreachable = state_.follows == State::Follows::kUnreachable;
    parts_.log.warning(
        unreachable ? "proxy_unreachable" : "proxy_behind",
        fmt::format("{} {}, which is tried again: {}", who,
                    unreachable ? "can't be reached" : "does not follow", state_.last_error),
        {{"proxy", state_.name}, {"address", state_.address}, {"before", first ? "" : to_text(before)}});
  }
}

}  // namespace understudy::tell
