#pragma once

// How reader.cc, reader_variables.cc and reader_rules.cc share the work; for them alone.

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "config/reader.h"
#include "config/settings.h"

namespace understudy::config {

using Variable = Environment::value_type;

/// Where something stands: in the file or in a variable. Points into both, so that what is fine costs
/// nothing.
struct Place {
  toml::source_position source{};
  const toml::node* node = nullptr;    ///< the value, where it is one of the file
  const Variable* variable = nullptr;  ///< where it comes from the environment
};

/// What stands there, short enough for a line.
[[nodiscard]] std::string show(const toml::node& node);
[[nodiscard]] std::string found_at(const Place& place);

[[nodiscard]] inline Place place_of(const toml::node& node) { return {node.source().begin, &node, nullptr}; }
[[nodiscard]] inline Place place_of(const toml::key& key) { return {key.source().begin, nullptr, nullptr}; }

/// The beginning of keys in problems: "groups.shop." put together only where there is a problem.
struct Path {
  std::string_view kind = {};  ///< "groups", "webhooks"; empty: the key stands for itself
  std::string_view name = {};

  [[nodiscard]] std::string key(std::string_view key) const;
};

/// Where a group or webhook is written, to judge it as a whole.
struct Source {
  Place place;
  const toml::table* table = nullptr;                         ///< null: made by variables alone
  std::vector<std::pair<std::string_view, Place>> variables;  ///< settings that they override

  /// None: the setting is not given. `key` may be one of a table within: "cors.origins".
  [[nodiscard]] std::optional<Place> find(std::string_view key) const;
  /// The setting's place, else the whole's.
  [[nodiscard]] Place at(std::string_view key) const { return find(key).value_or(place); }
};

/// The element of a list that a place holds; the place itself where it is none of the file.
[[nodiscard]] Place element_at(const Place& list, std::size_t element);

[[nodiscard]] std::optional<Value> from_node(Type type, const toml::node& node);

template <typename Target>
[[nodiscard]] const Setting<Target>* find_row(std::span<const Setting<Target>> rows, std::string_view key) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.key == key; });
  return row == rows.end() ? nullptr : &*row;
}

/// Goes once through the file and then through the variables, noting problems as it goes.
class Reader {
 public:
  Reader(std::string file, const model::Locales& locales) : file_(std::move(file)), locales_(locales) {}

  /// Once. `text` and `environment` must live until it returns.
  ReadResult read(std::string_view text, const Environment& environment);

 private:
  // The file: reader.cc.
  void read_top(const toml::table& root);
  void read_section(const std::string& section, const toml::node& node);
  void read_groups(const toml::node& node);
  void read_group(std::string_view name, const toml::table& table, const Place& place);
  void read_group_table(const Path& path, std::string_view name, const toml::node& node, GroupConfig& group);
  void read_texts(const Path& path, model::Reason reason, const toml::node& node, GroupConfig& group);
  void read_text(const std::string& section, model::OwnText& text, const toml::node& node);
  /// [KIND.NAME] tables, in the file's order.
  template <typename Target>
  void read_items(const toml::node& node, std::string_view kind, std::span<const Setting<Target>> rows,
                  std::vector<Target>& items, std::vector<Source>& sources);
  GroupConfig& add_group(std::string_view name, const Place& place);
  template <typename Target>
  Target& add_item(std::string_view kind, std::span<const Setting<Target>> rows, std::vector<Target>& items,
                   std::vector<Source>& sources, std::string_view name, const Place& place);

  template <typename Target>
  void take(const Setting<Target>& setting, const Path& path, std::optional<Value> value, const Place& place,
            Target& target);
  void take_server(const Setting<Config>& setting, std::optional<Value> value, const Place& place);

  // The environment: reader_variables.cc.
  void read_environment(const Environment& environment);
  void read_variable(const Variable& variable);
  template <typename Target, typename Add>
  void read_named_variable(const Variable& variable, std::string_view kind,
                           std::span<const Setting<Target>> rows, std::vector<Target>& items,
                           std::vector<Source>& sources, Add add_item);
  bool read_text_variable(const Variable& variable);
  bool read_text_variable(const Variable& variable, GroupConfig& group, std::string_view part);

  // What single settings can't say: reader_rules.cc.
  void judge_group(std::size_t index);
  void judge_groups();
  void judge_ids_and_hosts();
  void judge_webhook(std::size_t index);
  void judge_secret(WebhookConfig& webhook, const Source& source);
  void judge_secret_file(WebhookConfig& webhook, const Source& source);
  void judge_group_names(const std::vector<std::string>& names, const Source& source, const Path& path);
  void judge_server();

  // reader_proxies.cc.
  void judge_proxies();
  void judge_proxy(std::size_t index);
  void judge_servers(const ProxyConfig& proxy, const Source& source);
  void judge_told_files(std::size_t index);
  [[nodiscard]] std::string describe_owner(std::size_t group, std::string_view key) const;

  Problem& add(const Place& place, std::string key, std::string message, std::string found = "",
               std::string expected = "");
  void unknown_key(const Place& place, const std::string& prefix, std::string_view key,
                   const std::vector<std::string>& known);
  void reserved(const Place& place, std::string key);
  [[nodiscard]] Position position_of(const Place& place) const;

  const std::string file_;
  const model::Locales& locales_;
  ReadResult result_;
  std::vector<Source> group_sources_;    ///< by the index of the group
  std::vector<Source> webhook_sources_;  ///< by the index of the webhook
  std::vector<Source> proxy_sources_;    ///< by the index of the proxy
};

}  // namespace understudy::config
