#include "http/problem.h"

#include <fmt/format.h>

#include "base/json_text.h"

namespace understudy::http {

std::string problem_body(unsigned status, std::string_view title, std::string_view detail) {
  std::string body = fmt::format(R"({{"type":"about:blank","status":{},"title":)", status);
  append_json_string(body, title);
  body += ",\"detail\":";
  append_json_string(body, detail);
  return body + "}";
}

}  // namespace understudy::http
