#include "config/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "config/checks.h"

namespace understudy::config {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;

std::vector<ListenAddress> to_addresses(const Value& value) {
  std::vector<ListenAddress> out;
  for (const std::string& text : std::get<std::vector<std::string>>(value)) {
    if (auto address = parse_listen_address(text)) out.push_back(std::move(*address));
  }
  return out;
}

std::vector<model::Network> to_networks(const Value& value) {
  std::vector<model::Network> out;
  for (const std::string& text : std::get<std::vector<std::string>>(value)) {
    if (const auto network = model::parse_network(text)) out.push_back(*network);
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

std::vector<std::string> all_lower(std::vector<std::string> texts) {
  for (std::string& text : texts) std::transform(text.begin(), text.end(), text.begin(), to_lower);
  return texts;
}

std::string text_of(Value&& v) { return std::get<std::string>(std::move(v)); }
std::vector<std::string> list_of(Value&& v) { return std::get<std::vector<std::string>>(std::move(v)); }
milliseconds time_of(const Value& v) { return std::get<milliseconds>(v); }
std::int64_t number_of(const Value& v) { return std::get<std::int64_t>(v); }

std::vector<model::PathPattern> to_patterns(const Value& value) {
  std::vector<model::PathPattern> out;
  std::string why;
  for (const std::string& text : std::get<std::vector<std::string>>(value)) {
    if (auto pattern = model::parse_path_pattern(text, why)) out.push_back(std::move(*pattern));
  }
  return out;
}

std::vector<std::string> texts_of(const std::vector<model::PathPattern>& patterns) {
  std::vector<std::string> out;
  for (const model::PathPattern& pattern : patterns) out.push_back(pattern.text());
  return out;
}

std::vector<std::string> texts_of(const std::vector<model::Network>& networks) {
  std::vector<std::string> out;
  for (const model::Network& network : networks) out.push_back(model::to_text(network));
  return out;
}

/// "NAME" or "NAME=VALUE".
model::Credential to_credential(const Value& value) {
  const auto& text = std::get<std::string>(value);
  const auto equals = text.find('=');
  if (equals == std::string::npos) return {text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::string text_of(const model::Credential& credential) {
  return credential.value == model::Credential{}.value ? credential.name
                                                       : credential.name + "=" + credential.value;
}

model::SameSite to_same_site(const std::string& text) {
  if (text == "lax") return model::SameSite::kLax;
  return text == "strict" ? model::SameSite::kStrict : model::SameSite::kNone;
}

using Row = Setting<Config>;
using GroupRow = Setting<GroupConfig>;
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

constexpr std::array kGroupSettings = {
    GroupRow{"id", Type::kText, "", 0, 0, Reload::kYes, "The group's UUID; required.",
             [](GroupConfig& g, Value&& v) { g.id = lower(std::get<std::string>(v)); }, check_uuid,
             [](const GroupConfig& g) -> Value { return g.id; }},
    GroupRow{"hosts", Type::kList, "[]", 0, 1000, Reload::kYes,
             "Host names, without port, whose requests belong to the group.",
             [](GroupConfig& g, Value&& v) { g.hosts = all_lower(list_of(std::move(v))); }, check_hosts,
             [](const GroupConfig& g) -> Value { return g.hosts; }},
    GroupRow{"default", Type::kBool, "false", 0, 0, Reload::kYes,
             "Takes the requests that name no group; at most one group.",
             [](GroupConfig& g, Value&& v) { g.is_default = std::get<bool>(v); }, nullptr,
             [](const GroupConfig& g) -> Value { return g.is_default; }},
    GroupRow{"languages", Type::kList, "[]", 0, 1000, Reload::kYes,
             "The languages offered, the preferred one first; empty: all that are built in, and your own.",
             [](GroupConfig& g, Value&& v) { g.languages = list_of(std::move(v)); }, check_languages,
             [](const GroupConfig& g) -> Value { return g.languages; }},
    GroupRow{"retry_after", Type::kDuration, R"("10m")", kSecond, 365 * kDay, Reload::kYes,
             "What clients are told to wait when no end is known; whole seconds.",
             [](GroupConfig& g, Value&& v) { g.retry_after = time_of(v); }, nullptr,
             [](const GroupConfig& g) -> Value { return g.retry_after; }},
    GroupRow{
        "retry_jitter", Type::kInteger, "10", 0, 100, Reload::kYes,
        "Per cent put on top of Retry-After at random, so that clients do not come back in the same second.",
        [](GroupConfig& g, Value&& v) { g.retry_jitter = static_cast<unsigned>(number_of(v)); }, nullptr,
        [](const GroupConfig& g) -> Value { return std::int64_t{g.retry_jitter}; }},
    GroupRow{"flag_file", Type::kText, "", 1, 4096, Reload::kYes,
             "While this file is there the group is in maintenance, or in what the file holds: on, off or "
             "read-only.",
             [](GroupConfig& g, Value&& v) { g.flag_file = text_of(std::move(v)); }, check_absolute_path,
             [](const GroupConfig& g) -> Value { return g.flag_file; }},
    GroupRow{"page_dir", Type::kText, "", 1, 4096, Reload::kYes,
             "A folder with your own index.html, fonts and pictures; 64 MiB at most.",
             [](GroupConfig& g, Value&& v) { g.page_dir = text_of(std::move(v)); }, check_page_dir,
             [](const GroupConfig& g) -> Value { return g.page_dir; }},
    GroupRow{"cors.origins", Type::kList, "[]", 0, 1000, Reload::kYes,
             "Who may read the answers: \"https://shop.example\", \"https://*.shop.example\", "
             "\"http://localhost:*\", or \"*\".",
             [](GroupConfig& g, Value&& v) { g.cors.origins = list_of(std::move(v)); }, check_origins,
             [](const GroupConfig& g) -> Value { return g.cors.origins; }},
    GroupRow{"cors.credentials", Type::kBool, "false", 0, 0, Reload::kYes, "Whether they may send cookies.",
             [](GroupConfig& g, Value&& v) { g.cors.credentials = std::get<bool>(v); }, nullptr,
             [](const GroupConfig& g) -> Value { return g.cors.credentials; }},
    GroupRow{"cors.methods", Type::kList, "[]", 0, 100, Reload::kYes,
             "Methods allowed; empty: what the browser asks for.",
             [](GroupConfig& g, Value&& v) { g.cors.methods = list_of(std::move(v)); }, check_tokens,
             [](const GroupConfig& g) -> Value { return g.cors.methods; }},
    GroupRow{"cors.headers", Type::kList, "[]", 0, 1000, Reload::kYes,
             "Request headers allowed; empty: what the browser asks for.",
             [](GroupConfig& g, Value&& v) { g.cors.headers = list_of(std::move(v)); }, check_tokens,
             [](const GroupConfig& g) -> Value { return g.cors.headers; }},
    GroupRow{
        "cors.expose", Type::kList, "[]", 0, 1000, Reload::kYes,
        "Response headers that scripts may read, beside Content-Language, Retry-After and Understudy-Reason.",
        [](GroupConfig& g, Value&& v) { g.cors.expose = list_of(std::move(v)); }, check_tokens,
        [](const GroupConfig& g) -> Value { return g.cors.expose; }},
    GroupRow{"cors.max_age", Type::kDuration, R"("0s")", 0, kDay, Reload::kYes,
             "How long a browser may keep a preflight's answer. 0s on purpose: what the understudy permits "
             "must not outlive the maintenance.",
             [](GroupConfig& g, Value&& v) { g.cors.max_age = time_of(v); }, nullptr,
             [](const GroupConfig& g) -> Value { return g.cors.max_age; }},
    GroupRow{
        "gate.paths", Type::kList, "[]", 0, 1000, Reload::kYes,
        "The part of an API that the group is: \"/api/*\", \"/users/*/avatar\", \"POST /orders\". A \"*\" "
        "stands for one segment, at the end for the rest; empty: everything.",
        [](GroupConfig& g, Value&& v) { g.gate.paths = to_patterns(v); }, check_patterns,
        [](const GroupConfig& g) -> Value { return texts_of(g.gate.paths); }},
    GroupRow{
        "gate.exempt", Type::kList, R"(["/.well-known/acme-challenge/*"])", 0, 1000, Reload::kYes,
        "What goes through whatever the mode, in the same form: certificates' challenges, health checks.",
        [](GroupConfig& g, Value&& v) { g.gate.exempt = to_patterns(v); }, check_patterns,
        [](const GroupConfig& g) -> Value { return texts_of(g.gate.exempt); }},
    GroupRow{
        "gate.reads", Type::kList, "[]", 0, 1000, Reload::kYes,
        "What goes through in read-only beside GET, HEAD and OPTIONS, in the same form: \"POST /search\".",
        [](GroupConfig& g, Value&& v) { g.gate.reads = to_patterns(v); }, check_patterns,
        [](const GroupConfig& g) -> Value { return texts_of(g.gate.reads); }},
    GroupRow{"gate.ramp_cookie", Type::kText, R"("")", 0, 100, Reload::kYes,
             "The cookie that tells clients apart while the group reopens little by little; without it their "
             "addresses do.",
             [](GroupConfig& g, Value&& v) { g.gate.ramp_cookie = text_of(std::move(v)); }, check_cookie_name,
             [](const GroupConfig& g) -> Value { return g.gate.ramp_cookie; }},
    GroupRow{"bypass.networks", Type::kList, "[]", 0, 1'000'000, Reload::kYes,
             "Clients that go through whatever the mode, by address: the connection's, or X-Forwarded-For's "
             "by way "
             "of trusted proxies.",
             [](GroupConfig& g, Value&& v) { g.bypass.networks = to_networks(v); }, check_networks,
             [](const GroupConfig& g) -> Value { return texts_of(g.bypass.networks); }},
    GroupRow{
        "bypass.cookie", Type::kText, R"("")", 0, 500, Reload::kYes,
        "A cookie that goes through where it is \"true\", or, written \"NAME=VALUE\", where it is VALUE; "
        "\"false\" takes every right away.",
        [](GroupConfig& g, Value&& v) { g.bypass.cookie = to_credential(v); }, check_bypass_cookie,
        [](const GroupConfig& g) -> Value { return text_of(g.bypass.cookie); }},
    GroupRow{"bypass.header", Type::kText, R"("")", 0, 500, Reload::kYes,
             "The same for a request header: \"X-Bypass\" or \"X-Bypass=VALUE\".",
             [](GroupConfig& g, Value&& v) { g.bypass.header = to_credential(v); }, check_bypass_header,
             [](const GroupConfig& g) -> Value { return text_of(g.bypass.header); }},
    GroupRow{"bypass.cookie_domain", Type::kText, R"("")", 0, 253, Reload::kYes,
             "The domain of the cookie that a pass's link sets; empty: the link's host alone.",
             [](GroupConfig& g, Value&& v) { g.bypass.cookie_domain = lower(std::get<std::string>(v)); },
             check_cookie_domain, [](const GroupConfig& g) -> Value { return g.bypass.cookie_domain; }},
    GroupRow{
        "bypass.cookie_same_site", Type::kText, R"("none")", 0, 0, Reload::kYes,
        "none, lax or strict: the SameSite of that cookie. none, as an API is another origin than its app.",
        [](GroupConfig& g, Value&& v) { g.bypass.same_site = to_same_site(std::get<std::string>(v)); },
        check_same_site,
        [](const GroupConfig& g) -> Value { return std::string(model::to_text(g.bypass.same_site)); }},
    GroupRow{"bypass.redirects", Type::kList, "[]", 0, 1000, Reload::kYes,
             "Origins to which a pass's link may lead with &to=URL: \"https://shop.example\".",
             [](GroupConfig& g, Value&& v) { g.bypass.redirects = list_of(std::move(v)); }, check_redirects,
             [](const GroupConfig& g) -> Value { return g.bypass.redirects; }},
    GroupRow{
        "bypass.password_hash", Type::kText, R"("")", 0, 400, Reload::kYes,
        "The hash of a password that gives a pass at /_understudy/pass, as crypt(5) has it (mkpasswd makes "
        "one); empty: there is no password.",
        [](GroupConfig& g, Value&& v) { g.bypass.password_hash = text_of(std::move(v)); },
        check_password_hash, [](const GroupConfig& g) -> Value { return g.bypass.password_hash; },
        Quote::kNever},
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
std::span<const Setting<GroupConfig>> group_settings() { return kGroupSettings; }
std::span<const Setting<WebhookConfig>> webhook_settings() { return kWebhookSettings; }
std::span<const Setting<ProxyConfig>> proxy_settings() { return kProxySettings; }

std::span<const std::string_view> reserved_keys() {
  static constexpr std::array<std::string_view, 1> kKeys = {"store.etcd"};
  return kKeys;
}

std::span<const std::string_view> group_tables() {
  static constexpr std::array<std::string_view, 3> kTables = {"cors", "gate", "bypass"};
  return kTables;
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
