#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace understudy::app::snippet {

/// What understudy's own configuration must have for a pattern to work.
enum class Need : std::uint8_t { kNothing, kSpoe, kAgentCheck, kMapFile, kFlagFolder };

/// One way in which one proxy learns how a group stands.
struct Pattern {
  std::string_view proxy;
  std::string_view style;  ///< "ask", "probe", "tell", "agent"
  bool is_default = false;
  Need need = Need::kNothing;
  std::string_view file;     ///< where its (first) file usually stands
  std::string_view what;     ///< how it works, in a line
  std::string_view cannot;   ///< what it can't do, a line each
  std::string_view against;  ///< what it was tested with; empty: its syntax alone was
};

/// All of them; a proxy's default stands before its others. The template of each is
/// pages/snippets/PROXY-STYLE.mustache.
[[nodiscard]] std::span<const Pattern> patterns();

/// A proxy's pattern, its default where no style is given. Null if there is none.
[[nodiscard]] const Pattern* find_pattern(std::string_view proxy, const std::optional<std::string>& style);

[[nodiscard]] std::vector<std::string> proxy_names();
/// REQUIRES: one of proxy_names().
[[nodiscard]] std::vector<std::string> styles_of(std::string_view proxy);

/// The template's name among the embedded files.
[[nodiscard]] std::string template_of(const Pattern& pattern);

}  // namespace understudy::app::snippet
