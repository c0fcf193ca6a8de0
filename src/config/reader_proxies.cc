// What is judged of [proxies.NAME] once everything is read.

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/text.h"
#include "config/toml_reader.h"
#include "model/reason.h"

namespace understudy::config {
namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::filesystem::path plain(const std::string& path) {
  const auto normal = std::filesystem::path(path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

}  // namespace

void Reader::judge_proxies() {
  for (std::size_t i = 0; i < result_.config.proxies.size(); ++i) judge_proxy(i);
}

void Reader::judge_proxy(std::size_t index) {
  const ProxyConfig& proxy = result_.config.proxies[index];
  const Source& source = proxy_sources_[index];
  const Path path{"proxies", proxy.name};
  const bool says_something = source.find("map_file") || source.find("servers") || source.find("flag_folder");
  if (!says_something && source.find("runtime")) {
    add(source.at("runtime"), path.key("runtime"), "there is nothing to say over it", "",
        "map_file or servers beside it");
  } else if (!says_something) {
    add(source.place, fmt::format("proxies.{}", proxy.name), "the proxy is told nothing", "",
        "map_file, flag_folder, or servers with runtime");
  }
  if (!proxy.servers.empty() && !source.find("runtime")) {
    add(source.at("servers"), path.key("servers"), "there is no stats socket to tell it over", "",
        "runtime = [\"unix:/run/haproxy/admin.sock\"] beside it");
  }
  for (std::size_t i = 0; i < proxy.runtime.size(); ++i) {
    const auto same = [&](const ListenAddress& other) { return other.text == proxy.runtime[i].text; };
    const auto& proxies = result_.config.proxies;
    const auto this_one = proxies.begin() + static_cast<std::ptrdiff_t>(index);
    const auto other = std::find_if(proxies.begin(), this_one, [&](const ProxyConfig& before) {
      return std::any_of(before.runtime.begin(), before.runtime.end(), same);
    });
    const auto end = proxy.runtime.begin() + static_cast<std::ptrdiff_t>(i);
    if (other == this_one && std::none_of(proxy.runtime.begin(), end, same)) continue;
    add(element_at(source.at("runtime"), i), path.key("runtime"),
        other == this_one ? "this address is there already"
                          : fmt::format("proxies.{} has this address already", other->name),
        fmt::format("\"{}\"", proxy.runtime[i].text), "each address once");
  }
  if (!proxy.servers.empty() && result_.config.store_path == kMemoryStore) {
    add(source.at("servers"), path.key("servers"),
        "store.path is \"memory\": servers that are out when understudy ends stay out, for nobody knows then "
        "who took them out",
        "", "store.path = \"/var/lib/understudy/state.db\"")
        .severity = Severity::kWarning;
  }
  judge_group_names(proxy.groups, source, path);
  judge_servers(proxy, source);
  judge_told_files(index);
}

void Reader::judge_servers(const ProxyConfig& proxy, const Source& source) {
  const std::string key = Path{"proxies", proxy.name}.key("servers");
  std::vector<std::string> known;
  for (const GroupConfig& group : result_.config.groups) known.push_back(group.name);
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < proxy.servers.size(); ++i) {
    std::string_view server = proxy.servers[i];
    const std::string_view group = take_until(server, ' ');
    if (server.empty()) continue;  // told by the row's own check
    const Place place = element_at(source.at("servers"), i);
    if (!contains(known, group)) {
      add(place, key, "there is no such group", fmt::format("\"{}\"", cut(group, 80)), "the name of a group")
          .suggestion = nearest(group, known).value_or("");
    } else if (!proxy.groups.empty() && !contains(proxy.groups, group)) {
      add(place, key, "this proxy is not told of that group", fmt::format("\"{}\"", group),
          "a group that stands in its groups");
    }
    if (contains(seen, server)) {
      add(place, key, "this server is there already", fmt::format("\"{}\"", cut(server, 80)),
          "each server once: it follows one group");
    }
    seen.emplace_back(server);
  }
}

/// Two writers would undo each other's work; and what understudy itself goes by must not be what it writes:
/// the first maintenance would never end.
void Reader::judge_told_files(std::size_t index) {
  const auto& proxies = result_.config.proxies;
  const ProxyConfig& proxy = proxies[index];
  const Source& source = proxy_sources_[index];
  const Path path{"proxies", proxy.name};
  const auto judge = [&](std::string_view key, const std::string ProxyConfig::*member) {
    if ((proxy.*member).empty()) return;
    const auto same = [&](const ProxyConfig& other) {
      return !(other.*member).empty() && plain(other.*member) == plain(proxy.*member);
    };
    const auto end = proxies.begin() + static_cast<std::ptrdiff_t>(index);
    const auto other = std::find_if(proxies.begin(), end, same);
    if (other == end) return;
    add(source.at(key), path.key(key), fmt::format("proxies.{} has this one already", other->name),
        fmt::format("\"{}\"", cut(proxy.*member, 80)),
        "one of its own; several HAProxys with one map are one proxy with several runtime addresses");
  };
  judge("map_file", &ProxyConfig::map_file);
  judge("flag_folder", &ProxyConfig::flag_folder);
  if (proxy.flag_folder.empty()) return;
  for (const GroupConfig& group : result_.config.groups) {
    const auto flag = plain(group.flag_file);
    if (group.flag_file.empty() || flag.parent_path() != plain(proxy.flag_folder)) continue;
    const std::string extension = flag.extension().string();
    if (extension != ".maintenance" && extension != ".read-only") continue;
    add(source.at("flag_folder"), path.key("flag_folder"),
        fmt::format("groups.{}.flag_file is one that is written here: the group would never open again",
                    group.name),
        fmt::format("\"{}\"", cut(proxy.flag_folder, 80)), "a folder without flag files that groups go by");
  }
}

}  // namespace understudy::config
