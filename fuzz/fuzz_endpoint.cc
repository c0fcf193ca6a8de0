// Addresses of servers, as operators and configurations write them.
#include <string>

#include "fuzz/check.h"
#include "net/endpoint.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  using Kind = understudy::net::Endpoint::Kind;
  const std::string_view text = understudy::fuzz::to_text(data, size);
  const auto endpoint = understudy::net::parse_endpoint(text);
  if (!endpoint) {
    require(!endpoint.error().message.empty(), "an error says what was wrong");
    require(!understudy::fuzz::has_control(endpoint.error().message), "an error is fit for a terminal");
    return 0;
  }
  const bool socket = endpoint->kind == Kind::kUnix;
  require(socket == !endpoint->path.empty(), "a Unix socket, and it alone, has a path");
  require(!socket || (endpoint->path.front() == '/' && endpoint->path.size() < 108),
          "a path is absolute and fits into an address");
  require(socket == endpoint->host.empty() && socket == (endpoint->port == 0),
          "everything else has a host and a port");
  if (socket) return 0;
  for (const std::string& part : {endpoint->host, endpoint->base, understudy::net::host_header(*endpoint)}) {
    require(!understudy::fuzz::has_control(part) && part.find(' ') == std::string::npos,
            "nothing breaks a request line or a header");
  }
  require(endpoint->base.empty() || endpoint->base.front() == '/', "a base is a path");
  const auto again = understudy::net::parse_endpoint(understudy::net::to_text(*endpoint));
  require(again.has_value() && *again == *endpoint, "what is written is what was read");
  return 0;
}
