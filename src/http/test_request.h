#pragma once

// For tests alone: a request as the parser makes it of bytes.

#include <stdexcept>
#include <string>
#include <string_view>

#include "http/request_parser.h"

namespace understudy::http {

/// "GET /orders HTTP/1.1\nHost: api.shop.example\nOrigin: https://shop.example": the lines of a head, each
/// with the line end that it needs, the empty line put behind them. Throws where the parser refuses.
class TestRequest {
 public:
  explicit TestRequest(std::string_view lines) {
    for (const char c : lines) bytes_ += c == '\n' ? "\r\n" : std::string(1, c);
    bytes_ += "\r\n\r\n";
    RequestParser parser(scratch_);
    if (parser.parse_head(bytes_) != RequestParser::Progress::kDone) {
      throw std::logic_error("not a request: " + bytes_);
    }
  }
  TestRequest(const TestRequest&) = delete;
  TestRequest& operator=(const TestRequest&) = delete;

  [[nodiscard]] Request& get() { return scratch_.request; }
  operator const Request&() const { return scratch_.request; }  // NOLINT(google-explicit-constructor)

 private:
  std::string bytes_;
  ParserScratch scratch_;
};

}  // namespace understudy::http
