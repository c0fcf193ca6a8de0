// Cookies: a name in the first line, then a Cookie header.
#include "base/text.h"
#include "fuzz/check.h"
#include "http/cookies.h"

namespace understudy::fuzz {
namespace {

/// The same again, spelt out: every pair from the left.
std::string_view look(std::string_view cookies, std::string_view name) {
  while (!cookies.empty() && !name.empty()) {
    const auto end = cookies.find(';');
    const std::string_view pair = trim(cookies.substr(0, end));
    cookies = end == std::string_view::npos ? std::string_view() : cookies.substr(end + 1);
    const auto equals = pair.find('=', name.size());
    if (equals != name.size() || pair.substr(0, equals) != name) continue;
    const std::string_view value = pair.substr(equals + 1);
    // RFC 6265 section 4.1.1: no control character at all, the tab included.
    if (has_control(value) || value.find('\t') != std::string_view::npos) continue;
    const bool quoted = value.size() > 1 && value.front() == '"' && value.back() == '"';
    return quoted ? value.substr(1, value.size() - 2) : value;
  }
  return {};
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  std::string_view cookies = understudy::fuzz::to_text(data, size);
  const std::string_view name = understudy::take_until(cookies, '\n');
  // Names that a configuration may have alone.
  if (name.find_first_of("=; \t") != std::string_view::npos) return 0;
  const std::string_view value = understudy::http::find_cookie(cookies, name);
  const std::string_view again = understudy::fuzz::look(cookies, name);
  require(value == again && (value.data() == nullptr) == (again.data() == nullptr), "both find the same");
  if (value.data() == nullptr) return 0;
  require(value.data() >= cookies.data() && value.data() + value.size() <= cookies.data() + cookies.size(),
          "a cookie is a part of the header");
  require(value.find(';') == std::string_view::npos && !understudy::fuzz::has_control(value),
          "a value ends with its pair and holds no control character");
  return 0;
}
