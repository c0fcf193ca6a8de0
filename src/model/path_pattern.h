#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace understudy::model {

/// Paths, and for some rules a method: "/.well-known/acme-challenge/*", "POST /graphql", "/users/*/avatar".
/// A `*` as a whole segment stands for one segment, at the end for whatever follows the slash. A pattern
/// without `*` is one path alone. Compared byte for byte, after `normal_path`.
struct PathPattern {
  std::string method;  ///< empty: any
  std::string path;    ///< begins with a slash
  friend bool operator==(const PathPattern&, const PathPattern&) = default;

  [[nodiscard]] bool matches(std::string_view method, std::string_view normal_path) const;
  /// As it was written.
  [[nodiscard]] std::string text() const;
};

/// None if it is malformed; `why` then says what was wrong and what was expected.
[[nodiscard]] std::optional<PathPattern> parse_path_pattern(std::string_view text, std::string& why);

/// A target's path as rules compare it: without query, percent-encoding undone once. None for whatever an API
/// could take for another path: dot segments, empty segments, backslashes, encoded slashes, control
/// characters, semicolons, fragments, what is no UTF-8 and what is percent-encoded twice. Such a path is
/// inside a group, and neither exempt nor a read.
[[nodiscard]] std::optional<std::string> normal_path(std::string_view target);

}  // namespace understudy::model
