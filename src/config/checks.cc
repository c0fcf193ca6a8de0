#include "config/checks.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <libpsl.h>

#include "base/files.h"
#include "base/listen_address.h"
#include "base/text.h"
#include "http/origin.h"
#include "http/token.h"

namespace understudy::config {
namespace {

/// Asks `judge` about each element; what it returns (message and expectation) becomes an objection.
template <typename Judge>
Objections for_each_element(const Value& value, Judge judge) {
  Objections objections;
  const auto& list = std::get<std::vector<std::string>>(value);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (auto objection = judge(list[i])) {
      objection->element = i;
      objections.push_back(std::move(*objection));
    }
  }
  return objections;
}

using Verdict = std::optional<Objection>;

Objections one_of(const Value& value, std::initializer_list<std::string_view> words) {
  const auto& text = std::get<std::string>(value);
  if (std::find(words.begin(), words.end(), text) != words.end()) return {};
  std::string expected = "one of";
  for (const std::string_view word : words) expected += fmt::format(" \"{}\"", word);
  return {{"", expected, 0}};
}

/// Names that stand for this machine or a private network whatever the public list says (RFC 6761,
/// RFC 6762, and ICANN's reservation of .internal).
bool is_private_suffix(std::string_view domain) {
  return domain == "localhost" || domain == "test" || domain == "local" || domain == "internal";
}

Verdict judge_wildcard_host(std::string_view host) {
  if (!host.starts_with("*.") || host.find('*', 1) != std::string_view::npos) {
    return Objection{"a wildcard stands for whole labels at the front alone",
                     "an origin such as \"https://*.shop.example\"", 0};
  }
  const std::string domain(host.substr(2));
  if (!is_dns_name(domain))
    return Objection{"malformed host name", "an origin such as \"https://*.shop.example\"", 0};
  if (is_public_suffix(domain)) {
    return Objection{fmt::format("\"{}\" is a public suffix: anybody can register a name below it", domain),
                     "a wildcard below a domain of your own, such as \"https://*.shop.example\"", 0};
  }
  return std::nullopt;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port > 0 && port <= 65535;
}

/// What is wrong with an http or https URL that a request shall go to; empty if nothing is.
std::string_view fault_of_url(std::string_view url) {
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7F; };
  if (!std::all_of(url.begin(), url.end(), is_plain))
    return "blanks and letters beyond ASCII are to be encoded";
  const auto scheme_end = url.find("://");
  const std::string scheme = lower(url.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end));
  if (scheme != "http" && scheme != "https") return "the scheme is neither http nor https";
  if (url.find('#') != std::string_view::npos) return "a fragment is never sent";
  std::string_view authority = url.substr(scheme_end + 3);
  authority = authority.substr(0, authority.find_first_of("/?\\"));
  if (authority.find('@') != std::string_view::npos) return "user names and passwords have no place in a URL";
  const bool ipv6 = authority.starts_with('[');
  const auto host_end = ipv6 ? authority.find(']') : authority.find(':');
  if (ipv6 && host_end == std::string_view::npos) return "malformed host name";
  const std::string_view host = authority.substr(ipv6 ? 1 : 0, ipv6 ? host_end - 1 : host_end);
  if (host.empty()) return "it has no host";
  if (ipv6 ? !is_ip_address(host) : !is_dns_name(host)) return "malformed host name";
  if (host_end == std::string_view::npos) return "";
  const std::string_view rest = authority.substr(ipv6 ? host_end + 1 : host_end);
  if (rest.empty() || (rest.starts_with(':') && is_port(rest.substr(1)))) return "";
  return "a port is 1 to 65535";
}

/// Of what would be a network but for bits that are set behind its prefix.
Verdict host_bits(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  auto network = model::parse_network(text.substr(0, slash));
  unsigned bits = 0;
  const char* const digits = text.data() + slash + 1;
  const auto [end, error] = std::from_chars(digits, text.data() + text.size(), bits);
  if (!network || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  const bool v4 = text.find(':') == std::string::npos;
  if (bits > (v4 ? 32U : 128U)) return std::nullopt;
  network->prefix_bits = v4 ? bits + 96 : bits;
  for (unsigned bit = network->prefix_bits; bit < 128; ++bit)
    network->address[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  return Objection{"bits are set behind the prefix", "the network that holds it, or the address alone", 0,
                   model::to_text(*network)};
}

}  // namespace

bool is_dns_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  std::string_view rest = host;
  while (!rest.empty()) {
    const bool last = rest.find('.') == std::string_view::npos;
    const std::string_view label = take_until(rest, '.');
    const bool fine = !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
                      std::all_of(label.begin(), label.end(),
                                  [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_'; });
    if (!fine) return false;
    if (!last && rest.empty()) return false;  // a trailing dot
  }
  return true;
}

bool is_public_suffix(const std::string& domain) {
  if (is_private_suffix(domain)) return false;
  return psl_is_public_suffix(psl_builtin(), domain.c_str()) != 0;
}

std::optional<Objection> judge_origin(const std::string& text) {
  constexpr std::string_view kExpected =
      "an origin such as \"https://shop.example\", scheme, host and perhaps port";
  const auto objection = [&](std::string_view message) {
    return Objection{std::string(message), std::string(kExpected), 0};
  };
  if (text == "*" || text == "null") return std::nullopt;
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string::npos) return objection("it has no scheme");
  const auto path = text.find_first_of("/?#", scheme_end + 3);
  if (path != std::string::npos) {
    const bool slash_alone = path + 1 == text.size() && text[path] == '/';
    return objection(slash_alone ? "an origin has no trailing slash" : "an origin has no path");
  }
  const auto parts = http::parse_origin(text);
  if (!parts) return objection("malformed origin");
  if (std::any_of(text.begin(), text.end(), [](char c) { return c != to_lower(c); }))
    return objection("browsers send origins in lower case, so this one never matches");
  if (http::is_default_port(parts->scheme, parts->port)) {
    return objection("browsers leave the scheme's default port out, so this one never matches");
  }
  if (parts->host.find('*') != std::string_view::npos) return judge_wildcard_host(parts->host);
  const bool ipv6 = parts->host.starts_with('[');
  if (ipv6 ? !is_ip_address(parts->host.substr(1, parts->host.size() - 2)) : !is_dns_name(parts->host)) {
    return objection("malformed host name");
  }
  if (!parts->port.empty() && parts->port != "*") {
    unsigned port = 0;
    std::from_chars(parts->port.data(), parts->port.data() + parts->port.size(), port);
    if (port == 0 || port > 65535) return objection("a port is 1 to 65535");
  }
  return std::nullopt;
}

Objections check_listen(const Value& value) {
  return for_each_element(value, [](const std::string& text) -> Verdict {
    if (parse_listen_address(text)) return std::nullopt;
    return Objection{
        "", "\"127.0.0.1:8503\", \"[::]:8503\", \"tls:0.0.0.0:8543\" or \"unix:/run/understudy/answer.sock\"",
        0};
  });
}

Objections check_stream_listen(const Value& value) {
  return for_each_element(value, [](const std::string& text) -> Verdict {
    const auto address = parse_listen_address(text);
    if (address && address->kind != ListenAddress::Kind::kTls) return std::nullopt;
    return Objection{"", "\"127.0.0.1:8505\", \"[::1]:8505\" or \"unix:/run/understudy/spoe.sock\"", 0};
  });
}

Objections check_networks(const Value& value) {
  return for_each_element(value, [](const std::string& text) -> Verdict {
    if (model::parse_network(text)) return std::nullopt;
    if (auto fault = host_bits(text)) return fault;
    return Objection{
        "", "a network such as \"203.0.113.0/24\" or \"2001:db8::/32\", no bits set behind the prefix", 0};
  });
}

Objections check_header_name(const Value& value) {
  const auto& name = std::get<std::string>(value);
  if (name.empty() || http::is_token(name)) return {};
  return {{"", "a header's name such as \"X-SST-Backend\"", 0}};
}

Objections check_level(const Value& value) {
  return one_of(value, {"trace", "debug", "info", "warning", "error"});
}
Objections check_format(const Value& value) { return one_of(value, {"auto", "human", "json"}); }

Objections check_uuid(const Value& value) {
  const auto& text = std::get<std::string>(value);
  bool fine = text.size() == 36;
  for (std::size_t i = 0; fine && i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = to_lower(text[i]);
    fine = dash ? c == '-' : is_digit(c) || (c >= 'a' && c <= 'f');
  }
  if (fine) return {};
  return {{"", "a UUID such as \"9e428b69-47e2-48b7-a694-bb2222bf48c3\" (uuidgen makes one)", 0}};
}

Objections check_hosts(const Value& value) {
  return for_each_element(value, [](const std::string& text) -> Verdict {
    const std::string_view host = text;
    const bool ipv6 =
        host.starts_with('[') && host.ends_with(']') && is_ip_address(host.substr(1, host.size() - 2));
    if (ipv6 || is_dns_name(host)) return std::nullopt;
    return Objection{"", "a host name without scheme, port or path, such as \"api.shop.example\"", 0};
  });
}

bool is_language_tag(std::string_view tag) {
  if (tag.empty() || tag.size() > 35) return false;
  bool first = true;
  while (!tag.empty()) {
    const bool last = tag.find('-') == std::string_view::npos;
    const std::string_view part = take_until(tag, '-');
    const bool letters = std::all_of(part.begin(), part.end(), is_alpha);
    const bool word =
        std::all_of(part.begin(), part.end(), [](char c) { return is_alpha(c) || is_digit(c); });
    if (part.empty() || part.size() > 8 || !word) return false;
    if (first && (!letters || part.size() < 2)) return false;
    if (!last && tag.empty()) return false;
    first = false;
  }
  return true;
}

Objections check_languages(const Value& value) {
  return for_each_element(value, [](const std::string& text) -> Verdict {
    if (is_language_tag(text)) return std::nullopt;
    return Objection{"", "a language tag such as \"de\", \"pt-BR\" or \"zh-Hant\"", 0};
  });
}

Objections check_origins(const Value& value) { return for_each_element(value, judge_origin); }

Objections check_tokens(const Value& value) {
  return for_each_element(value, [](const std::string& text) -> Verdict {
    if (http::is_token(text)) return std::nullopt;
    return Objection{"", "a name without blanks or separators", 0};
  });
}

Objections check_absolute_path(const Value& value) {
  if (std::get<std::string>(value).starts_with('/')) return {};
  return {{"", "an absolute path such as \"/etc/understudy/shop.maintenance\"", 0}};
}

Objections check_page_dir(const Value& value) {
  const auto& path = std::get<std::string>(value);
  if (!path.starts_with('/')) return {{"", "an absolute path such as \"/var/www/maintenance\"", 0}};
  const auto index = read_file(std::filesystem::path(path) / "index.html", std::size_t{64} << 20);
  if (index) return {};
  return {{index.error().message, "a folder with a readable index.html", 0}};
}

Objections check_store_path(const Value& value) {
  const auto& path = std::get<std::string>(value);
  if (path == kMemoryStore || path.starts_with('/')) return {};
  return {{"", "an absolute path such as \"/var/lib/understudy/state.db\", or \"memory\"", 0}};
}

Objections check_hard_limit(const Value& value) {
  const auto limit = std::get<std::chrono::milliseconds>(value);
  if (limit.count() == 0 || limit >= std::chrono::minutes(1)) return {};
  return {{"out of range", "0s, or 1m to 30d", 0}};
}

Objections check_url(const Value& value) {
  const auto fault = fault_of_url(std::get<std::string>(value));
  if (fault.empty()) return {};
  return {{std::string(fault), "a URL such as \"https://hooks.example/understudy\"", 0}};
}

Objections check_webhook_format(const Value& value) { return one_of(value, {"json", "slack"}); }

Objections check_events(const Value& value) {
  static const std::vector<std::string> kEvents = {"mode", "window", "token", "group", "store"};
  return for_each_element(value, [](const std::string& text) -> Verdict {
    if (std::find(kEvents.begin(), kEvents.end(), text) != kEvents.end()) return std::nullopt;
    const auto meant = nearest(text, kEvents);
    return Objection{"", fmt::format("one of {}", fmt::join(kEvents, ", ")), 0, meant.value_or("")};
  });
}

Objections check_runtime(const Value& value) {
  return for_each_element(value, [](const std::string& text) -> Verdict {
    const auto address = parse_listen_address(text);
    const bool reachable = address && address->kind != ListenAddress::Kind::kTls &&
                           (address->kind == ListenAddress::Kind::kUnix || address->port != 0);
    if (reachable) return std::nullopt;
    return Objection{"", "\"unix:/run/haproxy/admin.sock\", \"127.0.0.1:9999\" or \"[::1]:9999\"", 0};
  });
}

Objections check_map_file(const Value& value) {
  const auto& path = std::get<std::string>(value);
  // It becomes a word of a command of HAProxy's.
  const auto plain = [](char c) {
    return c > ' ' && c < 0x7F && c != ';' && c != '\\' && c != '"' && c != '\'';
  };
  const bool fine =
      path.starts_with('/') && !path.ends_with('/') && std::all_of(path.begin(), path.end(), plain);
  if (fine) return {};
  return {{"",
           "an absolute path such as \"/etc/haproxy/understudy.map\", without blanks, quotes, semicolons and "
           "backslashes",
           0}};
}

Objections check_proxy_servers(const Value& value) {
  return for_each_element(value, [](const std::string& text) -> Verdict {
    std::string_view server = text;
    const std::string_view group = take_until(server, ' ');
    const std::string_view whole = server;
    const std::string_view backend = take_until(server, '/');
    // What HAProxy takes for a proxy's and a server's name.
    const auto is_name = [](std::string_view name) {
      return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == ':';
      });
    };
    if (!group.empty() && whole.find('/') != std::string_view::npos && is_name(backend) && is_name(server))
      return std::nullopt;
    return Objection{"", "\"GROUP BACKEND/SERVER\" such as \"shop app/app1\"", 0};
  });
}

Objections check_flag_folder(const Value& value) {
  if (std::get<std::string>(value).starts_with('/')) return {};
  return {{"", "an absolute path such as \"/run/understudy/flags\"", 0}};
}

}  // namespace understudy::config
