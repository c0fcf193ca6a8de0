#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "model/group.h"
#include "model/locale.h"

namespace understudy::state {

struct BuiltTable {
  std::shared_ptr<const model::GroupTable> table;
  std::vector<std::string> warnings;
};

/// Turns a checked configuration into what answering needs, sharing between groups whatever is
/// equal. Reads the page_dir folders: an error in one of them refuses the whole.
/// `locales` must outlive the table.
[[nodiscard]] Result<BuiltTable> build_table(const config::Config& config, const model::Locales& locales);

/// The same groups with their page_dir folders read anew.
[[nodiscard]] Result<BuiltTable> with_fresh_pages(const model::GroupTable& table);

}  // namespace understudy::state
