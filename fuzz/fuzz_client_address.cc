// X-Forwarded-For: whose request it is behind trusted proxies.
#include <string>

#include "answer/client_address.h"
#include "base/text.h"
#include "fuzz/check.h"

namespace understudy::fuzz {
namespace {

model::Snapshot snapshot() {
  model::Snapshot made;
  for (const std::string_view text : {"127.0.0.0/8", "10.0.0.0/8", "2001:db8:1::/48"})
    made.trusted_proxies.push_back(*model::parse_network(text));
  return made;
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  namespace answer = understudy::answer;
  static const understudy::model::Snapshot kSnapshot = understudy::fuzz::snapshot();
  const std::string_view list = understudy::fuzz::to_text(data, size);
  understudy::http::Peer peer;
  peer.address = *answer::parse_address("192.0.2.1");
  require(answer::client_address(peer, list, kSnapshot) == peer.address,
          "a stranger's word counts for nothing");
  peer.address = *answer::parse_address("127.0.0.1");
  const auto client = answer::client_address(peer, list, kSnapshot);
  if (!client) return 0;
  const std::string text = answer::to_text(*client);
  require(answer::parse_address(text) == client, "an address is read as it was written");
  // Whatever stands further left, an entry that is no trusted proxy's is the client's.
  const std::string longer = std::string("198.51.100.1, ") + std::string(list);
  const auto behind_more = answer::client_address(peer, longer, kSnapshot);
  const bool settled = !kSnapshot.trusts(*client);
  require(!settled || behind_more == client, "what a client writes itself changes nothing");
  if (const auto address = answer::parse_address(list)) {
    require(answer::parse_address(answer::to_text(*address)) == address, "and so for one address");
  }
  return 0;
}
