#include "control/api_body.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "control/json_fields.h"

namespace understudy::control {

Answer<std::string_view> read_content(const http::Request& request,
                                      std::initializer_list<std::string_view> types) {
  if (request.content.state == http::Content::State::kTooLarge) {
    return Problem{ProblemKind::kTooLarge, fmt::format("{} bytes at most", kMostBody)};
  }
  const std::string_view type = trim(request.content_type.substr(0, request.content_type.find(';')));
  const bool expected =
      std::any_of(types.begin(), types.end(), [&](std::string_view wanted) { return iequals(wanted, type); });
  if (!expected) {
    const std::vector<std::string_view> wanted(types);
    const std::string came = type.empty() ? "none" : presentable(type);
    return Problem{ProblemKind::kUnsupportedMediaType,
                   fmt::format("expected Content-Type: {}; it was {}", fmt::join(wanted, " or "), came)};
  }
  return request.content.bytes;
}

Answer<boost::json::object> read_json(const http::Request& request) {
  const auto content = read_content(request, {"application/json"});
  if (!content) return content.error();
  return parse_object(*content);
}

Answer<boost::json::object> read_patch(const http::Request& request) {
  const auto content = read_content(request, {"application/merge-patch+json", "application/json"});
  if (!content) return content.error();
  return parse_object(*content);
}

}  // namespace understudy::control
