#include "control/webhook_queue.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace understudy::control {
namespace {

using std::chrono::milliseconds;

bool is_success(const Result<SendOutcome>& outcome) {
  return outcome && outcome->status >= 200 && outcome->status < 300;
}

/// Whether the receiver means no, whenever it is asked: a request that is wrong does not get right by time.
bool is_refusal(const Result<SendOutcome>& outcome) {
  if (!outcome || outcome->status < 400 || outcome->status >= 500) return false;
  return outcome->status != 408 && outcome->status != 425 && outcome->status != 429;
}

}  // namespace

WebhookQueue::WebhookQueue(const RetryPlan& plan, Random random) : plan_(plan), random_(random) {
  assert(plan_.capacity >= 2);
}

void WebhookQueue::post(Delivery delivery) {
  if (waiting_.size() >= plan_.capacity) {
    // How long to wait for the receiver stays as it is: it is no better for the loss.
    waiting_.erase(waiting_.begin() + (sending_ ? 1 : 0));
    ++counts_.dropped;
  }
  waiting_.push_back(std::move(delivery));
}

std::optional<SteadyTime> WebhookQueue::due() const {
  if (waiting_.empty() || sending_) return std::nullopt;
  return attempts_ == 0 ? waiting_.front().posted : not_before_;
}

Delivery WebhookQueue::take() {
  assert(due());
  sending_ = true;
  return waiting_.front();
}

WebhookQueue::Verdict WebhookQueue::settle(const Result<SendOutcome>& outcome, SteadyTime now) {
  assert(sending_);
  sending_ = false;
  if (is_success(outcome)) {
    ++counts_.delivered;
    last_error_.clear();
    finish_first();
    return Verdict::kDelivered;
  }
  last_error_ = outcome ? fmt::format("status {}", outcome->status) : outcome.error().message;
  const milliseconds wait = wait_after(outcome);
  if (is_refusal(outcome)) {
    ++counts_.failed;
    finish_first();
    return Verdict::kGivenUp;
  }
  ++attempts_;
  not_before_ = now + wait;
  if (not_before_ - waiting_.front().posted <= plan_.give_up) return Verdict::kRetry;
  // The next one waits as long: the receiver is as dead for it.
  ++counts_.failed;
  waiting_.pop_front();
  return Verdict::kGivenUp;
}

milliseconds WebhookQueue::wait_after(const Result<SendOutcome>& outcome) {
  const unsigned doublings = std::min(attempts_, 30U);
  const milliseconds doubled = std::min(plan_.most, plan_.first * (std::int64_t{1} << doublings));
  // A random share on top, so that what failed together does not come back together.
  milliseconds wait = doubled + milliseconds(random_.up_to(static_cast<std::uint32_t>(doubled.count() / 4)));
  if (outcome && outcome->retry_after) {
    using std::chrono::seconds;
    const seconds asked = std::clamp<seconds>(*outcome->retry_after, seconds(0), std::chrono::hours(24));
    wait = std::max<milliseconds>(wait, asked);
  }
  return std::min(wait, plan_.most);
}

void WebhookQueue::finish_first() {
  waiting_.pop_front();
  attempts_ = 0;
}

}  // namespace understudy::control
