#include "config/group_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "config/checks.h"

namespace understudy::config {
namespace {

constexpr std::size_t kMaxTitle = 500;
constexpr std::size_t kMaxMessage = 8192;

/// What any page may claim to be must not come with a signed-in user's rights.
void judge_wide_origins(const GroupConfig& group, std::vector<GroupFault>& faults) {
  if (!group.cors.credentials) return;
  const auto& origins = group.cors.origins;
  for (const std::string_view wide : {"*", "null"}) {
    const auto found = std::find(origins.begin(), origins.end(), wide);
    if (found == origins.end()) continue;
    faults.push_back(
        {"cors.origins", static_cast<std::size_t>(found - origins.begin()),
         fmt::format("\"{}\" together with credentials = true would let any page act as the signed-in user",
                     wide),
         fmt::format("\"{}\"", wide), "the origins by name, or credentials = false", ""});
  }
}

void judge_languages(const GroupConfig& group, const model::Locales& locales,
                     std::vector<GroupFault>& faults) {
  for (std::size_t i = 0; i < group.languages.size(); ++i) {
    const std::string& tag = group.languages[i];
    const bool own = std::any_of(group.texts.begin(), group.texts.end(),
                                 [&](const model::OwnText& text) { return iequals(text.tag, tag); });
    if (own || locales.find(tag) != nullptr || !is_language_tag(tag)) continue;
    std::vector<std::string> known;
    for (const model::Locale& locale : locales.all()) known.push_back(locale.tag);
    faults.push_back({"languages", i, "no text is built in for this language and none is written here",
                      fmt::format("\"{}\"", tag), "", nearest(tag, known).value_or("")});
  }
}

}  // namespace

bool is_group_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.'; });
}

std::optional<TextFault> judge_text(TextPart part, std::string_view words) {
  const bool title = part == TextPart::kTitle;
  const std::size_t most = title ? kMaxTitle : kMaxMessage;
  if (words.size() <= most && !(title && trim_lines(words).empty())) return std::nullopt;
  return TextFault{fmt::format("{} bytes", words.size()), fmt::format("{} to {} bytes", title ? 1 : 0, most)};
}

bool has_text(const GroupConfig& group, model::Reason reason, std::string_view tag) {
  return std::any_of(group.texts.begin(), group.texts.end(), [&](const model::OwnText& text) {
    return text.reason == reason && iequals(text.tag, tag);
  });
}

std::vector<GroupFault> judge_group(const GroupConfig& group, const model::Locales& locales) {
  std::vector<GroupFault> faults;
  judge_wide_origins(group, faults);
  judge_languages(group, locales, faults);
  return faults;
}

}  // namespace understudy::config
