#include "http/origin.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "base/text.h"

namespace understudy::http {
namespace {

constexpr std::size_t kMaxOrigin = 512;  // a host name has 253 characters at most

bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

bool is_host_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '*';
  });
}

bool is_ipv6_literal(std::string_view text) {
  return text.size() > 3 && text.starts_with('[') && text.ends_with(']') &&
         text.find_first_not_of("0123456789abcdefABCDEF:.", 1) == text.size() - 1;
}

bool is_port(std::string_view text) {
  if (text == "*") return true;
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && text.size() <= 5 && port >= 1 &&
         port <= 65535;
}

}  // namespace

std::optional<OriginParts> parse_origin(std::string_view text) {
  if (text.size() > kMaxOrigin) return std::nullopt;
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  OriginParts parts{text.substr(0, scheme_end), text.substr(scheme_end + 3), {}};
  const auto colon = parts.host.rfind(':');
  if (colon != std::string_view::npos && !parts.host.ends_with(']')) {
    parts.port = parts.host.substr(colon + 1);
    parts.host = parts.host.substr(0, colon);
    if (!is_port(parts.port)) return std::nullopt;
  }
  if (!is_scheme(parts.scheme)) return std::nullopt;
  if (!is_host_name(parts.host) && !is_ipv6_literal(parts.host)) return std::nullopt;
  return parts;
}

std::string_view host_without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  std::string_view name = host.substr(0, host.find(':'));
  if (name.ends_with('.'))
    name.remove_suffix(1);  // the absolute form of the same name (RFC 1034 section 3.1)
  return name;
}

bool is_default_port(std::string_view scheme, std::string_view port) {
  return (scheme == "http" && port == "80") || (scheme == "https" && port == "443");
}

}  // namespace understudy::http
