// The environment's variables, which go over what the file says.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "config/checks.h"
#include "config/group_rules.h"
#include "config/toml_reader.h"
#include "config/values.h"

namespace understudy::config {
namespace {

constexpr std::string_view kPrefix = "UNDERSTUDY_";
constexpr std::string_view kGroups = "UNDERSTUDY_GROUPS_";
constexpr std::string_view kWebhooks = "UNDERSTUDY_WEBHOOKS_";
constexpr std::string_view kProxies = "UNDERSTUDY_PROXIES_";

/// Whether the name begins like that of a section's settings: "UNDERSTUDY_SERVER_LISEN".
bool is_of_a_section(std::string_view variable) {
  const auto rows = server_settings();
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
    return variable.starts_with(environment_name(row.key.substr(0, row.key.find('.') + 1)));
  });
}

/// "_CORS_ORIGINS", which the name of a group's variable ends in.
std::string suffix_of(std::string_view key) { return environment_name(key).substr(kPrefix.size() - 1); }

}  // namespace

void Reader::read_environment(const Environment& environment) {
  for (const Variable& variable : environment) {
    if (is_utf8(variable.second)) {
      read_variable(variable);
    } else {
      add({{}, nullptr, &variable}, "", "the value is no UTF-8");
    }
  }
}

void Reader::read_variable(const Variable& variable) {
  const std::string& name = variable.first;
  const Place place{{}, nullptr, &variable};
  const auto rows = server_settings();
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return environment_name(r.key) == name; });
  const auto held = reserved_keys();
  const auto is_name_of = [&](std::string_view key) { return environment_name(key) == name; };
  if (row != rows.end()) {
    take_server(*row, from_text(row->type, variable.second), place);
  } else if (name.starts_with(kGroups)) {
    if (read_text_variable(variable)) return;
    read_named_variable(variable, "groups", group_settings(), result_.config.groups, group_sources_,
                        [&](const std::string& fresh) { add_group(fresh, place); });
  } else if (name.starts_with(kWebhooks)) {
    read_named_variable(variable, "webhooks", webhook_settings(), result_.config.webhooks, webhook_sources_,
                        [&](const std::string& fresh) {
                          add_item("webhooks", webhook_settings(), result_.config.webhooks, webhook_sources_,
                                   fresh, place);
                        });
  } else if (name.starts_with(kProxies)) {
    read_named_variable(variable, "proxies", proxy_settings(), result_.config.proxies, proxy_sources_,
                        [&](const std::string& fresh) {
                          add_item("proxies", proxy_settings(), result_.config.proxies, proxy_sources_, fresh,
                                   place);
                        });
  } else if (const auto key = std::find_if(held.begin(), held.end(), is_name_of); key != held.end()) {
    reserved(place, std::string(*key));
  } else if (is_of_a_section(name)) {
    std::vector<std::string> known;
    for (const auto& r : rows) known.push_back(environment_name(r.key));
    add(place, "", "no such setting").suggestion = nearest(name, known).value_or("");
  }
}

/// UNDERSTUDY_GROUPS_<NAME>_<KEY>: the key is matched from the end, the longest first; the name is
/// that of a group in the file where one fits, else a new group's, in lower case. So for webhooks.
template <typename Target, typename Add>
void Reader::read_named_variable(const Variable& variable, std::string_view kind,
                                 std::span<const Setting<Target>> rows, std::vector<Target>& items,
                                 std::vector<Source>& sources, Add add_item) {
  const Place place{{}, nullptr, &variable};
  const std::string_view rest = std::string_view(variable.first).substr(kPrefix.size() + kind.size() + 1);
  const Setting<Target>* best = nullptr;
  std::string suffix;
  for (const auto& row : rows) {
    const std::string candidate = suffix_of(row.key);
    if (rest.size() > candidate.size() && rest.ends_with(candidate) && candidate.size() > suffix.size()) {
      best = &row;
      suffix = candidate;
    }
  }
  if (best == nullptr) {
    const std::string_view one = kind == "proxies" ? "proxy" : kind.substr(0, kind.size() - 1);
    add(place, "", fmt::format("no such setting of a {}", one), "",
        fmt::format("{} and the like", environment_name(fmt::format("{}.NAME.{}", kind, rows[0].key))));
    return;
  }
  const std::string_view shouted = rest.substr(0, rest.size() - suffix.size());
  const auto fits = [&](const Target& item) {
    return std::string_view(environment_name(item.name)).substr(kPrefix.size()) == shouted;
  };
  auto found = std::find_if(items.begin(), items.end(), fits);
  if (found == items.end()) {
    add_item(lower(shouted));
    found = items.end() - 1;
  }
  take(*best, {kind, found->name}, from_text(best->type, variable.second), place, *found);
  sources[static_cast<std::size_t>(found - items.begin())].variables.emplace_back(best->key, place);
}

/// UNDERSTUDY_GROUPS_<NAME>_<REASON>_<LANGUAGE>_<TITLE or MESSAGE>, of a group in the file.
bool Reader::read_text_variable(const Variable& variable) {
  const std::string_view rest = std::string_view(variable.first).substr(kGroups.size());
  if (!rest.ends_with("_TITLE") && !rest.ends_with("_MESSAGE")) return false;
  for (GroupConfig& group : result_.config.groups) {
    const std::string name = suffix_of(group.name).substr(1) + "_";
    if (rest.starts_with(name) && read_text_variable(variable, group, rest.substr(name.size()))) return true;
  }
  add({{}, nullptr, &variable}, "", "no group of the file fits", "",
      "UNDERSTUDY_GROUPS_NAME_MAINTENANCE_EN_TITLE and the like");
  return true;
}

/// `part`: what follows the group's name.
bool Reader::read_text_variable(const Variable& variable, GroupConfig& group, std::string_view part) {
  const bool title = part.ends_with("_TITLE");
  for (const model::Reason reason : model::kReasons) {
    const std::string prefix = suffix_of(to_text(reason)).substr(1) + "_";
    const std::size_t around = prefix.size() + (title ? 6 : 8);
    if (!part.starts_with(prefix) || part.size() <= around) continue;
    std::string tag = lower(part.substr(prefix.size(), part.size() - around));
    std::replace(tag.begin(), tag.end(), '_', '-');
    if (!is_language_tag(tag)) continue;
    auto found = std::find_if(group.texts.begin(), group.texts.end(), [&](const model::OwnText& text) {
      return text.reason == reason && iequals(text.tag, tag);
    });
    if (found == group.texts.end()) {
      const model::Locale* locale = locales_.find(tag);
      const model::Text text = locale == nullptr ? model::Text{} : locale->text(reason);
      found = group.texts.insert(found, {reason, locale == nullptr ? tag : locale->tag, text});
    }
    (title ? found->text.title : found->text.message) = variable.second;
    if (auto fault = judge_text(title ? TextPart::kTitle : TextPart::kMessage, variable.second)) {
      add({{}, nullptr, &variable}, "", "out of range", std::move(fault->found), std::move(fault->expected));
    }
    return true;
  }
  return false;
}

}  // namespace understudy::config
