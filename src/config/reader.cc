#include "config/reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/text.h"
#include "config/checks.h"
#include "config/settings.h"

namespace understudy::config {
namespace {

constexpr std::size_t kMaxTitle = 500;
constexpr std::size_t kMaxMessage = 8192;

/// What stands in the file, short enough for a line.
std::string show(const toml::node& node) {
  if (const auto* text = node.as_string()) return fmt::format("\"{}\"", cut(text->get(), 80));
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (node.is_table()) return "a table";
  return node.is_array() ? "a list" : "a date or time";
}

std::int64_t magnitude(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return static_cast<std::int64_t>(text->size());
  if (const auto* list = std::get_if<std::vector<std::string>>(&value))
    return static_cast<std::int64_t>(list->size());
  if (const auto* time = std::get_if<std::chrono::milliseconds>(&value)) return time->count();
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  return 0;
}

/// A value as one text, to tell whether it has changed.
std::string to_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value))
    return fmt::format("{}", fmt::join(*list, ","));
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  return std::to_string(magnitude(value));
}

/// A scalar written in TOML or in a variable, as the type asks for it.
std::optional<Value> from_text(Type type, std::string_view text) {
  switch (type) {
    case Type::kText:
      return Value(std::string(text));
    case Type::kBool:
      if (text == "true") return Value(true);
      return text == "false" ? std::optional<Value>(Value(false)) : std::nullopt;
    case Type::kInteger: {
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
      return Value(number);
    }
    case Type::kDuration:
      if (const auto duration = parse_duration(text)) return Value(*duration);
      return std::nullopt;
    case Type::kSize:
      if (const auto size = parse_size(text)) return Value(*size);
      return std::nullopt;
    case Type::kList: {
      std::vector<std::string> list;
      std::string_view rest = text;
      while (!rest.empty()) list.emplace_back(trim(take_until(rest, ',')));
      return Value(std::move(list));
    }
  }
  return std::nullopt;
}

std::optional<Value> from_node(Type type, const toml::node& node) {
  if (type == Type::kList) {
    const auto* array = node.as_array();
    if (array == nullptr) return std::nullopt;
    std::vector<std::string> list;
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

/// The first element that has no place in a list of strings; null if the list is not the matter.
const toml::node* wrong_element(Type type, const toml::node* node) {
  const auto* array = type == Type::kList && node != nullptr ? node->as_array() : nullptr;
  if (array == nullptr) return nullptr;
  for (const toml::node& element : *array) {
    if (!element.is_string()) return &element;
  }
  return nullptr;
}

bool is_group_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.'; });
}

/// Goes once through the file and then through the variables, noting problems as it goes.
class Reader {
 public:
  Reader(std::string file, const model::Locales& locales) : file_(std::move(file)), locales_(locales) {}

  ReadResult read(std::string_view text, const Environment& environment);

 private:
  /// Where a value stands, and how to point at one element of it.
  struct Place {
    Position position;
    const toml::node* node = nullptr;
    std::string variable;  ///< what an environment variable holds

    [[nodiscard]] std::string found() const { return node == nullptr ? variable : show(*node); }
  };
  /// What has to be remembered of a group to judge it as a whole.
  struct GroupPlaces {
    Position group;
    std::vector<std::pair<std::string_view, Place>> settings;  ///< few: looked through

    [[nodiscard]] const Place* find(std::string_view key) const {
      const auto found =
          std::find_if(settings.rbegin(), settings.rend(), [&](const auto& s) { return s.first == key; });
      return found == settings.rend() ? nullptr : &found->second;
    }
  };

  void read_top(const toml::table& root);
  void read_section(const std::string& section, const toml::node& node);
  void read_groups(const toml::node& node);
  void read_group(const std::string& name, const toml::table& table, const Position& position);
  void read_cors(const std::string& prefix, const toml::node& node, GroupConfig& group, GroupPlaces& places);
  void read_texts(const std::string& prefix, model::Reason reason, const toml::node& node,
                  GroupConfig& group);
  void read_text(const std::string& prefix, model::OwnText text, const toml::node& node, GroupConfig& group);
  void read_environment(const Environment& environment);
  void read_group_variable(const std::string& variable, const std::string& value);
  bool read_group_text_variable(const std::string& variable, const std::string& rest,
                                const std::string& value);
  void judge_text_variable(const model::OwnText& text, const std::string& variable, bool title);
  void judge_group(GroupConfig& group, const GroupPlaces& places);
  void judge_server();
  void judge_groups();

  template <typename Target>
  void take(const Setting<Target>& setting, const std::string& key, std::optional<Value> value,
            const Place& place, Target& target);
  void take_server(const Setting<Config>& setting, std::optional<Value> value, const Place& place);
  template <typename Target>
  void set_defaults(std::span<const Setting<Target>> settings, Target& target);

  GroupConfig& group_named(const std::string& name, const Position& position);
  [[nodiscard]] Position at(const toml::source_region& region) const {
    return {"", region.begin.line, region.begin.column};
  }
  [[nodiscard]] Place place_of(const toml::node& node) const { return {at(node.source()), &node, ""}; }
  Problem& add(const Position& position, const std::string& key, const std::string& message,
               const std::string& found = "", const std::string& expected = "");
  void unknown_key(const Position& position, const std::string& prefix, std::string_view key,
                   const std::vector<std::string>& known);
  void reserved(const Position& position, const std::string& key);

  const std::string file_;
  const model::Locales& locales_;
  ReadResult result_;
  std::unordered_map<std::string, std::size_t> group_index_;
  std::vector<GroupPlaces> group_places_;
};

Problem& Reader::add(const Position& position, const std::string& key, const std::string& message,
                     const std::string& found, const std::string& expected) {
  Problem problem;
  problem.file = position.file.empty() ? file_ : position.file;
  problem.line = position.line;
  problem.column = position.column;
  problem.key = key;
  problem.message = message;
  problem.found = found;
  problem.expected = expected;
  return result_.problems.emplace_back(std::move(problem));
}

void Reader::unknown_key(const Position& position, const std::string& prefix, std::string_view key,
                         const std::vector<std::string>& known) {
  Problem& problem = add(position, prefix + std::string(key), "unknown key", fmt::format("\"{}\"", key),
                         known.empty() ? "" : "one of " + fmt::format("{}", fmt::join(known, ", ")));
  problem.suggestion = nearest(key, known).value_or("");
}

void Reader::reserved(const Position& position, const std::string& key) {
  add(position, key, "known, but this version does not use it yet: it has no effect").severity =
      Severity::kWarning;
}

template <typename Target>
void Reader::take(const Setting<Target>& setting, const std::string& key, std::optional<Value> value,
                  const Place& place, Target& target) {
  if (!value) {
    const toml::node* wrong = wrong_element(setting.type, place.node);
    add(wrong == nullptr ? place.position : at(wrong->source()), key, "",
        wrong == nullptr ? place.found() : show(*wrong), std::string(describe(setting.type)));
    return;
  }
  const std::int64_t size = magnitude(*value);
  if (setting.most != 0 && (size < setting.least || size > setting.most)) {
    add(place.position, key, "out of range", place.found(),
        describe_bounds(setting.type, setting.least, setting.most));
    return;
  }
  const Objections objections = setting.check == nullptr ? Objections{} : setting.check(*value);
  for (const Objection& objection : objections) {
    const toml::array* array = place.node == nullptr ? nullptr : place.node->as_array();
    const toml::node* element = array == nullptr ? place.node : array->get(objection.element);
    const Position position = element == nullptr ? place.position : at(element->source());
    std::string found = element == nullptr ? place.found() : show(*element);
    if (const auto* list = std::get_if<std::vector<std::string>>(&*value)) {
      found = fmt::format("\"{}\"", cut((*list)[objection.element], 80));
    }
    add(position, key, objection.message, found, objection.expected);
  }
  // Stored in any case: what else is wrong with it is to be told as well.
  setting.store(target, std::move(*value));
}

void Reader::take_server(const Setting<Config>& setting, std::optional<Value> value, const Place& place) {
  const std::string key(setting.key);
  result_.positions[key] = place.position;
  if (value) result_.written[key] = to_text(*value);
  take(setting, key, std::move(value), place, result_.config);
}

template <typename Target>
void Reader::set_defaults(std::span<const Setting<Target>> settings, Target& target) {
  for (const Setting<Target>& setting : settings) {
    if (setting.fallback.empty()) continue;
    const auto parsed = toml::parse(fmt::format("x = {}", setting.fallback));
    setting.store(target, from_node(setting.type, *parsed.get("x")).value());
  }
}

ReadResult Reader::read(std::string_view text, const Environment& environment) {
  set_defaults(server_settings(), result_.config);
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    add(at(error.source()), "syntax", std::string(error.description()));
    return std::move(result_);
  }
  read_top(root);
  read_environment(environment);
  for (std::size_t i = 0; i < result_.config.groups.size(); ++i)
    judge_group(result_.config.groups[i], group_places_[i]);
  judge_groups();
  judge_server();
  std::stable_sort(result_.problems.begin(), result_.problems.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return std::move(result_);
}

void Reader::read_top(const toml::table& root) {
  static const std::vector<std::string> kSections = {"server", "admin", "log", "groups"};
  for (const auto& [key, node] : root) {
    const std::string name(key.str());
    const auto reserved_names = reserved_keys();
    if (name == "groups") {
      read_groups(node);
    } else if (std::find(kSections.begin(), kSections.end(), name) != kSections.end()) {
      read_section(name, node);
    } else if (std::find(reserved_names.begin(), reserved_names.end(), name) != reserved_names.end()) {
      reserved(at(key.source()), name);
    } else {
      unknown_key(at(key.source()), "", name, kSections);
    }
  }
}

void Reader::read_section(const std::string& section, const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr) {
    add(at(node.source()), section, "", show(node), "a table: [" + section + "]");
    return;
  }
  for (const auto& [key, value] : *table) {
    const std::string full = section + "." + std::string(key.str());
    const auto rows = server_settings();
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.key == full; });
    if (row == rows.end()) {
      std::vector<std::string> known;
      for (const auto& r : rows) {
        if (r.key.starts_with(section + ".")) known.emplace_back(r.key.substr(section.size() + 1));
      }
      unknown_key(at(key.source()), section + ".", key.str(), known);
      continue;
    }
    const Place place = place_of(value);
    take_server(*row, from_node(row->type, value), place);
  }
}

GroupConfig& Reader::group_named(const std::string& name, const Position& position) {
  const auto [found, added] = group_index_.emplace(name, result_.config.groups.size());
  if (added) {
    // Parsing the defaults once is enough for all groups.
    static const GroupConfig kDefaults = [this] {
      GroupConfig defaults;
      set_defaults(group_settings(), defaults);
      return defaults;
    }();
    GroupConfig& group = result_.config.groups.emplace_back(kDefaults);
    group.name = name;
    group_places_.push_back({position, {}});
    if (!is_group_name(name)) {
      add(position, "groups." + name, "", fmt::format("\"{}\"", name),
          "a name of letters, digits, \"-\", \"_\" and \".\", 64 at most");
    }
  }
  return result_.config.groups[found->second];
}

void Reader::read_groups(const toml::node& node) {
  const auto* groups = node.as_table();
  if (groups == nullptr) {
    add(at(node.source()), "groups", "", show(node), "tables: [groups.NAME]");
    return;
  }
  // In the file's order, so that of two that clash the second one is reported.
  std::vector<std::pair<toml::source_position, std::string_view>> order;
  for (const auto& [key, value] : *groups) order.emplace_back(key.source().begin, key.str());
  std::sort(order.begin(), order.end());
  group_index_.reserve(order.size());
  group_places_.reserve(order.size());
  result_.config.groups.reserve(order.size());
  for (const auto& [source, name] : order) {
    const Position position{"", source.line, source.column};
    const toml::node& value = *groups->get(name);
    if (const auto* table = value.as_table()) {
      read_group(std::string(name), *table, position);
    } else {
      add(position, "groups." + std::string(name), "", show(value), "a table: [groups.NAME]");
    }
  }
}

void Reader::read_group(const std::string& name, const toml::table& table, const Position& position) {
  GroupConfig& group = group_named(name, position);
  GroupPlaces& places = group_places_[group_index_.at(name)];
  const std::string prefix = "groups." + name + ".";
  for (const auto& [key, value] : table) {
    const std::string_view word = key.str();
    const auto rows = group_settings();
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.key == word; });
    const auto reserved_names = reserved_group_keys();
    if (row != rows.end()) {
      Place place = place_of(value);
      take(*row, prefix + std::string(word), from_node(row->type, value), place, group);
      places.settings.emplace_back(row->key, std::move(place));
    } else if (word == "cors") {
      read_cors(prefix + "cors.", value, group, places);
    } else if (const auto reason = model::parse_reason(word)) {
      read_texts(prefix + std::string(word) + ".", *reason, value, group);
    } else if (std::find(reserved_names.begin(), reserved_names.end(), word) != reserved_names.end()) {
      reserved(at(key.source()), prefix + std::string(word));
    } else {
      std::vector<std::string> known = {"cors", "maintenance", "read-only", "failure"};
      for (const auto& r : rows) {
        if (!r.key.starts_with("cors.")) known.emplace_back(r.key);
      }
      unknown_key(at(key.source()), prefix, word, known);
    }
  }
}

void Reader::read_cors(const std::string& prefix, const toml::node& node, GroupConfig& group,
                       GroupPlaces& places) {
  const auto* table = node.as_table();
  if (table == nullptr) {
    add(at(node.source()), prefix.substr(0, prefix.size() - 1), "", show(node),
        "a table: [groups.NAME.cors]");
    return;
  }
  for (const auto& [key, value] : *table) {
    const auto rows = group_settings();
    const auto row = std::find_if(rows.begin(), rows.end(), [&, word = key.str()](const auto& r) {
      return r.key.starts_with("cors.") && r.key.substr(5) == word;
    });
    if (row == rows.end()) {
      std::vector<std::string> known;
      for (const auto& r : rows) {
        if (r.key.starts_with("cors.")) known.emplace_back(r.key.substr(5));
      }
      unknown_key(at(key.source()), prefix, key.str(), known);
      continue;
    }
    Place place = place_of(value);
    take(*row, prefix + std::string(key.str()), from_node(row->type, value), place, group);
    places.settings.emplace_back(row->key, std::move(place));
  }
}

void Reader::read_texts(const std::string& prefix, model::Reason reason, const toml::node& node,
                        GroupConfig& group) {
  const auto* languages = node.as_table();
  if (languages == nullptr) {
    add(at(node.source()), prefix.substr(0, prefix.size() - 1), "", show(node),
        "tables by language: [groups.NAME.maintenance.en]");
    return;
  }
  // In the order they were written, which is the operator's order of preference.
  std::vector<std::pair<toml::source_position, std::string>> order;
  for (const auto& [key, value] : *languages) order.emplace_back(key.source().begin, std::string(key.str()));
  std::sort(order.begin(), order.end());
  for (const auto& [position, tag] : order) {
    const Position place{"", position.line, position.column};
    if (!is_language_tag(tag)) {
      add(place, prefix + tag, "", fmt::format("\"{}\"", tag),
          "a language tag such as \"de\", \"pt-BR\" or \"zh-Hant\"");
      continue;
    }
    const bool twice = std::any_of(
        group.texts.begin(), group.texts.end(),
        [&, &t = tag](const model::OwnText& text) { return text.reason == reason && iequals(text.tag, t); });
    if (twice) {
      add(place, prefix + tag, "this language is there already, in other letters",
          fmt::format("\"{}\"", tag));
      continue;
    }
    read_text(prefix + tag + ".", {reason, tag, {}}, *languages->get(tag), group);
  }
}

void Reader::read_text(const std::string& prefix, model::OwnText text, const toml::node& node,
                       GroupConfig& group) {
  const std::string section = prefix.substr(0, prefix.size() - 1);
  const auto* table = node.as_table();
  if (table == nullptr) {
    add(at(node.source()), section, "", show(node), "a table with title and message");
    return;
  }
  bool has_title = false;
  bool has_message = false;
  for (const auto& [key, value] : *table) {
    const bool title = key.str() == "title";
    if (!title && key.str() != "message") {
      unknown_key(at(key.source()), prefix, key.str(), {"title", "message"});
      continue;
    }
    (title ? has_title : has_message) = true;
    const auto* words = value.as_string();
    const std::size_t most = title ? kMaxTitle : kMaxMessage;
    const std::string name = prefix + std::string(key.str());
    if (words == nullptr) {
      add(at(value.source()), name, "", show(value), "a string");
    } else if (words->get().size() > most || (title && trim_lines(words->get()).empty())) {
      add(at(value.source()), name, "out of range", fmt::format("{} bytes", words->get().size()),
          fmt::format("{} to {} bytes", title ? 1 : 0, most));
    } else {
      (title ? text.text.title : text.text.message) = words->get();
    }
  }
  if (!has_title) add(at(node.source()), section, "the title is missing", "", "title = \"…\"");
  if (!has_message) add(at(node.source()), section, "the message is missing", "", "message = \"…\"");
  if (!text.text.title.empty()) group.texts.push_back(std::move(text));
}

void Reader::read_environment(const Environment& environment) {
  for (const auto& [variable, value] : environment) {
    const Position position{"environment variable " + variable, 0, 0};
    if (!is_utf8(value)) {
      add(position, "", "the value is no UTF-8");
      continue;
    }
    const auto rows = server_settings();
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&, &v = variable](const auto& r) { return environment_name(r.key) == v; });
    if (row != rows.end()) {
      take_server(*row, from_text(row->type, value),
                  {position, nullptr, fmt::format("\"{}\"", cut(value, 80))});
    } else if (variable.starts_with("UNDERSTUDY_GROUPS_")) {
      read_group_variable(variable, value);
    } else if (variable.starts_with("UNDERSTUDY_SERVER_") || variable.starts_with("UNDERSTUDY_ADMIN_") ||
               variable.starts_with("UNDERSTUDY_LOG_")) {
      std::vector<std::string> known;
      for (const auto& r : rows) known.push_back(environment_name(r.key));
      Problem& problem = add(position, "", "no such setting", "", "");
      problem.suggestion = nearest(variable, known).value_or("");
    }
  }
}

/// UNDERSTUDY_GROUPS_<NAME>_<KEY>: the key is matched from the end, the longest first; the name is
/// that of a group in the file where one fits, else a new group's, in lower case.
void Reader::read_group_variable(const std::string& variable, const std::string& value) {
  const Position position{"environment variable " + variable, 0, 0};
  const std::string rest = variable.substr(std::string_view("UNDERSTUDY_GROUPS_").size());
  if (read_group_text_variable(variable, rest, value)) return;
  const Setting<GroupConfig>* best = nullptr;
  std::string suffix;
  for (const auto& row : group_settings()) {
    const std::string candidate =
        environment_name(row.key).substr(std::string_view("UNDERSTUDY").size());  // "_CORS_ORIGINS"
    if (rest.size() > candidate.size() && rest.ends_with(candidate) && candidate.size() > suffix.size()) {
      best = &row;
      suffix = candidate;
    }
  }
  if (best == nullptr) {
    add(position, "", "no such setting of a group", "", "UNDERSTUDY_GROUPS_NAME_ID and the like");
    return;
  }
  const std::string shouted = rest.substr(0, rest.size() - suffix.size());
  std::string name = lower(shouted);
  for (const GroupConfig& group : result_.config.groups) {
    if (environment_name(group.name) == "UNDERSTUDY_" + shouted) name = group.name;
  }
  GroupConfig& group = group_named(name, position);
  Place place{position, nullptr, fmt::format("\"{}\"", cut(value, 80))};
  take(*best, "groups." + name + "." + std::string(best->key), from_text(best->type, value), place, group);
  group_places_[group_index_.at(name)].settings.emplace_back(best->key, std::move(place));
}

/// UNDERSTUDY_GROUPS_<NAME>_<REASON>_<LANGUAGE>_<TITLE or MESSAGE>, of a group in the file.
bool Reader::read_group_text_variable(const std::string& variable, const std::string& rest,
                                      const std::string& value) {
  const bool title = rest.ends_with("_TITLE");
  if (!title && !rest.ends_with("_MESSAGE")) return false;
  const std::string middle = rest.substr(0, rest.size() - (title ? 6 : 8));
  for (GroupConfig& group : result_.config.groups) {
    for (const model::Reason reason : model::kReasons) {
      const std::string prefix =
          environment_name(group.name + "." + std::string(to_text(reason)) + ".").substr(11);
      if (!middle.starts_with(prefix)) continue;
      std::string tag = lower(middle.substr(prefix.size()));
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
      (title ? found->text.title : found->text.message) = value;
      judge_text_variable(*found, variable, title);
      return true;
    }
  }
  add({"environment variable " + variable, 0, 0}, "", "no group of the file fits", "",
      "UNDERSTUDY_GROUPS_NAME_MAINTENANCE_EN_TITLE and the like");
  return true;
}

void Reader::judge_text_variable(const model::OwnText& text, const std::string& variable, bool title) {
  const std::string& value = title ? text.text.title : text.text.message;
  const std::size_t most = title ? kMaxTitle : kMaxMessage;
  const Position position{"environment variable " + variable, 0, 0};
  if (value.size() > most || (title && trim_lines(value).empty())) {
    add(position, "", "out of range", fmt::format("{} bytes", value.size()),
        fmt::format("{} to {} bytes", title ? 1 : 0, most));
  }
}

void Reader::judge_group(GroupConfig& group, const GroupPlaces& places) {
  const std::string prefix = "groups." + group.name + ".";
  const auto place_of_setting = [&](std::string_view key) {
    const Place* found = places.find(key);
    return found == nullptr ? Place{places.group, nullptr, ""} : *found;
  };
  if (places.find("id") == nullptr) {
    add(places.group, prefix + "id", "the group has no id", "", "id = \"UUID\" (uuidgen makes one)");
  }
  for (const std::string_view wide : {"*", "null"}) {
    const auto& origins = group.cors.origins;
    const auto found = std::find(origins.begin(), origins.end(), wide);
    if (!group.cors.credentials || found == origins.end()) continue;
    const Place place = place_of_setting("cors.origins");
    const toml::array* array = place.node == nullptr ? nullptr : place.node->as_array();
    const toml::node* element =
        array == nullptr ? nullptr : array->get(static_cast<std::size_t>(found - origins.begin()));
    add(element == nullptr ? place.position : at(element->source()), prefix + "cors.origins",
        fmt::format("\"{}\" together with credentials = true would let any page act as the signed-in user",
                    wide),
        fmt::format("\"{}\"", wide), "the origins by name, or credentials = false");
  }
  for (const model::OwnText& text : group.texts) {
    // From a variable alone may come, in a language that is not built in, a message without a title.
    if (!text.text.title.empty() || text.text.message.empty()) continue;
    add(places.group, prefix + std::string(to_text(text.reason)) + "." + text.tag, "the title is missing", "",
        "title = \"…\", or the environment variable that ends in _TITLE");
  }
  for (std::size_t i = 0; i < group.languages.size(); ++i) {
    const std::string& tag = group.languages[i];
    const bool own = std::any_of(group.texts.begin(), group.texts.end(),
                                 [&](const model::OwnText& text) { return iequals(text.tag, tag); });
    if (own || locales_.find(tag) != nullptr || !is_language_tag(tag)) continue;
    std::vector<std::string> known;
    for (const model::Locale& locale : locales_.all()) known.push_back(locale.tag);
    const Place place = place_of_setting("languages");
    const toml::array* array = place.node == nullptr ? nullptr : place.node->as_array();
    add(array == nullptr ? place.position : at(array->get(i)->source()), prefix + "languages",
        "no text is built in for this language and none is written here", fmt::format("\"{}\"", tag),
        fmt::format("[groups.{}.maintenance.{}] and the like, or another language", group.name, tag))
        .suggestion = nearest(tag, known).value_or("");
  }
}

void Reader::judge_groups() {
  std::unordered_map<std::string, std::size_t> ids;
  std::unordered_map<std::string, std::size_t> hosts;
  std::optional<std::size_t> default_group;
  const auto& groups = result_.config.groups;
  ids.reserve(groups.size());
  hosts.reserve(groups.size());
  const auto place = [&](std::size_t group, std::string_view key) -> Place {
    const Place* found = group_places_[group].find(key);
    return found == nullptr ? Place{group_places_[group].group, nullptr, ""} : *found;
  };
  const auto where = [&](std::size_t group, std::string_view key) {
    const Position position = place(group, key).position;
    return position.line == 0 ? position.file : fmt::format("line {}", position.line);
  };
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::string prefix = "groups." + groups[i].name + ".";
    const auto owner = [&](std::size_t other, std::string_view key) {
      return fmt::format("; group {} has this one already ({})", groups[other].name, where(other, key));
    };
    if (!groups[i].id.empty()) {
      const auto [first, fresh] = ids.emplace(groups[i].id, i);
      const Place written = place(i, "id");
      if (!fresh) {
        add(written.position, prefix + "id", "", written.found(),
            "a UUID of its own" + owner(first->second, "id"));
      }
    }
    for (std::size_t h = 0; h < groups[i].hosts.size(); ++h) {
      const auto [first, fresh] = hosts.emplace(groups[i].hosts[h], i);
      if (fresh) continue;
      const Place list = place(i, "hosts");
      const toml::array* array = list.node == nullptr ? nullptr : list.node->as_array();
      const Place written = array == nullptr ? list : place_of(*array->get(h));
      add(written.position, prefix + "hosts", "", written.found(),
          "a host of its own" + owner(first->second, "hosts"));
    }
    if (groups[i].is_default) {
      if (default_group) {
        add(place(i, "default").position, prefix + "default", "", "true",
            fmt::format("one default group at most; group {} is it already ({})", groups[*default_group].name,
                        where(*default_group, "default")));
      } else {
        default_group = i;
      }
    }
  }
  if (groups.empty()) {
    add({}, "groups", "there is no group: every request gets the neutral answer, without CORS", "",
        "[groups.NAME]")
        .severity = Severity::kWarning;
  }
}

void Reader::judge_server() {
  const ServerConfig& server = result_.config.server;
  const auto position = [&](const std::string& key) {
    const auto found = result_.positions.find(key);
    return found == result_.positions.end() ? Position{} : found->second;
  };
  const auto is_tls = [](const ListenAddress& address) { return address.kind == ListenAddress::Kind::kTls; };
  const bool wants_tls =
      std::any_of(server.listen.begin(), server.listen.end(), is_tls) ||
      std::any_of(result_.config.admin_listen.begin(), result_.config.admin_listen.end(), is_tls);
  for (const auto& [key, value] :
       {std::pair<std::string, std::string>("server.tls_certificate", server.tls_certificate),
        std::pair<std::string, std::string>("server.tls_key", server.tls_key)}) {
    if (wants_tls && value.empty()) {
      add(position("server.listen"), key, "a \"tls:\" listener needs it", "", "the path of a PEM file");
    }
  }
}

}  // namespace

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
