// PROXY protocol headers, versions 1 and 2, as whoever connects to such a listener may send them.
#include <string>

#include "fuzz/check.h"
#include "http/proxy_header.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  using understudy::http::parse_proxy_header;
  using State = understudy::http::ProxyHeader::State;
  const std::string_view bytes = understudy::fuzz::to_text(data, size);
  const auto header = parse_proxy_header(bytes);
  require(header.state == State::kMore || size > 0, "nothing is not yet wrong");
  if (header.state == State::kMore) {
    require(size < understudy::http::kMostProxyHeader, "what is waited for is bounded");
    return 0;
  }
  if (header.state == State::kRefused) {
    require(parse_proxy_header(std::string(bytes) + "x").state == State::kRefused,
            "what is wrong stays wrong");
    return 0;
  }
  require(header.size > 0 && header.size <= size && header.size <= understudy::http::kMostProxyHeader,
          "a header is as long as it says");
  require(!header.source || !header.source->unix_socket, "nobody becomes a Unix socket's peer");
  const auto exact = parse_proxy_header(bytes.substr(0, header.size));
  require(exact.state == State::kDone && exact.size == header.size, "what follows makes no difference");
  for (std::size_t cut = 0; cut < header.size; ++cut)
    require(parse_proxy_header(bytes.substr(0, cut)).state == State::kMore, "a part is a part");
  return 0;
}
