#include "model/path_pattern.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "base/text.h"
#include "http/target.h"
#include "http/token.h"

namespace understudy::model {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

bool is_hex(char c) { return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f'); }

bool is_dot_segment(std::string_view segment) { return segment == "." || segment == ".."; }

/// What is wrong with the segments of a pattern; empty if nothing is.
std::string_view fault_of_segments(std::string_view path) {
  std::string_view rest = path.substr(1);
  while (!rest.empty()) {
    const std::string_view segment = take_until(rest, '/');
    if (segment.empty()) return "an empty segment (\"//\") never matches";
    if (is_dot_segment(segment)) return "a dot segment never matches";
    if (segment != "*" && segment.find('*') != std::string_view::npos)
      return "a \"*\" stands for a whole segment";
  }
  return "";
}

std::string_view fault_of_path(std::string_view path) {
  if (!path.starts_with('/')) return "the path does not begin with a slash";
  if (path.find_first_of("?#") != std::string_view::npos)
    return "a pattern has no query: paths are compared without";
  if (path.find('%') != std::string_view::npos)
    return "a percent sign never matches: paths are compared decoded";
  const bool strange = std::any_of(path.begin(), path.end(),
                                   [](char c) { return is_control(c) || c == ' ' || c == '\\' || c == ';'; });
  if (strange) return "blanks, backslashes, semicolons and control characters never match";
  return fault_of_segments(path);
}

}  // namespace

bool PathPattern::matches(std::string_view asked, std::string_view normal_path) const {
  if (!method.empty() && method != asked) return false;
  std::string_view pattern = path;
  while (!pattern.empty() && !normal_path.empty()) {
    // Both begin with the slash before a segment.
    pattern.remove_prefix(1);
    normal_path.remove_prefix(1);
    if (pattern == "*") return true;
    const std::string_view segment = pattern.substr(0, pattern.find('/'));
    const std::string_view here = normal_path.substr(0, normal_path.find('/'));
    if (segment == "*" ? here.empty() : segment != here) return false;
    pattern.remove_prefix(segment.size());
    normal_path.remove_prefix(here.size());
  }
  return pattern.empty() && normal_path.empty();
}

std::string PathPattern::text() const { return method.empty() ? path : method + " " + path; }

std::optional<PathPattern> parse_path_pattern(std::string_view text, std::string& why) {
  PathPattern pattern;
  const std::size_t blank = text.find(' ');
  std::string_view path = text;
  if (blank != std::string_view::npos && !text.starts_with('/')) {
    pattern.method = text.substr(0, blank);
    path = text.substr(blank + 1);
    if (!http::is_token(pattern.method)) {
      why = "what stands before the blank is no method";
      return std::nullopt;
    }
  }
  if (const std::string_view fault = fault_of_path(path); !fault.empty()) {
    why = fault;
    return std::nullopt;
  }
  if (!is_utf8(path)) {
    why = "the path is no UTF-8";
    return std::nullopt;
  }
  pattern.path = path;
  return pattern;
}

std::optional<std::string> normal_path(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (path.empty()) return "/";
  if (path.front() != '/' || path.find('#') != std::string_view::npos) return std::nullopt;
  auto decoded = http::decode_path(path);
  if (!decoded || !is_utf8(*decoded)) return std::nullopt;
  for (std::size_t i = 0; i < decoded->size(); ++i) {
    const char c = (*decoded)[i];
    if (is_control(c) || c == ';') return std::nullopt;
    const bool encoded_twice =
        c == '%' && i + 2 < decoded->size() && is_hex((*decoded)[i + 1]) && is_hex((*decoded)[i + 2]);
    if (encoded_twice) return std::nullopt;
  }
  std::string_view rest = std::string_view(*decoded).substr(1);
  while (!rest.empty()) {
    const std::string_view segment = take_until(rest, '/');
    if (segment.empty() || is_dot_segment(segment)) return std::nullopt;
  }
  return decoded;
}

}  // namespace understudy::model
