// The rows of `groups.NAME.…`.

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/checks.h"
#include "config/row_values.h"
#include "config/settings.h"

namespace understudy::config {
namespace {

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

std::string written(const model::Credential& credential) {
  return credential.value == model::Credential{}.value ? credential.name
                                                       : credential.name + "=" + credential.value;
}

model::SameSite to_same_site(const std::string& text) {
  if (text == "lax") return model::SameSite::kLax;
  return text == "strict" ? model::SameSite::kStrict : model::SameSite::kNone;
}

using GroupRow = Setting<GroupConfig>;

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
        [](const GroupConfig& g) -> Value { return written(g.bypass.cookie); }},
    GroupRow{"bypass.header", Type::kText, R"("")", 0, 500, Reload::kYes,
             "The same for a request header: \"X-Bypass\" or \"X-Bypass=VALUE\".",
             [](GroupConfig& g, Value&& v) { g.bypass.header = to_credential(v); }, check_bypass_header,
             [](const GroupConfig& g) -> Value { return written(g.bypass.header); }},
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

}  // namespace

std::span<const Setting<GroupConfig>> group_settings() { return kGroupSettings; }

std::span<const std::string_view> group_tables() {
  static constexpr std::array<std::string_view, 3> kTables = {"cors", "gate", "bypass"};
  return kTables;
}

}  // namespace understudy::config
