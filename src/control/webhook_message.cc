#include "control/webhook_message.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/json_text.h"
#include "http/date.h"

namespace understudy::control {
namespace {

/// Slack's own escapes, so that nobody's text becomes a link or calls everyone on the channel.
std::string slack_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string slack_body(const WebhookEvent& event) {
  const std::string sentence = event.sentence.empty()
                                   ? fmt::format("{}: {}, by {}", event.target, event.action, event.who)
                                   : event.sentence;
  std::string out = "{\"text\":";
  append_json_string(out, slack_escaped(sentence));
  return out + "}";
}

void append_groups(std::string& out, const std::vector<std::string>& groups) {
  if (groups.size() == 1) {
    out += ",\"group\":";
    append_json_string(out, groups.front());
  } else if (!groups.empty()) {
    out += ",\"groups\":";
    char before = '[';
    for (const std::string& group : groups) {
      out += before;
      append_json_string(out, group);
      before = ',';
    }
    out += ']';
  }
}

}  // namespace

bool wants(const config::WebhookConfig& webhook, const WebhookEvent& event) {
  const auto has = [](const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  if (!has(webhook.events, event.event)) return false;
  return webhook.groups.empty() || event.groups.empty() ||
         std::any_of(event.groups.begin(), event.groups.end(),
                     [&](const std::string& group) { return has(webhook.groups, group); });
}

std::string webhook_body(config::WebhookFormat format, const WebhookEvent& event) {
  if (format == config::WebhookFormat::kSlack) return slack_body(event);
  std::string out = "{\"event\":";
  append_json_string(out, event.event);
  out += fmt::format(",\"at\":\"{}\"", http::format_rfc3339(event.at));
  const auto member = [&](std::string_view name, std::string_view text) {
    out += fmt::format(",\"{}\":", name);
    append_json_string(out, text);
  };
  member("who", event.who);
  member("from", event.from);
  member("action", event.action);
  member("target", event.target);
  append_groups(out, event.groups);
  out += fmt::format(",\"before\":{},\"after\":{}", event.before.empty() ? "null" : event.before,
                     event.after.empty() ? "null" : event.after);
  if (!event.status.empty()) out += fmt::format(",\"status\":{}", event.status);
  out += '}';
  return out;
}

WebhookHeaders webhook_headers(std::string_view event, std::string_view delivery, WallTime now,
                               std::string_view secret, std::string_view body) {
  const std::string timestamp = std::to_string(std::chrono::system_clock::to_time_t(now));
  std::string signature = "v1=";
  signature += hmac_sha256_hex(secret, fmt::format("{}.{}", timestamp, body));
  return {{"Content-Type", "application/json"},
          {"Understudy-Event", std::string(event)},
          {"Understudy-Delivery", std::string(delivery)},
          {"Understudy-Timestamp", timestamp},
          {"Understudy-Signature", std::move(signature)}};
}

}  // namespace understudy::control
