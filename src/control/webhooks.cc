#include "control/webhooks.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/crypto.h"

namespace understudy::control {

/// One webhook with its queue and, once there was something to tell, its thread.
class Webhooks::Hook {
 public:
  Hook(const Parts& parts, config::WebhookConfig config, Random random)
      : parts_(parts), config_(std::move(config)), queue_(parts.plan, random) {}
  ~Hook() {
    stop();
    if (thread_.joinable()) thread_.join();
  }
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;

  void post(const WebhookEvent& event, const std::shared_ptr<const std::string>& body) {
    const std::lock_guard lock(mutex_);
    queue_.post({random_uuid(), event.event, body, parts_.clock.steady()});
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    changed_.notify_one();
  }

  void use(config::WebhookConfig config) {
    const std::lock_guard lock(mutex_);
    config_ = std::move(config);
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }

  [[nodiscard]] bool is_idle() const {
    const std::lock_guard lock(mutex_);
    return !sending_;
  }

  /// Whether joining its thread takes no time.
  [[nodiscard]] bool is_done() const {
    const std::lock_guard lock(mutex_);
    return done_ || !thread_.joinable();
  }

  [[nodiscard]] config::WebhookConfig config() const {
    const std::lock_guard lock(mutex_);
    return config_;
  }

  [[nodiscard]] State state() const {
    const std::lock_guard lock(mutex_);
    return {config_.name, queue_.pending(), queue_.counts(), queue_.last_error()};
  }

 private:
  void run();
  void send_first(std::unique_lock<std::mutex>& lock);
  void tell(WebhookQueue::Verdict verdict, const Delivery& delivery, const std::string& name,
            const std::string& error, bool failed_before);

  const Parts& parts_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  config::WebhookConfig config_;
  WebhookQueue queue_;
  bool stopping_ = false;
  bool sending_ = false;
  bool done_ = false;
  std::thread thread_;  ///< begun under the mutex, joined by the destructor
};

void Webhooks::Hook::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto due = queue_.due();
    if (!due) {
      changed_.wait(lock);
    } else if (const auto wait = *due - parts_.clock.steady(); wait > SteadyTime::duration::zero()) {
      changed_.wait_for(lock, wait);
    } else {
      send_first(lock);
    }
  }
  done_ = true;
}

/// Sends without the lock: nobody waits for a receiver.
void Webhooks::Hook::send_first(std::unique_lock<std::mutex>& lock) {
  const Delivery delivery = queue_.take();
  const config::WebhookConfig config = config_;
  const bool failed_before = !queue_.last_error().empty();
  sending_ = true;
  lock.unlock();
  const auto headers =
      webhook_headers(delivery.event, delivery.id, parts_.clock.wall(), config.secret, *delivery.body);
  const auto outcome = parts_.send(config, headers, *delivery.body);
  lock.lock();
  sending_ = false;
  const auto verdict = queue_.settle(outcome, parts_.clock.steady());
  const std::string error = queue_.last_error();
  lock.unlock();
  tell(verdict, delivery, config.name, error, failed_before);
  lock.lock();
}

/// A receiver that fails is told of once, and again when it is back, not at each attempt.
void Webhooks::Hook::tell(WebhookQueue::Verdict verdict, const Delivery& delivery, const std::string& name,
                          const std::string& error, bool failed_before) {
  switch (verdict) {
    case WebhookQueue::Verdict::kDelivered:
      if (failed_before) {
        parts_.log.info("webhook_recovered", fmt::format("webhook {} takes events again", name),
                        {{"webhook", name}});
      }
      return;
    case WebhookQueue::Verdict::kRetry:
      if (failed_before) return;
      parts_.log.warning(
          "webhook_failing",
          fmt::format("webhook {} does not take events, which are tried again: {}", name, error),
          {{"webhook", name}, {"delivery", delivery.id}});
      return;
    case WebhookQueue::Verdict::kGivenUp:
      parts_.log.error("webhook_given_up", fmt::format("an event is lost to webhook {}: {}", name, error),
                       {{"webhook", name}, {"delivery", delivery.id}, {"event", delivery.event}});
  }
}

Webhooks::Webhooks(Parts parts, const std::vector<config::WebhookConfig>& webhooks)
    : parts_(std::make_shared<Parts>(std::move(parts))) {
  use(webhooks);
}

Webhooks::~Webhooks() {
  // All are told first, so that the slowest attempt alone is waited for.
  for (const auto& hook : hooks_) hook->stop();
}

void Webhooks::post(const WebhookEvent& event) {
  std::shared_ptr<const std::string> bodies[2];  // by format, made once for all that want it
  const std::lock_guard lock(mutex_);
  for (const auto& hook : hooks_) {
    const config::WebhookConfig config = hook->config();
    if (!wants(config, event)) continue;
    auto& body = bodies[config.format == config::WebhookFormat::kSlack ? 1 : 0];
    if (body == nullptr) body = std::make_shared<const std::string>(webhook_body(config.format, event));
    hook->post(event, body);
  }
}

void Webhooks::use(const std::vector<config::WebhookConfig>& webhooks) {
  const std::lock_guard lock(mutex_);
  std::vector<std::unique_ptr<Hook>> before = std::exchange(hooks_, {});
  for (const config::WebhookConfig& webhook : webhooks) {
    const auto known = std::find_if(before.begin(), before.end(), [&](const auto& hook) {
      return hook != nullptr && hook->config().name == webhook.name;
    });
    if (known == before.end()) {
      hooks_.push_back(std::make_unique<Hook>(*parts_, webhook, Random(parts_->random.next())));
    } else {
      (*known)->use(webhook);
      hooks_.push_back(std::move(*known));
    }
  }
  for (auto& hook : before) {
    if (hook == nullptr) continue;
    hook->stop();
    retired_.push_back(std::move(hook));
  }
  std::erase_if(retired_, [](const auto& hook) { return hook->is_done(); });
}

bool Webhooks::stop() {
  const std::lock_guard lock(mutex_);
  bool idle = true;
  for (const auto* hooks : {&hooks_, &retired_}) {
    for (const auto& hook : *hooks) {
      hook->stop();
      idle = hook->is_idle() && idle;
    }
  }
  return idle;
}

std::vector<Webhooks::State> Webhooks::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<State> out;
  for (const auto& hook : hooks_) out.push_back(hook->state());
  return out;
}

}  // namespace understudy::control
