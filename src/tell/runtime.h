#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/listen_address.h"
#include "base/result.h"
#include "config/config.h"
#include "tell/server_memory.h"
#include "tell/stand.h"

namespace understudy::tell {

/// Sends a line to a stats socket and returns the whole reply; an error: nobody answers there. Blocking, for
/// a few seconds at most. Called from several threads at once.
using Ask = std::function<Result<std::string>(const ListenAddress& address, const std::string& line)>;

/// One HAProxy over its stats socket: looks how it stands and changes what differs, so that it makes no
/// difference whether HAProxy has just started, has been told before, or was changed by hand.
/// Threads: one owner.
class Runtime {
 public:
  /// `memory`: the file of ServerMemory, or empty.
  Runtime(Ask ask, ListenAddress address, std::string memory);

  /// Makes the map and the servers stand as `stands` says. Groups that are not told leave the map; servers
  /// that are not `proxy`'s are given back.
  [[nodiscard]] Outcome bring(const config::ProxyConfig& proxy, const Stands& stands);

 private:
  [[nodiscard]] Outcome bring_map(const std::string& map, const Stands& stands);
  [[nodiscard]] Outcome bring_servers(const std::vector<std::string>& servers, const Stands& stands);
  /// Silent commands, as many on a line as HAProxy takes.
  [[nodiscard]] Outcome send(const std::vector<std::string>& commands);
  [[nodiscard]] Result<std::map<std::string, unsigned>> look_at(const std::vector<std::string>& servers,
                                                                const std::vector<std::string>& configured,
                                                                Outcome& trouble);

  const Ask ask_;
  const ListenAddress address_;
  ServerMemory memory_;
  std::string map_;  ///< the last one told, to be emptied where another takes its place
};

}  // namespace understudy::tell
