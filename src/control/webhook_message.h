#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config/config.h"

namespace understudy::control {

/// A change, as it is told. `before`, `after` and `status` are JSON that is ready to be put in.
struct WebhookEvent {
  std::string event;  ///< "mode", "window", "token", "group", "pass" or "store"
  WallTime at;
  std::string who;
  std::string from;
  std::string action;
  std::string target;
  std::vector<std::string> groups;  ///< whom it concerns, by name
  std::string before;               ///< empty: null
  std::string after;                ///< empty: null
  std::string status;               ///< empty: left out
  std::string sentence;             ///< for people; empty: made from target, action and who
};

using WebhookHeaders = std::vector<std::pair<std::string, std::string>>;

/// Whether a webhook is told of an event. One that concerns no group is told whatever `groups` says.
[[nodiscard]] bool wants(const config::WebhookConfig& webhook, const WebhookEvent& event);

[[nodiscard]] std::string webhook_body(config::WebhookFormat format, const WebhookEvent& event);

/// What is sent beside the body: what it is, and a signature that only who knows the secret can make.
[[nodiscard]] WebhookHeaders webhook_headers(std::string_view event, std::string_view delivery, WallTime now,
                                             std::string_view secret, std::string_view body);

}  // namespace understudy::control
