#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "base/clock.h"
#include "http/handler.h"

namespace understudy::control {

constexpr std::string_view kJsonType = "application/json";
constexpr std::string_view kProblemType = "application/problem+json";
constexpr std::string_view kCalendarType = "text/calendar; charset=utf-8";

using HeaderLine = std::pair<std::string, std::string>;

/// What goes back on the admin listener.
struct Response {
  unsigned status = 200;
  std::string type = std::string(kJsonType);  ///< empty: no content
  std::vector<HeaderLine> headers = {};
  std::string body = {};
};

[[nodiscard]] Response json_response(const boost::json::value& body);

/// Appends the whole response. HEAD gets no body, but the length that GET would have. Never a CORS header:
/// pages of other origins have no business here.
void write_response(const http::Request& request, const Response& response, WallTime now, http::Reply& reply);

}  // namespace understudy::control
