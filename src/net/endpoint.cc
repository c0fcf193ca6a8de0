#include "net/endpoint.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/listen_address.h"
#include "base/text.h"

namespace understudy::net {
namespace {

constexpr std::string_view kExpected = "expected unix:/PATH, http://HOST:PORT or https://HOST:PORT";
/// sockaddr_un holds 108 bytes, one of them the end.
constexpr std::size_t kMaxPath = 107;
constexpr std::size_t kMaxText = 2048;
constexpr std::size_t kMaxHost = 253;

Error wrong(std::string_view text, std::string_view why) {
  return Error{fmt::format("\"{}\" is no address: {}", printable(cut(text, 200)), why)};
}

std::uint16_t own_port(Endpoint::Kind kind) { return kind == Endpoint::Kind::kHttps ? 443 : 80; }

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHost && host.front() != '.' && host.front() != '-' &&
         host.find("..") == std::string_view::npos && std::all_of(host.begin(), host.end(), [](char c) {
           return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
         });
}

Result<Endpoint> parse_unix(std::string_view text, std::string_view path) {
  if (!path.starts_with('/')) return wrong(text, "the path of a Unix socket begins with a slash");
  if (path.size() > kMaxPath) return wrong(text, "the path of a Unix socket has 107 bytes at most");
  Endpoint endpoint;
  endpoint.path = path;
  return endpoint;
}

/// "", ":8504"
bool take_port(std::string_view digits, Endpoint& endpoint) {
  endpoint.port = own_port(endpoint.kind);
  if (digits.empty()) return true;
  digits.remove_prefix(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  return error == std::errc{} && end == digits.data() + digits.size() && endpoint.port != 0;
}

Result<Endpoint> parse_authority(std::string_view text, std::string_view authority, Endpoint endpoint) {
  if (authority.find('@') != std::string_view::npos)
    return wrong(text, "a user or a password does not belong there");
  std::string_view host = authority;
  std::string_view port;
  const bool bracketed = authority.starts_with('[');
  const auto host_end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && host_end == std::string_view::npos) return wrong(text, "the bracket is not closed");
  if (host_end != std::string_view::npos) {
    port = authority.substr(host_end + (bracketed ? 1 : 0));
    host = bracketed ? authority.substr(1, host_end - 1) : authority.substr(0, host_end);
  }
  if (host.empty()) return wrong(text, "the host is missing");
  const bool fits =
      bracketed ? host.find(':') != std::string_view::npos && is_ip_address(host) : is_host_name(host);
  if (!fits) return wrong(text, bracketed ? "no IPv6 address stands in the brackets" : "no such host can be");
  if (!port.empty() && !port.starts_with(':')) return wrong(text, "a colon and a port go behind the bracket");
  if (!take_port(port, endpoint)) return wrong(text, "the port is a number from 1 to 65535");
  endpoint.host = host;
  return endpoint;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (text.empty()) return Error{fmt::format("the address is empty: {}", kExpected)};
  if (text.size() > kMaxText) return wrong(text, "it is longer than 2048 bytes");
  const bool odd = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7F;
  });
  if (text.starts_with("unix:")) {
    if (text.find('\0') != std::string_view::npos) return wrong(text, "a NUL can't be in a path");
    return parse_unix(text, text.substr(5));
  }
  if (odd) return wrong(text, "blanks, control characters and letters beyond ASCII can't be in it");
  Endpoint endpoint;
  const std::string scheme = lower(text.substr(0, text.find("://")));
  if (text.find("://") == std::string_view::npos || (scheme != "http" && scheme != "https"))
    return wrong(text, kExpected);
  endpoint.kind = scheme == "http" ? Endpoint::Kind::kHttp : Endpoint::Kind::kHttps;
  std::string_view rest = text.substr(scheme.size() + 3);
  if (rest.find('#') != std::string_view::npos) return wrong(text, "a fragment (#) does not belong there");
  const auto slash = rest.find_first_of("/?");
  if (slash != std::string_view::npos) {
    endpoint.base = rest.substr(slash);
    if (endpoint.base.starts_with('?')) endpoint.base.insert(0, "/");
    if (endpoint.base.find('?') == std::string::npos) {
      while (endpoint.base.ends_with('/')) endpoint.base.pop_back();
    }
    rest = rest.substr(0, slash);
  }
  return parse_authority(text, rest, std::move(endpoint));
}

std::string host_header(const Endpoint& endpoint) {
  if (endpoint.kind == Endpoint::Kind::kUnix) return "localhost";
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  std::string out = v6 ? fmt::format("[{}]", endpoint.host) : endpoint.host;
  if (endpoint.port != own_port(endpoint.kind)) out += fmt::format(":{}", endpoint.port);
  return out;
}

std::string to_text(const Endpoint& endpoint) {
  switch (endpoint.kind) {
    case Endpoint::Kind::kUnix:
      return fmt::format("unix:{}", endpoint.path);
    case Endpoint::Kind::kHttp:
      return fmt::format("http://{}{}", host_header(endpoint), endpoint.base);
    case Endpoint::Kind::kHttps:
      return fmt::format("https://{}{}", host_header(endpoint), endpoint.base);
  }
  return {};
}

}  // namespace understudy::net
