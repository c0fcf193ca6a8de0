#include "config/reader.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/text.h"
#include "config/checks.h"
#include "config/group_rules.h"
#include "config/toml_reader.h"
#include "config/values.h"

namespace understudy::config {
namespace {

const std::vector<std::string>& sections() {
  static const std::vector<std::string> kSections = [] {
    std::vector<std::string> found;
    for (const auto& row : server_settings()) {
      const std::string section(row.key.substr(0, row.key.find('.')));
      if (found.empty() || found.back() != section) found.push_back(section);
    }
    found.insert(found.end(), {"groups", "webhooks", "proxies"});
    return found;
  }();
  return kSections;
}

bool is_reserved(std::span<const std::string_view> reserved, std::string_view key) {
  return std::find(reserved.begin(), reserved.end(), key) != reserved.end();
}

/// The keys below `prefix`, which is left out of them.
template <typename Target>
std::vector<std::string> keys_below(std::span<const Setting<Target>> rows, std::string_view prefix) {
  std::vector<std::string> keys;
  for (const auto& row : rows) {
    if (row.key.starts_with(prefix)) keys.emplace_back(row.key.substr(prefix.size()));
  }
  return keys;
}

/// One member of a table, to go through them as they were written.
struct Member {
  const toml::key* key;
  const toml::node* node;
};

std::vector<Member> in_file_order(const toml::table& table) {
  std::vector<Member> members;
  members.reserve(table.size());
  for (const auto& [key, node] : table) members.push_back({&key, &node});
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.key->source().begin < b.key->source().begin; });
  return members;
}

template <typename Target>
Target with_defaults(std::span<const Setting<Target>> settings) {
  Target target;
  for (const Setting<Target>& setting : settings) {
    if (setting.fallback.empty()) continue;
    const auto parsed = toml::parse(fmt::format("x = {}", setting.fallback));
    setting.store(target, from_node(setting.type, *parsed.get("x")).value());
  }
  return target;
}

}  // namespace

std::string show(const toml::node& node) {
  if (const auto* text = node.as_string()) return fmt::format("\"{}\"", cut(text->get(), 80));
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (node.is_table()) return "a table";
  return node.is_array() ? "a list" : "a date or time";
}

std::string found_at(const Place& place) {
  if (place.node != nullptr) return show(*place.node);
  return place.variable == nullptr ? "" : fmt::format("\"{}\"", cut(place.variable->second, 80));
}

std::string Path::key(std::string_view key) const {
  return kind.empty() ? std::string(key) : fmt::format("{}.{}.{}", kind, name, key);
}

std::optional<Place> Source::find(std::string_view key) const {
  const auto given =
      std::find_if(variables.rbegin(), variables.rend(), [&](const auto& v) { return v.first == key; });
  if (given != variables.rend()) return given->second;
  const toml::table* within = table;
  const auto dot = key.find('.');
  if (within != nullptr && dot != std::string_view::npos) {
    const toml::node* inner = within->get(key.substr(0, dot));
    within = inner == nullptr ? nullptr : inner->as_table();
    key = key.substr(dot + 1);
  }
  const toml::node* node = within == nullptr ? nullptr : within->get(key);
  return node == nullptr ? std::nullopt : std::optional(place_of(*node));
}

Place element_at(const Place& list, std::size_t element) {
  const toml::array* array = list.node == nullptr ? nullptr : list.node->as_array();
  const toml::node* node = array == nullptr ? nullptr : array->get(element);
  return node == nullptr ? list : place_of(*node);
}

std::optional<Value> from_node(Type type, const toml::node& node) {
  if (type == Type::kOneOrMore && node.is_string()) {
    return Value(std::vector<std::string>{node.as_string()->get()});
  }
  if (type == Type::kList || type == Type::kOneOrMore) {
    const auto* array = node.as_array();
    if (array == nullptr) return std::nullopt;
    std::vector<std::string> list;
    list.reserve(array->size());
    for (const toml::node& element : *array) {
      const auto* text = element.as_string();
      if (text == nullptr) return std::nullopt;
      list.push_back(text->get());
    }
    return Value(std::move(list));
  }
  if (const auto* truth = node.as_boolean())
    return type == Type::kBool ? std::optional<Value>(truth->get()) : std::nullopt;
  if (const auto* number = node.as_integer()) {
    const bool fits = type == Type::kInteger || type == Type::kSize;
    return fits ? std::optional<Value>(number->get()) : std::nullopt;
  }
  const auto* text = node.as_string();
  const bool textual = type == Type::kText || type == Type::kDuration || type == Type::kSize;
  return text != nullptr && textual ? from_text(type, text->get()) : std::nullopt;
}

Position Reader::position_of(const Place& place) const {
  if (place.variable != nullptr) return {fmt::format("environment variable {}", place.variable->first), 0, 0};
  return {"", place.source.line, place.source.column};
}

Problem& Reader::add(const Place& place, std::string key, std::string message, std::string found,
                     std::string expected) {
  const Position position = position_of(place);
  Problem problem;
  problem.file = position.file.empty() ? file_ : position.file;
  problem.line = position.line;
  problem.column = position.column;
  problem.key = std::move(key);
  problem.message = std::move(message);
  problem.found = std::move(found);
  problem.expected = std::move(expected);
  return result_.problems.emplace_back(std::move(problem));
}

void Reader::unknown_key(const Place& place, const std::string& prefix, std::string_view key,
                         const std::vector<std::string>& known) {
  Problem& problem = add(place, prefix + std::string(key), "unknown key", fmt::format("\"{}\"", key),
                         known.empty() ? "" : fmt::format("one of {}", fmt::join(known, ", ")));
  problem.suggestion = nearest(key, known).value_or("");
}

void Reader::reserved(const Place& place, std::string key) {
  add(place, std::move(key), "known, but this version does not use it yet: it has no effect").severity =
      Severity::kWarning;
}

template <typename Target>
void Reader::take(const Setting<Target>& setting, const Path& path, std::optional<Value> value,
                  const Place& place, Target& target) {
  const auto quoted = [&](std::string found) {
    return setting.quote == Quote::kNever ? "" : std::move(found);
  };
  if (!value) {
    const toml::array* array =
        (setting.type != Type::kList && setting.type != Type::kOneOrMore) || place.node == nullptr
            ? nullptr
            : place.node->as_array();
    Place wrong = place;
    for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
      if (array->get(i)->is_string()) continue;
      wrong = place_of(*array->get(i));
      break;
    }
    add(wrong, path.key(setting.key), "", quoted(found_at(wrong)), std::string(describe(setting.type)));
    return;
  }
  if (!is_in_bounds(setting, *value)) {
    add(place, path.key(setting.key), "out of range", quoted(found_at(place)),
        describe_bounds(setting.type, setting.least, setting.most));
    return;
  }
  if (setting.check != nullptr) {
    for (Objection& objection : setting.check(*value)) {
      const auto* list = std::get_if<std::vector<std::string>>(&*value);
      std::string found =
          list == nullptr ? found_at(place) : fmt::format("\"{}\"", cut((*list)[objection.element], 80));
      add(list == nullptr ? place : element_at(place, objection.element), path.key(setting.key),
          std::move(objection.message), quoted(std::move(found)), std::move(objection.expected))
          .suggestion = std::move(objection.suggestion);
    }
  }
  // Stored in any case: what else is wrong with it is to be told as well.
  setting.store(target, std::move(*value));
}

template void Reader::take(const Setting<GroupConfig>&, const Path&, std::optional<Value>, const Place&,
                           GroupConfig&);
template void Reader::take(const Setting<WebhookConfig>&, const Path&, std::optional<Value>, const Place&,
                           WebhookConfig&);
template void Reader::take(const Setting<ProxyConfig>&, const Path&, std::optional<Value>, const Place&,
                           ProxyConfig&);

void Reader::take_server(const Setting<Config>& setting, std::optional<Value> value, const Place& place) {
  const std::string key(setting.key);
  result_.positions[key] = position_of(place);
  if (value) result_.written[key] = to_text(*value);
  take(setting, {}, std::move(value), place, result_.config);
}

ReadResult Reader::read(std::string_view text, const Environment& environment) {
  result_.config = with_defaults(server_settings());
  const auto root = std::make_shared<toml::table>();
  try {
    *root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    add({error.source().begin, nullptr, nullptr}, "syntax", std::string(error.description()));
    return std::move(result_);
  }
  result_.leftovers = root;
  read_top(*root);
  read_environment(environment);
  for (std::size_t i = 0; i < result_.config.groups.size(); ++i) judge_group(i);
  judge_groups();
  for (std::size_t i = 0; i < result_.config.webhooks.size(); ++i) judge_webhook(i);
  judge_proxies();
  judge_server();
  std::stable_sort(result_.problems.begin(), result_.problems.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return std::move(result_);
}

void Reader::read_top(const toml::table& root) {
  for (const auto& [key, node] : root) {
    const std::string name(key.str());
    if (name == "groups") {
      read_groups(node);
    } else if (name == "webhooks") {
      read_items(node, "webhooks", webhook_settings(), result_.config.webhooks, webhook_sources_);
    } else if (name == "proxies") {
      read_items(node, "proxies", proxy_settings(), result_.config.proxies, proxy_sources_);
    } else if (std::find(sections().begin(), sections().end(), name) != sections().end()) {
      read_section(name, node);
    } else if (is_reserved(reserved_keys(), name)) {
      reserved(place_of(key), name);
    } else {
      unknown_key(place_of(key), "", name, sections());
    }
  }
}

void Reader::read_section(const std::string& section, const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr) {
    add(place_of(node), section, "", show(node), fmt::format("a table: [{}]", section));
    return;
  }
  const std::string prefix = fmt::format("{}.", section);
  for (const auto& [key, value] : *table) {
    const std::string full = fmt::format("{}{}", prefix, key.str());
    if (const auto* row = find_row(server_settings(), full)) {
      take_server(*row, from_node(row->type, value), place_of(value));
    } else if (is_reserved(reserved_keys(), full)) {
      reserved(place_of(key), full);
    } else {
      unknown_key(place_of(key), prefix, key.str(), keys_below(server_settings(), prefix));
    }
  }
}

GroupConfig& Reader::add_group(std::string_view name, const Place& place) {
  // Parsing the defaults once is enough for all groups.
  static const GroupConfig kDefaults = with_defaults(group_settings());
  GroupConfig& group = result_.config.groups.emplace_back(kDefaults);
  group.name = name;
  group_sources_.push_back({place, nullptr, {}});
  if (!is_group_name(name)) {
    add(place, fmt::format("groups.{}", name), "", fmt::format("\"{}\"", name), std::string(kGroupNameRule));
  }
  return group;
}

void Reader::read_groups(const toml::node& node) {
  const auto* groups = node.as_table();
  if (groups == nullptr) {
    add(place_of(node), "groups", "", show(node), "tables: [groups.NAME]");
    return;
  }
  group_sources_.reserve(groups->size());
  result_.config.groups.reserve(groups->size());
  // In the file's order, so that of two that clash the second one is reported.
  for (const auto& [key, value] : in_file_order(*groups)) {
    if (const auto* table = value->as_table()) {
      read_group(key->str(), *table, place_of(*key));
    } else {
      add(place_of(*key), fmt::format("groups.{}", key->str()), "", show(*value), "a table: [groups.NAME]");
    }
  }
}

void Reader::read_group(std::string_view name, const toml::table& table, const Place& place) {
  GroupConfig& group = add_group(name, place);
  group_sources_.back().table = &table;
  const Path path{"groups", name};
  for (const auto& [key, value] : table) {
    const std::string_view word = key.str();
    const auto tables = group_tables();
    if (std::find(tables.begin(), tables.end(), word) != tables.end()) {
      read_group_table(path, word, value, group);
    } else if (const auto* row = find_row(group_settings(), word)) {
      take(*row, path, from_node(row->type, value), place_of(value), group);
    } else if (const auto reason = model::parse_reason(word)) {
      read_texts(path, *reason, value, group);
    } else {
      std::vector<std::string> known(tables.begin(), tables.end());
      known.insert(known.end(), {"maintenance", "read-only", "failure"});
      for (const auto& r : group_settings()) {
        if (r.key.find('.') == std::string_view::npos) known.emplace_back(r.key);
      }
      unknown_key(place_of(key), path.key(""), word, known);
    }
  }
}

/// A table within a group's that has rows of its own: `[groups.NAME.cors]`.
void Reader::read_group_table(const Path& path, std::string_view name, const toml::node& node,
                              GroupConfig& group) {
  const auto* table = node.as_table();
  if (table == nullptr) {
    // Not quoted: it may be a secret that stands in the wrong place.
    add(place_of(node), path.key(name), "", name == "bypass" ? "" : show(node),
        fmt::format("a table: [groups.NAME.{}]", name));
    return;
  }
  const std::string prefix = fmt::format("{}.", name);
  const auto rows = group_settings();
  for (const auto& [key, value] : *table) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&, word = key.str()](const auto& r) {
      return r.key.starts_with(prefix) && r.key.substr(prefix.size()) == word;
    });
    if (row == rows.end()) {
      unknown_key(place_of(key), path.key(prefix), key.str(), keys_below(rows, prefix));
    } else {
      take(*row, path, from_node(row->type, value), place_of(value), group);
    }
  }
}

void Reader::read_texts(const Path& path, model::Reason reason, const toml::node& node, GroupConfig& group) {
  const auto* languages = node.as_table();
  if (languages == nullptr) {
    add(place_of(node), path.key(to_text(reason)), "", show(node),
        "tables by language: [groups.NAME.maintenance.en]");
    return;
  }
  // In the order they were written, which is the operator's order of preference.
  for (const auto& [key, value] : in_file_order(*languages)) {
    const std::string_view tag = key->str();
    const std::string section = path.key(fmt::format("{}.{}", to_text(reason), tag));
    if (!is_language_tag(tag)) {
      add(place_of(*key), section, "", fmt::format("\"{}\"", tag), std::string(kLanguageTagRule));
    } else if (has_text(group, reason, tag)) {
      add(place_of(*key), section, "this language is there already, in other letters",
          fmt::format("\"{}\"", tag));
    } else {
      model::OwnText text{reason, std::string(tag), {}};
      read_text(section, text, *value);
      if (!text.text.title.empty()) group.texts.push_back(std::move(text));
    }
  }
}

void Reader::read_text(const std::string& section, model::OwnText& text, const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr) {
    add(place_of(node), section, "", show(node), "a table with title and message");
    return;
  }
  for (const auto& [key, value] : *table) {
    const bool title = key.str() == "title";
    if (!title && key.str() != "message") {
      unknown_key(place_of(key), section + ".", key.str(), {"title", "message"});
      continue;
    }
    const auto part = title ? TextPart::kTitle : TextPart::kMessage;
    const auto name = [&] { return fmt::format("{}.{}", section, to_text(part)); };
    const auto* words = value.as_string();
    if (words == nullptr) {
      add(place_of(value), name(), "", show(value), "a string");
    } else if (auto fault = judge_text(part, words->get())) {
      add(place_of(value), name(), "out of range", std::move(fault->found), std::move(fault->expected));
    } else {
      (title ? text.text.title : text.text.message) = words->get();
    }
  }
  if (!table->contains("title")) add(place_of(node), section, "the title is missing", "", "title = \"…\"");
  if (!table->contains("message")) {
    add(place_of(node), section, "the message is missing", "", "message = \"…\"");
  }
}

template <typename Target>
Target& Reader::add_item(std::string_view kind, std::span<const Setting<Target>> rows,
                         std::vector<Target>& items, std::vector<Source>& sources, std::string_view name,
                         const Place& place) {
  static const Target kDefaults = with_defaults(rows);
  Target& item = items.emplace_back(kDefaults);
  item.name = name;
  sources.push_back({place, nullptr, {}});
  if (!is_group_name(name)) {
    add(place, fmt::format("{}.{}", kind, name), "", fmt::format("\"{}\"", name),
        std::string(kGroupNameRule));
  }
  return item;
}

template WebhookConfig& Reader::add_item(std::string_view, std::span<const Setting<WebhookConfig>>,
                                         std::vector<WebhookConfig>&, std::vector<Source>&, std::string_view,
                                         const Place&);
template ProxyConfig& Reader::add_item(std::string_view, std::span<const Setting<ProxyConfig>>,
                                       std::vector<ProxyConfig>&, std::vector<Source>&, std::string_view,
                                       const Place&);

template <typename Target>
void Reader::read_items(const toml::node& node, std::string_view kind, std::span<const Setting<Target>> rows,
                        std::vector<Target>& items, std::vector<Source>& sources) {
  const auto* tables = node.as_table();
  if (tables == nullptr) {
    add(place_of(node), std::string(kind), "", "", fmt::format("tables: [{}.NAME]", kind));
    return;
  }
  for (const auto& [key, value] : in_file_order(*tables)) {
    const auto* table = value->as_table();
    const Path path{kind, key->str()};
    if (table == nullptr) {
      // Not quoted: it may be a webhook's secret that stands in the wrong place.
      add(place_of(*key), fmt::format("{}.{}", kind, key->str()), "", "",
          fmt::format("a table: [{}.NAME]", kind));
      continue;
    }
    Target& item = add_item(kind, rows, items, sources, key->str(), place_of(*key));
    sources.back().table = table;
    for (const auto& [word, content] : *table) {
      if (const auto* row = find_row(rows, word.str())) {
        take(*row, path, from_node(row->type, content), place_of(content), item);
      } else {
        unknown_key(place_of(word), path.key(""), word.str(), keys_below(rows, ""));
      }
    }
  }
}

ReadResult read_config(std::string_view text, const std::string& file, const Environment& environment,
                       const model::Locales& locales) {
  return Reader(file, locales).read(text, environment);
}

Environment process_environment() {
  Environment found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (!text.starts_with("UNDERSTUDY_") || equals == std::string_view::npos) continue;
    found.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

std::string_view demonstration_config() { return embedded_file("src/config/demonstration.toml").content; }

}  // namespace understudy::config
