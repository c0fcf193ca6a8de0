#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "model/locale.h"

namespace understudy::config {

// The rules of a group that no row of the settings table can say alone, for the file and the admin API.

inline constexpr std::string_view kGroupNameRule =
    "a name of letters, digits, \"-\", \"_\" and \".\", 64 at most";
inline constexpr std::string_view kLanguageTagRule =
    "a language tag such as \"de\", \"pt-BR\" or \"zh-Hant\"";

[[nodiscard]] bool is_group_name(std::string_view name);

enum class TextPart : std::uint8_t { kTitle, kMessage };
[[nodiscard]] constexpr std::string_view to_text(TextPart part) {
  return part == TextPart::kTitle ? "title" : "message";
}

/// What is wrong with a title or message: what was found and what is expected.
struct TextFault {
  std::string found;
  std::string expected;
};
[[nodiscard]] std::optional<TextFault> judge_text(TextPart part, std::string_view words);

/// Whether the group has a text for this occasion in this language, whatever its letters.
[[nodiscard]] bool has_text(const GroupConfig& group, model::Reason reason, std::string_view tag);

/// Two settings that do not go together, or one that needs another.
struct GroupFault {
  std::string_view key;     ///< the setting that it is told of: "cors.origins"
  std::size_t element = 0;  ///< of that list
  std::string message;
  std::string found;
  std::string expected;
  std::string suggestion;
};
[[nodiscard]] std::vector<GroupFault> judge_group(const GroupConfig& group, const model::Locales& locales);

}  // namespace understudy::config
