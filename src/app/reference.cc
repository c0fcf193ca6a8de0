#include "app/reference.h"

#include <string_view>

#include <fmt/format.h>

#include "config/settings.h"

namespace understudy::app {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

<!-- Written by `understudy reference`; change src/config/settings.cc or group_settings.cc instead. -->

One TOML file, named by `--config` or by the environment variable `UNDERSTUDY_CONFIG`. `understudy check --config FILE`
tells every problem of it, each with its place. SIGHUP reads it again: a file with an error is refused whole and what was
in force stays. Settings marked *restart* come into force with a restart alone; a reload that changes one says so.

Every setting can also be given by the environment variable named beside it, which wins over the file. A list is written
with commas there. In a group's, webhook's or proxy's variable NAME stands for its name in capitals, with `_` for every other
character.

Durations are written as `"500ms"`, `"10s"`, `"5m"`, `"2h"`, `"7d"` or together, `"1h30m"`; sizes as `"512KiB"` or `"64MiB"`.
)";

constexpr std::string_view kTexts = R"(
## The texts of a group

`[groups.NAME.REASON.LANGUAGE]`, where REASON is `maintenance`, `read-only` or `failure` and LANGUAGE is a language tag:

```toml
[groups.shop.maintenance.en]
title = "Down for maintenance"
message = "We are moving house. Your basket is safe."
```

Both keys are required: a title of up to 500 bytes, a message of up to 8192. Where you write no text in a language, the
built-in one is used. A client that has no preference gets the first of `languages`, else English if you wrote it or wrote
nothing, else the language that you wrote first.
Environment: `UNDERSTUDY_GROUPS_NAME_MAINTENANCE_EN_TITLE` and `_MESSAGE`, for groups that the file has.
)";

/// Markdown takes asterisks for emphasis.
std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '*' ? std::string("\\*") : std::string(1, c);
  return out;
}

template <typename Target>
void append_row(std::string& out, const config::Setting<Target>& row, std::string_view prefix) {
  const std::string fallback = row.fallback.empty() ? "none" : fmt::format("`{}`", row.fallback);
  out += fmt::format("\n### `{}{}`\n\n{}\n\n", prefix, row.key, escape_markdown(row.help));
  const std::string bounds =
      row.most == 0 ? "" : ", " + config::describe_bounds(row.type, row.least, row.most);
  out += fmt::format("{}{}; default {}; {}; `{}`\n", config::describe(row.type), bounds, fallback,
                     row.reload == config::Reload::kYes ? "reload" : "restart",
                     config::environment_name(std::string(prefix) + std::string(row.key)));
}

}  // namespace

std::string configuration_reference() {
  std::string out(kIntroduction);
  std::string section;
  for (const auto& row : config::server_settings()) {
    const std::string here(row.key.substr(0, row.key.find('.')));
    if (here != section) out += fmt::format("\n## `[{}]`\n", here);
    section = here;
    append_row(out, row, "");
  }
  out += "\n## `[groups.NAME]`\n";
  for (const auto& row : config::group_settings()) append_row(out, row, "groups.NAME.");
  out += kTexts;
  out += "\n## `[webhooks.NAME]`\n\nWhom to tell of changes, and how: [webhooks.md](webhooks.md).\n";
  for (const auto& row : config::webhook_settings()) append_row(out, row, "webhooks.NAME.");
  out +=
      "\n## `[proxies.NAME]`\n\nProxies that are told how the groups stand, and how: "
      "[operations.md](operations.md#telling-proxies).\n";
  for (const auto& row : config::proxy_settings()) append_row(out, row, "proxies.NAME.");
  return out;
}

}  // namespace understudy::app
