#include "http/target.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "base/text.h"
#include "http/date.h"

namespace understudy::http {
namespace {

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char l = to_lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

bool is_scheme_char(char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }

}  // namespace

std::optional<std::string_view> origin_form(std::string_view url) {
  if (url.starts_with('/')) return url;
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) return std::nullopt;
  // "?x://h/health" has no scheme: what looks like one is part of its query.
  const std::string_view scheme = url.substr(0, scheme_end);
  if (!std::all_of(scheme.begin(), scheme.end(), is_scheme_char)) return std::nullopt;
  const auto end = url.find_first_of("/?#", scheme_end + 3);
  return end == std::string_view::npos || url[end] != '/' ? std::string_view("/") : url.substr(end);
}

std::optional<std::string> decode_path(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out += path[i];
      continue;
    }
    if (i + 2 >= path.size()) return std::nullopt;
    const int high = hex_value(path[i + 1]);
    const int low = hex_value(path[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    const char c = static_cast<char>(high * 16 + low);
    if (c == '/') return std::nullopt;
    out += c;
    i += 2;
  }
  if (out.find('\0') != std::string::npos || out.find('\\') != std::string::npos) return std::nullopt;
  return out;
}

bool is_unchanged(const Request& request, std::string_view etag, WallTime modified) {
  if (request.if_none_match.data() != nullptr) {
    std::string_view rest = request.if_none_match;
    while (!rest.empty()) {
      std::string_view candidate = trim(take_until(rest, ','));
      if (candidate.starts_with("W/")) candidate.remove_prefix(2);  // weak comparison
      if (candidate == "*" || candidate == etag) return true;
    }
    return false;
  }
  const auto since = parse_http_date(request.if_modified_since);
  return since && std::chrono::floor<std::chrono::seconds>(modified) <= *since;
}

}  // namespace understudy::http
