#include "answer/identify.h"

#include "base/text.h"
#include "http/origin.h"

namespace understudy::answer {

bool is_trusted(const http::Peer& peer, const model::Snapshot& snapshot) {
  return peer.unix_socket || snapshot.trusts(peer.address);
}

std::size_t identify(std::string_view group, std::string_view host, const model::Snapshot& snapshot) {
  const model::GroupTable& table = *snapshot.table;
  if (!group.empty()) {
    const std::size_t named = table.find(group);
    if (named != model::GroupTable::kNone) return named;
  }
  const std::size_t hosted = table.find_host(http::host_without_port(host));
  return hosted != model::GroupTable::kNone ? hosted : table.default_group();
}

std::size_t identify(const http::Request& request, const model::Snapshot& snapshot) {
  std::string_view host = request.host;
  if (!request.forwarded_host.empty() && is_trusted(request.peer, snapshot)) {
    // A chain of proxies makes a list; the first one is what the client asked for.
    host = trim(request.forwarded_host.substr(0, request.forwarded_host.find(',')));
  }
  return identify(request.group, host, snapshot);
}

}  // namespace understudy::answer
