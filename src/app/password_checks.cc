#include "app/password_checks.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/password.h"

namespace understudy::app {
namespace {

using std::chrono::ceil;
using std::chrono::seconds;

constexpr seconds kMinute{60};
constexpr seconds kBusy{1};  ///< until a queue has room again
constexpr std::size_t kTicketBytes = 16;

}  // namespace

PasswordChecks::PasswordChecks(const Clock& clock, OnRight on_right)
    : clock_(clock), on_right_(std::move(on_right)), thread_([this] { run(); }) {}

PasswordChecks::~PasswordChecks() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  thread_.join();
}

seconds PasswordChecks::wait_for(const Ask& ask, SteadyTime now) const {
  seconds wait = throttle_.wait(ask.client, now);
  if (const auto wrong = wrong_.find(ask.group_id);
      wrong != wrong_.end() && wrong->second.count >= kMostWrong)
    wait = std::max(wait, ceil<seconds>(wrong->second.since + kMinute - now));
  const bool busy =
      jobs_.size() >= kMostWaiting || entries_.size() >= kMostTickets || asking_.contains(ask.client);
  return busy ? std::max(wait, kBusy) : wait;
}

void PasswordChecks::forget_old(SteadyTime now) {
  std::erase_if(entries_, [&](const auto& entry) {
    return entry.second.state != State::kWaiting && entry.second.since + kKept <= now;
  });
  std::erase_if(wrong_, [&](const auto& wrong) { return wrong.second.since + kMinute <= now; });
}

PasswordChecks::Ticket PasswordChecks::hand_in(Ask ask) {
  const SteadyTime now = clock_.steady();
  Ticket ticket;
  {
    const std::lock_guard lock(mutex_);
    forget_old(now);
    ticket.wait = wait_for(ask, now);
    if (ticket.wait.count() > 0) return ticket;
    ticket.id = random_token(kTicketBytes);
    asking_.insert(ask.client);
    entries_.emplace(ticket.id, Entry{ask.group_id, State::kWaiting, {}, now});
    jobs_.push_back({ticket.id, std::move(ask)});
  }
  work_.notify_one();
  return ticket;
}

PasswordChecks::Outcome PasswordChecks::fetch(std::string_view ticket, std::string_view group_id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(ticket);
  if (found == entries_.end() || found->second.group_id != group_id) return {};
  Outcome outcome{found->second.state, std::move(found->second.token)};
  if (outcome.state != State::kWaiting) entries_.erase(found);
  return outcome;
}

void PasswordChecks::note_pass(const std::string& ticket, std::optional<std::string> token) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(ticket);
  if (found == entries_.end()) return;
  found->second.state = token ? State::kRight : State::kFailed;
  found->second.token = token.value_or("");
  found->second.since = clock_.steady();
}

void PasswordChecks::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    const bool right = check_password(job.ask.password, job.ask.hash);
    wipe(job.ask.password);
    finish(job, right);
    lock.lock();
  }
}

void PasswordChecks::finish(const Job& job, bool right) {
  {
    const std::lock_guard lock(mutex_);
    const SteadyTime now = clock_.steady();
    asking_.erase(job.ask.client);
    if (!right) {
      throttle_.note_failure(job.ask.client, now);
      Wrong& wrong = wrong_[job.ask.group_id];
      if (wrong.count++ == 0) wrong.since = now;
      Entry& entry = entries_[job.ticket];
      entry.state = State::kWrong;
      entry.since = now;
    }
  }
  if (right) on_right_({job.ticket, job.ask.group_id, job.ask.client});
}

}  // namespace understudy::app
