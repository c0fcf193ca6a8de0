#include "tell/runtime.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "tell/replies.h"

namespace understudy::tell {
namespace {

/// HAProxy takes a line of tune.bufsize, 16,384 by default.
constexpr std::size_t kMostLine = 8000;
constexpr std::string_view kNoBackend = "Can't find backend.";

Trouble unreachable(const Error& error) { return {Trouble::Kind::kUnreachable, error.message}; }
Trouble refused(std::string_view command, std::string_view words) {
  return {Trouble::Kind::kRefused, fmt::format("{}: {}", command, words)};
}

/// "shop app/app1"
struct Server {
  std::string_view group;
  std::string_view name;  ///< "app/app1"
};
Server parse_server(std::string_view text) {
  const std::string_view group = take_until(text, ' ');
  return {group, text};
}

bool is_in_maintenance(const Stands& stands, std::string_view group) {
  const auto found = stands.find(group);
  return found != stands.end() && found->second.mode == model::Mode::kMaintenance;
}

}  // namespace

Runtime::Runtime(Ask ask, ListenAddress address, std::string memory)
    : ask_(std::move(ask)), address_(std::move(address)), memory_(std::move(memory)) {}

Outcome Runtime::bring(const config::ProxyConfig& proxy, const Stands& stands) {
  if (map_ != proxy.map_file) {
    // Once, as far as it can be done: nobody sees to the old one any more.
    if (!map_.empty()) static_cast<void>(bring_map(map_, {}));
    map_ = proxy.map_file;
  }
  Outcome map = map_.empty() ? Outcome() : bring_map(map_, stands);
  if (map && map->kind == Trouble::Kind::kUnreachable) return map;
  // A map that HAProxy doesn't know is no reason to leave the servers in.
  Outcome servers = bring_servers(proxy.servers, stands);
  return map ? map : servers;
}

Outcome Runtime::bring_map(const std::string& map, const Stands& stands) {
  const std::string command = fmt::format("show map {}", map);
  const auto reply = ask_(address_, command);
  if (!reply) return unreachable(reply.error());
  const auto entries = read_map(*reply);
  if (!entries) return refused(command, entries.error().message);
  std::set<std::string_view> present;
  std::set<std::string_view> wrong;
  for (const MapEntry& entry : *entries) {
    present.insert(entry.key);
    const auto stand = stands.find(entry.key);
    if (stand == stands.end() || entry.value != to_text(stand->second.mode)) wrong.insert(entry.key);
  }
  std::vector<std::string> commands;
  for (const auto& [group, stand] : stands) {
    const bool there = present.contains(group);
    if (there && !wrong.contains(group)) continue;
    commands.push_back(
        fmt::format("{} map {} {} {}", there ? "set" : "add", map, group, to_text(stand.mode)));
  }
  for (const std::string_view key : wrong) {
    if (!stands.contains(key)) commands.push_back(fmt::format("del map {} {}", map, key));
  }
  return send(commands);
}

Outcome Runtime::send(const std::vector<std::string>& commands) {
  for (std::size_t i = 0; i < commands.size();) {
    const std::size_t first = i;
    std::string line = commands[i++];
    while (i < commands.size() && line.size() + 2 + commands[i].size() <= kMostLine)
      line += "; " + commands[i++];
    const auto reply = ask_(address_, line);
    if (!reply) return unreachable(reply.error());
    const auto complaint = complaint_in(*reply, i - first);
    if (!complaint) continue;
    const std::size_t more = i - first - 1;
    return refused(commands[first] + (more == 0 ? "" : fmt::format(" and {} more", more)), *complaint);
  }
  return {};
}

/// The administrative states of these servers' backends, by "BACKEND/SERVER".
Result<std::map<std::string, unsigned>> Runtime::look_at(const std::vector<std::string>& servers,
                                                         const std::vector<std::string>& configured,
                                                         Outcome& trouble) {
  std::set<std::string_view> backends;
  for (const std::string_view server : servers) backends.insert(server.substr(0, server.find('/')));
  std::map<std::string, unsigned> states;
  for (const std::string_view backend : backends) {
    const std::string command = fmt::format("show servers state {}", backend);
    const auto reply = ask_(address_, command);
    if (!reply) {
      trouble = unreachable(reply.error());
      return reply.error();
    }
    const auto lines = read_servers(*reply);
    if (!lines) {
      // Taken out of HAProxy's configuration, and from here as well.
      const bool wanted = std::any_of(configured.begin(), configured.end(), [&](const std::string& text) {
        return parse_server(text).name.starts_with(fmt::format("{}/", backend));
      });
      if (!wanted && lines.error().message == kNoBackend) continue;
      trouble = refused(command, lines.error().message);
      continue;  // of the others something can be known
    }
    for (const ServerLine& line : *lines)
      states[fmt::format("{}/{}", line.backend, line.server)] = line.admin;
  }
  return {boost::system::in_place_value, std::move(states)};
}

Outcome Runtime::bring_servers(const std::vector<std::string>& servers, const Stands& stands) {
  std::map<std::string_view, bool> out;  // whether each is to be out
  for (const std::string& text : servers) {
    const Server server = parse_server(text);
    out[server.name] = is_in_maintenance(stands, server.group);
  }
  for (const auto& [server, admin] : memory_.servers()) out.try_emplace(server, false);
  std::vector<std::string> names;
  for (const auto& [server, is_out] : out) names.emplace_back(server);
  Outcome trouble;
  const auto states = look_at(names, servers, trouble);
  if (!states) return trouble;

  ServerMemory::Servers taken = memory_.servers();  // with what is about to be taken out
  std::vector<std::string> given_back;
  std::vector<std::string> commands;
  const auto set = [&](const std::string& server, std::string_view state) {
    commands.push_back(fmt::format("set server {} state {}", server, state));
  };
  for (const std::string& name : names) {
    const bool is_out = out[name];
    const auto state = states->find(name);
    if (state == states->end()) {
      // One that was taken out once and is nobody's now, neither here nor in HAProxy, is forgotten.
      const bool configured = std::any_of(servers.begin(), servers.end(), [&](const std::string& text) {
        return parse_server(text).name == name;
      });
      if (!configured && !trouble) given_back.push_back(name);
      if (configured && !trouble)
        trouble = refused(fmt::format("server {}", name), "HAProxy has no such server");
      continue;
    }
    const unsigned admin = state->second;
    const bool in_maint = (admin & kForcedMaint) != 0;
    const auto mine = taken.find(name);
    if (is_out && !in_maint) {
      // After a restart of HAProxy, or of what an operator did meanwhile, it is taken out once more.
      taken.insert_or_assign(name, admin);
      set(name, "maint");
    } else if (!is_out && mine != taken.end()) {
      // Disabled in HAProxy's configuration since: not by understudy.
      const bool disabled_since = (admin & kConfiguredMaint) != 0 && (mine->second & kConfiguredMaint) == 0;
      if (in_maint && !disabled_since) set(name, (mine->second & kForcedDrain) != 0 ? "drain" : "ready");
      given_back.push_back(name);
    }
  }
  // Noted before it is done: whatever happens between leaves nothing out that nobody would give back.
  const auto noted = memory_.keep(taken);
  if (Outcome sent = send(commands); sent) return sent;
  for (const std::string& server : given_back) taken.erase(server);
  const auto forgotten = memory_.keep(std::move(taken));
  if (!noted) return Trouble{Trouble::Kind::kRefused, noted.error().message};
  if (!forgotten) return Trouble{Trouble::Kind::kRefused, forgotten.error().message};
  return trouble;
}

}  // namespace understudy::tell
