#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace understudy::config {

enum class Type : std::uint8_t {
  kText,
  kBool,
  kInteger,
  kDuration,
  kSize,
  kList,
  kOneOrMore,  ///< a list, or a text that stands for a list of one
};
enum class Reload : std::uint8_t { kYes, kRestart };
/// Whether problems may quote what was written.
enum class Quote : std::uint8_t { kYes, kNever };

using Value =
    std::variant<std::string, bool, std::int64_t, std::chrono::milliseconds, std::vector<std::string>>;

/// What a check found wrong with a value; where it is one element of a list, which.
struct Objection {
  std::string message;
  std::string expected;
  std::size_t element = 0;
  std::string suggestion = {};  ///< the nearest known word, or empty
};
using Objections = std::vector<Objection>;

/// One setting: the only place where it is declared. The parser, the environment variables, the
/// reference in docs/ and the tests derive from these rows.
template <typename Target>
struct Setting {
  std::string_view key;  ///< within its section: "header_timeout", "cors.origins"
  Type type;
  std::string_view fallback;  ///< the default as it would be written in TOML; empty: no default
  std::int64_t least = 0;     ///< bounds: a number, milliseconds, bytes or characters
  std::int64_t most = 0;      ///< 0: none
  Reload reload;
  std::string_view help;
  void (*store)(Target&, Value&&);
  /// Further rules; null where type and bounds say it all.
  Objections (*check)(const Value&);
  /// The value as it stands, for what shows it again; null where nothing does.
  Value (*load)(const Target&) = nullptr;
  Quote quote = Quote::kYes;
};

/// `server.…`, `admin.…`, `store.…`, `switch.…` and `log.…`
[[nodiscard]] std::span<const Setting<Config>> server_settings();
/// `groups.NAME.…`, without the texts
[[nodiscard]] std::span<const Setting<GroupConfig>> group_settings();
/// `webhooks.NAME.…`
[[nodiscard]] std::span<const Setting<WebhookConfig>> webhook_settings();
/// `proxies.NAME.…`
[[nodiscard]] std::span<const Setting<ProxyConfig>> proxy_settings();

/// Keys that the design reserves for what this version does not do yet: a warning, not an error.
[[nodiscard]] std::span<const std::string_view> reserved_keys();

/// The tables within a group's that have rows of their own: "cors", "gate", "bypass".
[[nodiscard]] std::span<const std::string_view> group_tables();

/// "10s", "500ms", "1h30m", "7d".
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "64MiB", "512KiB", "1000".
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text);
/// What a person would write: "10s", "1m30s".
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

/// "a duration such as \"10s\"": what is expected of a type.
[[nodiscard]] std::string_view describe(Type type);

/// "1 to 100", in the type's own units.
[[nodiscard]] std::string describe_bounds(Type type, std::int64_t least, std::int64_t most);

/// The environment variable that overrides a key: "server.listen" is UNDERSTUDY_SERVER_LISTEN.
[[nodiscard]] std::string environment_name(std::string_view key);

}  // namespace understudy::config
