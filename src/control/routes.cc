#include "control/routes.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"

namespace understudy::control {
namespace {

constexpr std::array kRoutes = {
    Route{"GET", "/status", Operation::kStatus, Need::kViewer},
    Route{"GET", "/groups", Operation::kListGroups, Need::kViewer},
    Route{"POST", "/groups", Operation::kCreateGroup, Need::kAdmin},
    Route{"GET", "/groups/{group}", Operation::kGetGroup, Need::kViewer},
    Route{"PATCH", "/groups/{group}", Operation::kChangeGroup, Need::kAdmin},
    Route{"DELETE", "/groups/{group}", Operation::kDeleteGroup, Need::kAdmin},
    Route{"GET", "/groups/{group}/status", Operation::kGroupStatus, Need::kViewer},
    Route{"GET", "/groups/{group}/mode", Operation::kGetMode, Need::kViewer},
    Route{"PUT", "/groups/{group}/mode", Operation::kSetMode, Need::kOperator},
    Route{"GET", "/groups/{group}/preview", Operation::kPreview, Need::kViewer},
    Route{"GET", "/groups/{group}/decision", Operation::kDecision, Need::kViewer},
    Route{"GET", "/groups/{group}/windows.ics", Operation::kExportCalendar, Need::kFeed},
    Route{"POST", "/groups/{group}/windows.ics", Operation::kImportCalendar, Need::kOperator},
    Route{"GET", "/windows", Operation::kListWindows, Need::kViewer},
    Route{"POST", "/windows", Operation::kAddWindow, Need::kOperator},
    Route{"GET", "/windows/{id}", Operation::kGetWindow, Need::kViewer},
    Route{"PATCH", "/windows/{id}", Operation::kChangeWindow, Need::kOperator},
    Route{"DELETE", "/windows/{id}", Operation::kDeleteWindow, Need::kOperator},
    Route{"GET", "/tokens", Operation::kListTokens, Need::kAdmin},
    Route{"POST", "/tokens", Operation::kCreateToken, Need::kAdmin},
    Route{"DELETE", "/tokens/{id}", Operation::kRevokeToken, Need::kAdmin},
    Route{"GET", "/audit", Operation::kAudit, Need::kViewer},
    Route{"POST", "/reload", Operation::kReload, Need::kAdmin},
    Route{"GET", "/openapi.json", Operation::kOpenapi, Need::kViewer},
};

/// Whether `path` has the form of `pattern`; `argument` is set to what stands for "{…}", still encoded.
bool fits(std::string_view pattern, std::string_view path, std::string_view& argument) {
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_until(pattern, '/');
    const std::string_view segment = take_until(path, '/');
    if (wanted.starts_with('{')) {
      if (segment.empty()) return false;
      argument = segment;
    } else if (wanted != segment) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

Problem unknown_path(std::string_view path) {
  std::vector<std::string> known;
  known.reserve(std::size(kRoutes));
  for (const Route& route : kRoutes) known.emplace_back(route.path);
  Problem problem{ProblemKind::kNotFound, fmt::format("nothing is at {}{}; what is there: {}/openapi.json",
                                                      kApiPrefix, presentable(path), kApiPrefix)};
  if (const auto near = nearest(cut(path, 64), known)) {
    problem.suggestions.push_back(fmt::format("{}{}", kApiPrefix, *near));
  }
  return problem;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char letter = to_lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

std::optional<std::string> decode_percent(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return std::nullopt;
    out += c;
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

Answer<Match> match_route(std::string_view method, std::string_view path) {
  path.remove_prefix(std::min(path.size(), kApiPrefix.size()));
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  Match match;
  std::string_view argument;
  for (const Route& route : kRoutes) {
    if (!path.starts_with('/') || path.ends_with('/') || !fits(route.path, path, argument)) continue;
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += route.method == "GET" ? "GET, HEAD" : route.method;
    if (route.method == wanted) match.route = &route;
  }
  if (match.allow.empty()) return unknown_path(path);
  match.allow += ", OPTIONS";
  if (match.route == nullptr && wanted != "OPTIONS") {
    Problem problem{ProblemKind::kMethodNotAllowed, fmt::format("expected one of {}", match.allow)};
    problem.headers.emplace_back("Allow", match.allow);
    return problem;
  }
  if (argument.data() != nullptr) {
    auto decoded = decode_percent(argument);
    if (!decoded) {
      return Problem{ProblemKind::kMalformed,
                     "the path is not percent-encoded UTF-8 without control characters"};
    }
    match.argument = std::move(*decoded);
  }
  return match;
}

}  // namespace understudy::control
