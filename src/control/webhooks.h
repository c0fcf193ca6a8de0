#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "config/config.h"
#include "control/webhook_message.h"
#include "control/webhook_queue.h"

namespace understudy::control {

/// Tells receivers of changes. Every webhook has its own thread, begun with its first event: a delivery
/// blocks until it is through, and so one dead receiver can never hold up another, nor the caller. There
/// are few webhooks, and most of them have nothing to say.
/// Threads: any.
class Webhooks {
 public:
  /// Makes one attempt: blocking, for the webhook's timeout at most. Redirects are not followed. Called from
  /// the webhooks' threads at once. Its error must not quote the URL, which may hold a key.
  using Send = std::function<Result<SendOutcome>(const config::WebhookConfig& webhook,
                                                 const WebhookHeaders& headers, const std::string& body)>;
  struct Parts {
    const Clock& clock;  ///< of use from any thread
    Log& log;
    Random random;
    Send send;
    RetryPlan plan = {};
  };

  /// What becomes of one webhook's events, for `status` and the metrics.
  struct State {
    std::string name;
    std::size_t pending = 0;
    WebhookQueue::Counts counts;
    std::string last_error;  ///< empty once one has got through
  };

  Webhooks(Parts parts, const std::vector<config::WebhookConfig>& webhooks);
  /// Drops what has not been sent, and waits for attempts under way, each for its timeout at most.
  ~Webhooks();
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;

  /// Queues an event for all that want it. Never waits for a delivery.
  void post(const WebhookEvent& event);

  /// After a reload: a webhook whose name stays keeps its queue and its counts. Never waits for a delivery.
  void use(const std::vector<config::WebhookConfig>& webhooks);

  /// Drops what has not been sent. True: no attempt is under way, so that the destructor takes no time.
  [[nodiscard]] bool stop();

  /// In the order of the configuration.
  [[nodiscard]] std::vector<State> states() const;

 private:
  class Hook;

  const std::shared_ptr<Parts> parts_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::unique_ptr<Hook>> hooks_;
  std::vector<std::unique_ptr<Hook>> retired_;  ///< gone from the configuration, but perhaps still sending
};

}  // namespace understudy::control
