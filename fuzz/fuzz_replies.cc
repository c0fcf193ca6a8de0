// What HAProxy, or whoever listens in its place, says on its stats socket.
#include <string>

#include "base/text.h"
#include "fuzz/check.h"
#include "tell/replies.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  const std::string_view reply = understudy::fuzz::to_text(data, size);
  const auto is_line = [](const std::string& words) { return !understudy::fuzz::has_control(words); };
  const auto inside = [&](std::string_view part) {
    return part.data() >= reply.data() && part.data() + part.size() <= reply.data() + reply.size();
  };
  if (const auto complaint = understudy::tell::complaint_in(reply, 2)) {
    require(!complaint->empty() && is_line(*complaint), "a complaint is one line of words");
  } else {
    require(understudy::trim_lines(reply).empty() && reply.size() >= 2, "silence alone is a success");
  }
  const auto entries = understudy::tell::read_map(reply);
  require(entries || is_line(entries.error().message), "an error is one line");
  if (entries) {
    require(reply.ends_with('\n'), "no map is taken that was cut off");
    for (const auto& entry : *entries) {
      require(!entry.key.empty() && inside(entry.key), "a key is a part of the reply");
      require(entry.key.find_first_of(" \n") == std::string_view::npos, "a key is one word");
    }
  }
  const auto servers = understudy::tell::read_servers(reply);
  require(servers || is_line(servers.error().message), "an error is one line");
  if (!servers) return 0;
  for (const auto& server : *servers) {
    require(!server.backend.empty() && !server.server.empty(), "a server has a name");
    require(inside(server.backend) && inside(server.server), "names are parts of the reply");
  }
  return 0;
}
