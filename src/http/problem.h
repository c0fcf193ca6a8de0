#pragma once

#include <string>
#include <string_view>

namespace understudy::http {

/// A problem details object (RFC 9457) about a request of its own kind: application/problem+json.
[[nodiscard]] std::string problem_body(unsigned status, std::string_view title, std::string_view detail);

}  // namespace understudy::http
