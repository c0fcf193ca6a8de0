#include "answer/cors.h"

#include <algorithm>

#include "base/parts.h"
#include "base/text.h"
#include "http/origin.h"
#include "http/token.h"

namespace understudy::answer {
namespace {

/// Lower case and no empty label, as browsers write host names.
bool is_browser_host(std::string_view host) {
  const bool upper = std::any_of(host.begin(), host.end(), [](char c) { return c != to_lower(c); });
  return !upper && host.find("..") == std::string_view::npos && !host.starts_with('.');
}

bool matches(const model::OriginPattern& pattern, const http::OriginParts& origin) {
  if (origin.scheme != pattern.scheme) return false;
  if (!pattern.any_port && origin.port != pattern.port) return false;
  if (origin.port == "*" || origin.host.find('*') != std::string_view::npos) return false;
  if (!pattern.any_subdomain) return origin.host == pattern.host;
  return origin.host.size() > pattern.host.size() + 1 && origin.host.ends_with(pattern.host) &&
         origin.host[origin.host.size() - pattern.host.size() - 1] == '.' && is_browser_host(origin.host);
}

bool allows_method(const model::CorsPolicy& policy, std::string_view method) {
  // The CORS-safelisted methods need no permission (Fetch standard, section 2.2.1).
  if (method == "GET" || method == "HEAD" || method == "POST") return true;
  if (policy.methods.empty()) return http::is_token(method);
  return std::find(policy.methods.begin(), policy.methods.end(), method) != policy.methods.end();
}

bool allows_headers(const model::CorsPolicy& policy, std::string_view names) {
  if (policy.headers.empty()) return http::is_token_list(names);
  while (!names.empty()) {
    const std::string_view name = trim(take_until(names, ','));
    const bool listed = std::any_of(policy.headers.begin(), policy.headers.end(),
                                    [&](const std::string& header) { return iequals(header, name); });
    if (!name.empty() && !listed) return false;
  }
  return true;
}

void append_list(std::string& head, std::string_view name, const std::vector<std::string>& listed,
                 std::string_view asked) {
  if (listed.empty()) {
    if (asked.empty() || !http::is_token_list(asked)) return;
    head.append(name).append(asked).append("\r\n");
    return;
  }
  head.append(name);
  for (std::size_t i = 0; i < listed.size(); ++i) head.append(i == 0 ? "" : ", ").append(listed[i]);
  head.append("\r\n");
}

void append_origin(std::string& head, const model::CorsPolicy& policy, std::string_view origin,
                   std::string_view more) {
  append_parts(head, {"Access-Control-Allow-Origin: ", policy.any_origin ? "*" : origin, "\r\n", more});
}

}  // namespace

bool allows_origin(const model::CorsPolicy& policy, const http::Request& request) {
  return request.origin.data() != nullptr && !request.several_origins &&
         allows_origin(policy, request.origin);
}

bool allows_origin(const model::CorsPolicy& policy, std::string_view origin) {
  if (origin.empty()) return false;
  if (policy.any_origin) return true;
  if (policy.origins.contains(origin)) return true;
  if (policy.patterns.empty()) return false;
  const auto parts = http::parse_origin(origin);
  if (!parts || origin.find('*') != std::string_view::npos) return false;
  return std::any_of(policy.patterns.begin(), policy.patterns.end(),
                     [&](const model::OriginPattern& pattern) { return matches(pattern, *parts); });
}

void append_cors(std::string& head, const model::CorsPolicy& policy, const http::Request& request) {
  if (allows_origin(policy, request)) {
    append_origin(head, policy, request.origin, policy.lines->answer);
  }
}

void append_cors(std::string& head, const model::CorsPolicy& policy, std::string_view origin) {
  if (allows_origin(policy, origin)) {
    append_origin(head, policy, origin, policy.lines->answer);
  }
}

bool append_preflight(std::string& head, const model::CorsPolicy& policy, const http::Request& request) {
  if (!allows_origin(policy, request)) return false;
  append_origin(head, policy, request.origin, {});
  const std::string_view method = request.access_control_request_method;
  append_list(head, "Access-Control-Allow-Methods: ", policy.methods,
              http::is_token(method) ? method : std::string_view());
  append_list(head, "Access-Control-Allow-Headers: ", policy.headers, request.access_control_request_headers);
  head.append(policy.lines->preflight);
  return allows_method(policy, request.access_control_request_method) &&
         allows_headers(policy, request.access_control_request_headers);
}

}  // namespace understudy::answer
