// The configuration: TOML, and behind a NUL byte, which TOML has no place for, environment variables.
#include <algorithm>
#include <string>

#include "base/text.h"
#include "config/reader.h"
#include "fuzz/check.h"
#include "state/table_builder.h"

namespace understudy::fuzz {
namespace {

config::Environment read_environment(std::string_view text) {
  config::Environment environment;
  while (!text.empty()) {
    std::string_view value = take_until(text, '\n');
    const std::string_view name = take_until(value, '=');
    if (name.starts_with("UNDERSTUDY_")) environment.emplace(name, value);
  }
  return environment;
}

void check_problems(std::string_view text, const config::ReadResult& read) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const config::Problem& problem : read.problems) {
    require(problem.line <= lines, "a problem stands in the file");
    require((problem.line == 0) == (problem.column == 0), "a place is a line and a column");
    require(problem.column <= text.size() + 1, "a column stands in the file");
    require(!problem.message.empty() || !problem.expected.empty(), "a problem says what it is");
    const std::string line = config::to_line(problem);
    require(line.find(problem.severity == config::Severity::kError ? ": error: " : ": warning: ") !=
                std::string::npos,
            "a line says how bad it is");
    require(!has_control(line), "a problem is one line, whatever it quotes");
  }
}

void check_config(const config::Config& config, const model::Locales& locales) {
  for (const config::GroupConfig& group : config.groups) {
    require(group.id.size() == 36 && !group.name.empty(), "a sound group has name and id");
    require(group.retry_after.count() >= 1000 && group.retry_jitter <= 100,
            "a sound group's numbers are in range");
    for (const model::OwnText& own : group.texts) {
      require(!own.text.title.empty(), "a text has a title");
      require(is_utf8(own.text.title) && is_utf8(own.text.message), "a text is UTF-8");
    }
  }
  for (const config::WebhookConfig& webhook : config.webhooks) {
    require(webhook.url.find("://") != std::string::npos, "a sound webhook has an address");
    require(webhook.secret.size() >= 16 && !webhook.events.empty(), "a sound webhook can sign");
    require(webhook.timeout.count() >= 100 && webhook.timeout.count() <= 60'000, "a timeout is in range");
  }
  require(config.store_path == config::kMemoryStore || config.store_path.starts_with('/'),
          "a store is in memory or has a whole path");
  state::TableBuilder builder(locales);
  const auto built = state::build_table(config, builder);
  require(built.has_value(), "what was found sound can be put in force");
  require((*built)->count() == config.groups.size(), "every group is there");
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const understudy::model::Locales kLocales = understudy::model::built_in_locales();
  std::string_view rest = understudy::fuzz::to_text(data, size);
  const std::string_view text = understudy::take_until(rest, '\0');
  const auto read =
      understudy::config::read_config(text, "fuzz.toml", understudy::fuzz::read_environment(rest), kLocales);
  understudy::fuzz::check_problems(text, read);
  if (!understudy::config::has_errors(read.problems)) understudy::fuzz::check_config(read.config, kLocales);
  return 0;
}
