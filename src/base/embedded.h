#pragma once

#include <span>
#include <string_view>

namespace understudy {

/// A file of the repository inside the binary (cmake/embed.cmake).
struct EmbeddedFile {
  std::string_view name;  ///< its path in the repository: "pages/locales/de.json"
  std::string_view content;
  std::string_view sha256;  ///< of the content, 64 hexadecimal digits
};

/// The files whose name begins with `prefix`, sorted by name.
[[nodiscard]] std::span<const EmbeddedFile> embedded_files(std::string_view prefix);

/// One file. REQUIRES: it was embedded.
[[nodiscard]] const EmbeddedFile& embedded_file(std::string_view name);

}  // namespace understudy
