#include "app/doctor/url.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace understudy::app::doctor {
namespace {

constexpr std::size_t kMaxText = 8192;

/// Without blanks and control characters at both ends, and without line ends and tabs anywhere.
std::string cleaned(std::string_view text) {
  const auto is_edge = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_edge(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_edge(text.back())) text.remove_suffix(1);
  std::string out;
  for (const char c : text) {
    if (c != '\t' && c != '\n' && c != '\r') out += c;
  }
  return out;
}

/// "https" of "https://…"; empty where the address is relative.
std::string scheme_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_alpha(text.front())) return {};
  const std::string_view name = text.substr(0, colon);
  const bool fits = std::all_of(name.begin(), name.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return fits ? lower(name) : std::string();
}

bool must_be_encoded(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte >= 0x7F || std::string_view("\"<>`{}").find(c) != std::string_view::npos;
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (must_be_encoded(c)) {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

/// How many dots a path's segment stands for, encoded ones included; 0: it is a name.
int dots_of(std::string_view segment) {
  int dots = 0;
  while (!segment.empty()) {
    const bool encoded_dot = segment.size() >= 3 && iequals(segment.substr(0, 3), "%2e");
    if (!encoded_dot && segment.front() != '.') return 0;
    segment.remove_prefix(encoded_dot ? 3 : 1);
    if (++dots > 2) return 0;
  }
  return dots;
}

/// Without "." and ".." (RFC 3986 section 5.2.4).
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  path.remove_prefix(1);
  for (bool more = true; more;) {
    const auto slash = path.find('/');
    more = slash != std::string_view::npos;
    const std::string_view segment = path.substr(0, slash);
    if (more) path.remove_prefix(slash + 1);
    const int dots = dots_of(segment);
    if (dots == 2 && !kept.empty()) kept.pop_back();
    if (dots == 0) {
      kept.push_back(segment);
    } else if (!more) {
      kept.emplace_back();
    }
  }
  std::string out;
  for (const std::string_view segment : kept) out += fmt::format("/{}", segment);
  return out.empty() ? "/" : out;
}

/// Path and query; backslashes in the path count as slashes, as in browsers.
std::string target_of(std::string_view text) {
  const auto question = text.find('?');
  std::string path(text.substr(0, question));
  std::replace(path.begin(), path.end(), '\\', '/');
  if (!path.starts_with('/')) path.insert(0, "/");
  std::string out = without_dots(path);
  if (question != std::string_view::npos) out += text.substr(question);
  return encoded(out);
}

/// "user@host:port/path?query", behind the slashes.
Result<Url> parse_rest(std::string_view scheme, std::string_view rest) {
  Url url;
  url.scheme = scheme;
  const auto end = rest.find_first_of("/\\?");
  std::string_view authority = rest.substr(0, end);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.user = true;
    authority.remove_prefix(at + 1);
  }
  const auto endpoint = net::parse_endpoint(fmt::format("{}://{}", scheme, authority));
  if (!endpoint) return endpoint.error();
  url.host = lower(endpoint->host);
  url.port = endpoint->port;
  if (end != std::string_view::npos) url.target = target_of(rest.substr(end));
  return {boost::system::in_place_value, std::move(url)};
}

std::string_view without_fragment(std::string_view text) { return text.substr(0, text.find('#')); }

}  // namespace

Result<Url> parse_url(std::string_view text) {
  if (text.size() > kMaxText) return Error{"the address is longer than 8192 bytes"};
  const std::string clean = cleaned(without_fragment(text));
  const std::string scheme = scheme_of(clean);
  if (scheme != "http" && scheme != "https")
    return Error{
        fmt::format("\"{}\" is no address: expected http://… or https://…", printable(cut(clean, 200)))};
  std::string_view rest = std::string_view(clean).substr(scheme.size() + 1);
  // As browsers do: any number of slashes of either kind.
  rest.remove_prefix(std::min(rest.find_first_not_of("/\\"), rest.size()));
  return parse_rest(scheme, rest);
}

Result<Url> resolve(const Url& base, std::string_view location) {
  if (location.size() > kMaxText) return Error{"the address is longer than 8192 bytes"};
  const std::string clean = cleaned(without_fragment(location));
  if (!scheme_of(clean).empty()) return parse_url(clean);
  const auto is_slash = [&](std::size_t at) {
    return at < clean.size() && (clean[at] == '/' || clean[at] == '\\');
  };
  if (is_slash(0) && is_slash(1)) return parse_url(fmt::format("{}:{}", base.scheme, clean));
  Url url = base;
  url.user = false;
  const std::string path = base.target.substr(0, base.target.find('?'));
  if (clean.empty()) return {boost::system::in_place_value, std::move(url)};
  if (is_slash(0)) {
    url.target = target_of(clean);
  } else if (clean.front() == '?') {
    url.target = target_of(path + clean);
  } else {
    url.target = target_of(path.substr(0, path.rfind('/') + 1) + clean);
  }
  return {boost::system::in_place_value, std::move(url)};
}

std::string origin_of(const Url& url) {
  return fmt::format("{}://{}", url.scheme, net::host_header(endpoint_of(url)));
}

std::string to_text(const Url& url) { return origin_of(url) + url.target; }

net::Endpoint endpoint_of(const Url& url) {
  net::Endpoint endpoint;
  endpoint.kind = url.scheme == "https" ? net::Endpoint::Kind::kHttps : net::Endpoint::Kind::kHttp;
  endpoint.host = url.host;
  endpoint.port = url.port;
  return endpoint;
}

}  // namespace understudy::app::doctor
