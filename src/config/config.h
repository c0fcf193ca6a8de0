#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/listen_address.h"
#include "base/log.h"
#include "model/gate_policy.h"
#include "model/group.h"
#include "model/network.h"

namespace understudy::config {

struct ServerConfig {
  std::vector<ListenAddress> listen;
  std::string tls_certificate;
  std::string tls_key;
  std::vector<model::Network> trusted_proxies;
  std::string reason_header;
  unsigned workers = 0;
  std::chrono::milliseconds header_timeout{};
  std::chrono::milliseconds idle_timeout{};
  std::chrono::milliseconds write_timeout{};
  std::chrono::milliseconds drain_timeout{};
  std::uint64_t drain_limit = 0;
  std::uint64_t max_connections = 0;
  std::chrono::milliseconds shutdown_timeout{};
};

struct LogConfig {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kAuto;
  bool access = true;
  std::string access_file;
};

struct CorsConfig {
  std::vector<std::string> origins;
  bool credentials = false;
  std::vector<std::string> methods;
  std::vector<std::string> headers;
  std::vector<std::string> expose;
  std::chrono::milliseconds max_age{};
};

/// `groups.NAME.gate.…`
struct GateConfig {
  std::vector<model::PathPattern> paths;
  std::vector<model::PathPattern> exempt;
  std::vector<model::PathPattern> reads;
  std::string ramp_cookie;
  friend bool operator==(const GateConfig&, const GateConfig&) = default;
};

/// `groups.NAME.bypass.…`
struct BypassConfig {
  std::vector<model::Network> networks;
  model::Credential cookie;
  model::Credential header;
  std::string cookie_domain;
  model::SameSite same_site = model::SameSite::kNone;
  std::vector<std::string> redirects;
  std::string password_hash;
  friend bool operator==(const BypassConfig&, const BypassConfig&) = default;
};

struct GroupConfig {
  std::string name;
  std::string id;
  std::vector<std::string> hosts;
  bool is_default = false;
  std::vector<std::string> languages;
  std::chrono::milliseconds retry_after{};
  unsigned retry_jitter = 0;  ///< per cent
  std::string flag_file;
  std::string page_dir;
  CorsConfig cors;
  GateConfig gate;
  BypassConfig bypass;
  std::vector<model::OwnText> texts;  ///< in the order they were written
};

enum class WebhookFormat : std::uint8_t { kJson, kSlack };

/// Whom to tell of changes. The URL is as secret as the secret: Slack's carries its key in the path.
struct WebhookConfig {
  std::string name;
  std::string url;
  std::string secret;  ///< whichever way it was given
  std::string secret_file;
  WebhookFormat format = WebhookFormat::kJson;
  std::vector<std::string> events;  ///< "mode", "window", "token", "group", "store"
  std::vector<std::string> groups;  ///< by name; empty: all
  std::chrono::milliseconds timeout{};
  friend bool operator==(const WebhookConfig&, const WebhookConfig&) = default;
};

/// A proxy that is told how the groups stand: `proxies.NAME.…`
struct ProxyConfig {
  std::string name;
  std::vector<ListenAddress> runtime;  ///< HAProxy stats sockets, one for each process or machine
  std::string map_file;                ///< HAProxy map: one line a group, "NAME MODE"
  std::vector<std::string> servers;    ///< "GROUP BACKEND/SERVER": in maint while the group is in maintenance
  std::string flag_folder;             ///< a file GROUP.maintenance or GROUP.read-only while it is
  std::vector<std::string> groups;     ///< by name; empty: all
  friend bool operator==(const ProxyConfig&, const ProxyConfig&) = default;
};

/// Where a store that keeps nothing is.
inline constexpr std::string_view kMemoryStore = "memory";

/// A whole configuration, checked. Plain values.
struct Config {
  ServerConfig server;
  std::vector<ListenAddress> admin_listen;
  std::vector<std::string> admin_hosts;    ///< in lower case
  std::string store_path;                  ///< or kMemoryStore
  std::vector<ListenAddress> spoe_listen;  ///< `gate.spoe`
  std::vector<ListenAddress> agent_check_listen;
  std::chrono::milliseconds pass_key_lifetime{};
  std::chrono::milliseconds hard_limit{};     ///< of a switch without an end; 0: none
  std::chrono::milliseconds proxy_timeout{};  ///< how long `on` and `off` wait for proxies; 0: not at all
  LogConfig log;
  std::vector<GroupConfig> groups;
  std::vector<WebhookConfig> webhooks;
  std::vector<ProxyConfig> proxies;
};

}  // namespace understudy::config
