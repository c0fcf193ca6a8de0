#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/endpoint.h"

namespace understudy::app::doctor {

/// An http or https address as a browser keeps it (URL standard), without its fragment.
struct Url {
  std::string scheme;        ///< "http" or "https"
  std::string host;          ///< lower case; an IPv6 address without brackets
  std::uint16_t port = 0;    ///< the scheme's own where none was written
  std::string target = "/";  ///< path and query, percent-encoded; begins with a slash
  bool user = false;         ///< a user or a password stood in it
  friend bool operator==(const Url&, const Url&) = default;
};

/// Reads an absolute address. Errors say what is wrong with it.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

/// A Location header's address, seen from where it came: absolute, "//host/x", "/x", "x", "?x" or "../x".
[[nodiscard]] Result<Url> resolve(const Url& base, std::string_view location);

[[nodiscard]] std::string to_text(const Url& url);
/// "https://api.shop.example:8443", as browsers write origins.
[[nodiscard]] std::string origin_of(const Url& url);
/// Where to connect to; the target is not in it.
[[nodiscard]] net::Endpoint endpoint_of(const Url& url);

}  // namespace understudy::app::doctor
