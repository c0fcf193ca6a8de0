#include "base/embedded.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace understudy {

/// Written by cmake/embed.cmake, sorted by name.
std::span<const EmbeddedFile> all_embedded_files();

std::span<const EmbeddedFile> embedded_files(std::string_view prefix) {
  const auto all = all_embedded_files();
  const auto first =
      std::find_if(all.begin(), all.end(), [&](const auto& f) { return f.name.starts_with(prefix); });
  const auto last =
      std::find_if(first, all.end(), [&](const auto& f) { return !f.name.starts_with(prefix); });
  return {first, last};
}

const EmbeddedFile& embedded_file(std::string_view name) {
  const auto found = embedded_files(name);
  if (found.empty()) throw std::logic_error("not embedded: " + std::string(name));
  return found.front();
}

}  // namespace understudy
