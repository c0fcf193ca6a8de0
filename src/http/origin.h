#pragma once

#include <optional>
#include <string_view>

namespace understudy::http {

/// A serialised origin taken apart (RFC 6454 section 6.2): scheme "://" host [ ":" port ].
struct OriginParts {
  std::string_view scheme;
  std::string_view host;  ///< an IPv6 address with its brackets
  std::string_view port;  ///< empty where none was written
};

/// None for what no browser sends: `null`, a path, user information, a list, other characters.
/// Case is left as it came: browsers send lower case, so upper case never matches a policy.
[[nodiscard]] std::optional<OriginParts> parse_origin(std::string_view text);

/// A Host header's value without its port: "api.shop.example", "[::1]".
[[nodiscard]] std::string_view host_without_port(std::string_view host);

/// Whether `port` is what the scheme means anyway: 80 for http, 443 for https.
[[nodiscard]] bool is_default_port(std::string_view scheme, std::string_view port);

}  // namespace understudy::http
