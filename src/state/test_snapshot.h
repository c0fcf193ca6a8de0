#pragma once

// For tests alone: from configuration text to what answering needs, the way that `understudy serve` goes.

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "config/reader.h"
#include "model/group_table.h"
#include "model/locale.h"
#include "state/table_builder.h"

namespace understudy::state {

inline const model::Locales& test_locales() {
  static const model::Locales kLocales = model::built_in_locales();
  return kLocales;
}

/// Throws std::logic_error where the text has errors.
inline config::Config test_config(std::string_view toml) {
  auto read = config::read_config(toml, "test.toml", {}, test_locales());
  std::string told;
  for (const config::Problem& problem : read.problems) told += config::to_line(problem) + "\n";
  if (config::has_errors(read.problems)) throw std::logic_error(told);
  return std::move(read.config);
}

/// `states`: by group name; open where not said.
inline std::shared_ptr<const model::Snapshot> test_snapshot(
    std::string_view toml, const std::map<std::string, model::GroupState>& states = {}) {
  const config::Config config = test_config(toml);
  auto snapshot = std::make_shared<model::Snapshot>();
  TableBuilder builder(test_locales());
  snapshot->table = build_table(config, builder).value();
  snapshot->states.reset(snapshot->table->size());
  for (const auto& [name, state] : states) snapshot->states.set(snapshot->table->find(name), state);
  snapshot->trusted_proxies = config.server.trusted_proxies;
  snapshot->reason_header = config.server.reason_header;
  return snapshot;
}

}  // namespace understudy::state
