#include "config/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "config/checks.h"
#include "config/row_values.h"

namespace understudy::config {
namespace {

using std::chrono::milliseconds;

std::vector<ListenAddress> to_addresses(const Value& value) {
  std::vector<ListenAddress> out;
  for (const std::string& text : std::get<std::vector<std::string>>(value)) {
    if (auto address = parse_listen_address(text)) out.push_back(std::move(*address));
  }
  return out;
}

LogLevel to_level(const std::string& text) {
  if (text == "trace") return LogLevel::kTrace;
  if (text == "debug") return LogLevel::kDebug;
  if (text == "warning") return LogLevel::kWarning;
  return text == "error" ? LogLevel::kError : LogLevel::kInfo;
}

LogFormat to_format(const std::string& text) {
  if (text == "human") return LogFormat::kHuman;
  return text == "json" ? LogFormat::kJson : LogFormat::kAuto;
}

using Row = Setting<Config>;
using WebhookRow = Setting<WebhookConfig>;
using ProxyRow = Setting<ProxyConfig>;

constexpr std::array kServerSettings = {
    Row{"server.listen", Type::kList, R"(["127.0.0.1:8503"])", 1, 64, Reload::kRestart,
        "Where answers are given: \"ADDRESS:PORT\", \"[IPV6]:PORT\", \"unix:PATH\", \"tls:ADDRESS:PORT\". "
        "Port 0 takes a free one.",
        [](Config& c, Value&& v) { c.server.listen = to_addresses(v); }, check_listen},
    Row{"server.tls_certificate", Type::kText, "", 0, 4096, Reload::kYes,
        "The certificate chain for the \"tls:\" listeners, a PEM file.",
        [](Config& c, Value&& v) { c.server.tls_certificate = text_of(std::move(v)); }, nullptr},
    Row{"server.tls_key", Type::kText, "", 0, 4096, Reload::kYes, "Its private key, a PEM file.",
        [](Config& c, Value&& v) { c.server.tls_key = text_of(std::move(v)); }, nullptr},
    Row{"server.trusted_proxies", Type::kList, R"(["127.0.0.0/8", "::1/128"])", 0, 10000, Reload::kYes,
        "Networks whose X-Forwarded-* and reason headers are believed. A Unix socket's peer always is.",
        [](Config& c, Value&& v) { c.server.trusted_proxies = to_networks(v); }, check_networks},
    Row{"server.reason_header", Type::kText, R"("")", 0, 100, Reload::kYes,
        "A header, beside Understudy-Reason, in which a trusted proxy sends a server name that contains "
        "\"maintenance\" or \"failure\": with HAProxy, what http-send-name-header names.",
        [](Config& c, Value&& v) { c.server.reason_header = text_of(std::move(v)); }, check_header_name},
    Row{"server.workers", Type::kInteger, "0", 0, 1024, Reload::kRestart,
        "Threads that answer; 0: one for each core.",
        [](Config& c, Value&& v) { c.server.workers = static_cast<unsigned>(number_of(v)); }, nullptr},
    Row{"server.header_timeout", Type::kDuration, R"("10s")", 10, kHour, Reload::kRestart,
        "How long a request's head may take to arrive.",
        [](Config& c, Value&& v) { c.server.header_timeout = time_of(v); }, nullptr},
    Row{"server.idle_timeout", Type::kDuration, R"("75s")", 10, kDay, Reload::kRestart,
        "How long a connection may stay open between two requests.",
        [](Config& c, Value&& v) { c.server.idle_timeout = time_of(v); }, nullptr},
    Row{"server.write_timeout", Type::kDuration, R"("30s")", 10, kHour, Reload::kRestart,
        "How long a client may take no byte of its answer.",
        [](Config& c, Value&& v) { c.server.write_timeout = time_of(v); }, nullptr},
    Row{"server.drain_timeout", Type::kDuration, R"("30s")", 10, kHour, Reload::kRestart,
        "How long a request's body is read away after its answer has gone out.",
        [](Config& c, Value&& v) { c.server.drain_timeout = time_of(v); }, nullptr},
    Row{"server.drain_limit", Type::kSize, R"("64MiB")", 0, std::int64_t{1} << 40, Reload::kRestart,
        "How much of a request's body is read away before the connection is closed.",
        [](Config& c, Value&& v) { c.server.drain_limit = static_cast<std::uint64_t>(number_of(v)); },
        nullptr},
    Row{"server.max_connections", Type::kInteger, "100000", 1, 100'000'000, Reload::kRestart,
        "Open connections at most. Beyond it the longest idle one is closed, or, where none is idle, the new "
        "one is refused.",
        [](Config& c, Value&& v) { c.server.max_connections = static_cast<std::uint64_t>(number_of(v)); },
        nullptr},
    Row{"server.shutdown_timeout", Type::kDuration, R"("30s")", 0, kHour, Reload::kRestart,
        "How long SIGTERM waits for answers that are under way.",
        [](Config& c, Value&& v) { c.server.shutdown_timeout = time_of(v); }, nullptr},
    Row{"admin.listen", Type::kList, R"(["unix:/run/understudy/admin.sock"])", 0, 64, Reload::kRestart,
        "Where operators are served: the admin API, the command line, metrics; an empty list switches all of "
        "it off. "
        "A Unix socket is for its owner and group; on TCP every call but metrics needs a token. Keep it away "
        "from "
        "the public.",
        [](Config& c, Value&& v) { c.admin_listen = to_addresses(v); }, check_listen},
    Row{"admin.hosts", Type::kList, "[]", 0, 1000, Reload::kRestart,
        "Names under which the admin listener may be addressed, beside its addresses and, on this machine, "
        "localhost. A request whose Host is none of them is refused.",
        [](Config& c, Value&& v) { c.admin_hosts = all_lower(list_of(std::move(v))); }, check_hosts},
    Row{"store.path", Type::kText, R"("/var/lib/understudy/state.db")", 1, 4096, Reload::kRestart,
        "The file that keeps switches, windows, tokens and the audit trail; \"memory\" keeps nothing beyond "
        "a "
        "restart.",
        [](Config& c, Value&& v) { c.store_path = text_of(std::move(v)); }, check_store_path},
    Row{"switch.hard_limit", Type::kDuration, R"("0s")", 0, 30 * kDay, Reload::kYes,
        "How long a group that was switched without an end stays so at most; at least 1m; 0s: no limit.",
        [](Config& c, Value&& v) { c.hard_limit = time_of(v); }, check_hard_limit},
    Row{"switch.proxy_timeout", Type::kDuration, R"("1s")", 0, 60 * kSecond, Reload::kYes,
        "How long `on` and `off` wait, once every worker answers accordingly, for the proxies that are told; "
        "0s: not at all.",
        [](Config& c, Value&& v) { c.proxy_timeout = time_of(v); }, nullptr},
    Row{"gate.spoe", Type::kOneOrMore, "[]", 0, 64, Reload::kRestart,
        "Where HAProxy asks over SPOE: \"ADDRESS:PORT\", \"[IPV6]:PORT\" or \"unix:PATH\". Whoever reaches "
        "it may "
        "ask who passes: keep it to your proxies.",
        [](Config& c, Value&& v) { c.spoe_listen = to_addresses(v); }, check_stream_listen},
    Row{"gate.agent_check", Type::kOneOrMore, "[]", 0, 64, Reload::kRestart,
        "Where HAProxy's agent-check asks how a group stands, in the same forms.",
        [](Config& c, Value&& v) { c.agent_check_listen = to_addresses(v); }, check_stream_listen},
    Row{"gate.pass_key_lifetime", Type::kDuration, R"("30d")", kHour, 3650 * kDay, Reload::kYes,
        "After this passes are signed with a new key. Older passes stay valid until they expire.",
        [](Config& c, Value&& v) { c.pass_key_lifetime = time_of(v); }, nullptr},
    Row{"log.level", Type::kText, R"("info")", 0, 0, Reload::kYes,
        "The least level that is logged: trace, debug, info, warning, error.",
        [](Config& c, Value&& v) { c.log.level = to_level(std::get<std::string>(v)); }, check_level},
    Row{"log.format", Type::kText, R"("auto")", 0, 0, Reload::kRestart,
        "human, json, or auto: human on a terminal, JSON lines otherwise.",
        [](Config& c, Value&& v) { c.log.format = to_format(std::get<std::string>(v)); }, check_format},
    Row{"log.access", Type::kBool, "true", 0, 0, Reload::kRestart,
        "Whether each answer leaves a line in the access log.",
        [](Config& c, Value&& v) { c.log.access = std::get<bool>(v); }, nullptr},
    Row{"log.access_file", Type::kText, R"("")", 0, 4096, Reload::kRestart,
        "The access log's file; empty: standard output.",
        [](Config& c, Value&& v) { c.log.access_file = text_of(std::move(v)); }, nullptr},
};

WebhookFormat to_webhook_format(const std::string& text) {
  return text == "slack" ? WebhookFormat::kSlack : WebhookFormat::kJson;
}

constexpr std::array kWebhookSettings = {
    WebhookRow{"url", Type::kText, "", 1, 4096, Reload::kYes,
               "Where changes are told by POST: an http or https URL without user name; required.",
               [](WebhookConfig& w, Value&& v) { w.url = text_of(std::move(v)); }, check_url, nullptr,
               Quote::kNever},
    WebhookRow{"secret", Type::kText, "", 16, 4096, Reload::kYes,
               "What deliveries are signed with; this or secret_file is required.",
               [](WebhookConfig& w, Value&& v) { w.secret = text_of(std::move(v)); }, nullptr, nullptr,
               Quote::kNever},
    WebhookRow{"secret_file", Type::kText, "", 1, 4096, Reload::kYes,
               "A file that holds the secret, 16 to 4096 bytes; blanks and line ends around it do not count.",
               [](WebhookConfig& w, Value&& v) { w.secret_file = text_of(std::move(v)); },
               check_absolute_path},
    WebhookRow{"format", Type::kText, R"("json")", 0, 0, Reload::kYes,
               "json, or slack for a Slack incoming webhook: one sentence instead of the whole event.",
               [](WebhookConfig& w, Value&& v) { w.format = to_webhook_format(std::get<std::string>(v)); },
               check_webhook_format},
    WebhookRow{"events", Type::kList, R"(["mode", "window"])", 1, 5, Reload::kYes,
               "What is told: mode, window, token, group, store.",
               [](WebhookConfig& w, Value&& v) { w.events = list_of(std::move(v)); }, check_events},
    WebhookRow{"groups", Type::kList, "[]", 0, 100'000, Reload::kYes,
               "The groups, by name, whose events are told; empty: all.",
               [](WebhookConfig& w, Value&& v) { w.groups = list_of(std::move(v)); }, nullptr},
    WebhookRow{"timeout", Type::kDuration, R"("5s")", 100, 60 * kSecond, Reload::kYes,
               "How long one delivery may take before it counts as failed and is tried again.",
               [](WebhookConfig& w, Value&& v) { w.timeout = time_of(v); }, nullptr},
};

constexpr std::array kProxySettings = {
    ProxyRow{"runtime", Type::kList, "[]", 0, 64, Reload::kYes,
             "HAProxy stats sockets at level admin, one for each process or machine: \"unix:PATH\" or "
             "\"ADDRESS:PORT\".",
             [](ProxyConfig& p, Value&& v) { p.runtime = to_addresses(v); }, check_runtime},
    ProxyRow{"map_file", Type::kText, "", 1, 4096, Reload::kYes,
             "The HAProxy map that understudy writes, spelt as in HAProxy's configuration: a line \"NAME "
             "MODE\" for each group. It is set over `runtime` as well.",
             [](ProxyConfig& p, Value&& v) { p.map_file = text_of(std::move(v)); }, check_map_file},
    ProxyRow{"servers", Type::kList, "[]", 0, 10'000, Reload::kYes,
             "Servers that are in maint while their group is in maintenance: \"GROUP BACKEND/SERVER\".",
             [](ProxyConfig& p, Value&& v) { p.servers = list_of(std::move(v)); }, check_proxy_servers},
    ProxyRow{"flag_folder", Type::kText, "", 1, 4096, Reload::kYes,
             "A folder in which GROUP.maintenance or GROUP.read-only is there while the group is so.",
             [](ProxyConfig& p, Value&& v) { p.flag_folder = text_of(std::move(v)); }, check_flag_folder},
    ProxyRow{"groups", Type::kList, "[]", 0, 100'000, Reload::kYes,
             "The groups, by name, that are told; empty: all.",
             [](ProxyConfig& p, Value&& v) { p.groups = list_of(std::move(v)); }, nullptr},
};

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr std::array<Unit, 5> kTimeUnits = {
    {{"d", kDay}, {"h", kHour}, {"m", 60 * kSecond}, {"s", kSecond}, {"ms", 1}}};
constexpr std::array<Unit, 5> kSizeUnits = {
    {{"TiB", std::int64_t{1} << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}};

/// Takes "NUMBER UNIT" off the front; none if it is malformed or too large.
template <std::size_t kCount>
std::optional<std::int64_t> take_quantity(std::string_view& text, const std::array<Unit, kCount>& units) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  std::size_t length = 0;
  while (length < text.size() && is_alpha(text[length])) ++length;
  for (const Unit& unit : units) {
    if (unit.name != text.substr(0, length)) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
    text.remove_prefix(length);
    return number * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::span<const Setting<Config>> server_settings() { return kServerSettings; }
std::span<const Setting<WebhookConfig>> webhook_settings() { return kWebhookSettings; }
std::span<const Setting<ProxyConfig>> proxy_settings() { return kProxySettings; }

std::span<const std::string_view> reserved_keys() {
  static constexpr std::array<std::string_view, 1> kKeys = {"store.etcd"};
  return kKeys;
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    const auto part = take_quantity(text, kTimeUnits);
    if (!part || *part > std::numeric_limits<std::int64_t>::max() - total) return std::nullopt;
    total += *part;
  }
  return milliseconds(total);
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  const auto size = take_quantity(text, kSizeUnits);
  return text.empty() ? size : std::nullopt;
}

std::string format_duration(milliseconds duration) {
  std::int64_t rest = duration.count();
  if (rest == 0) return "0s";
  std::string out;
  for (const Unit& unit : kTimeUnits) {
    if (rest < unit.factor) continue;
    out += fmt::format("{}{}", rest / unit.factor, unit.name);
    rest %= unit.factor;
  }
  return out;
}

std::string_view describe(Type type) {
  switch (type) {
    case Type::kText:
      return "a string";
    case Type::kBool:
      return "true or false";
    case Type::kInteger:
      return "a whole number";
    case Type::kDuration:
      return "a duration such as \"10s\", \"5m\" or \"1h30m\"";
    case Type::kSize:
      return "a size such as \"64MiB\"";
    case Type::kList:
      return "a list of strings";
    case Type::kOneOrMore:
      return "a string or a list of strings";
  }
  return "";
}

std::string describe_bounds(Type type, std::int64_t least, std::int64_t most) {
  const auto show_bound = [&](std::int64_t bound) {
    return type == Type::kDuration ? format_duration(std::chrono::milliseconds(bound))
                                   : std::to_string(bound);
  };
  const std::string_view unit = type == Type::kList || type == Type::kOneOrMore ? " elements"
                                : type == Type::kText                           ? " characters"
                                : type == Type::kSize                           ? " bytes"
                                                                                : "";
  return fmt::format("{} to {}{}", show_bound(least), show_bound(most), unit);
}

std::string environment_name(std::string_view key) {
  std::string name = "UNDERSTUDY_";
  for (const char c : key) {
    const bool letter = is_alpha(c) || is_digit(c);
    name += letter ? static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) : '_';
  }
  return name;
}

}  // namespace understudy::config
