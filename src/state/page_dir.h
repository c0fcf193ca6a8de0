#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/result.h"
#include "model/group.h"

namespace understudy::state {

constexpr std::size_t kMaxPageDir = std::size_t{64} << 20;

struct LoadedPageDir {
  std::shared_ptr<const model::PageDir> page;
  std::vector<std::string> left_out;  ///< what was not taken, and why
};

/// Reads a page_dir whole: index.html and every file beside and below it. Left out: names that begin
/// with a dot, links that lead out of the folder, what can't be read. Errors: no readable index.html,
/// or more than kMaxPageDir bytes in all.
[[nodiscard]] Result<LoadedPageDir> load_page_dir(const std::filesystem::path& folder);

}  // namespace understudy::state
