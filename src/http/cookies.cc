#include "http/cookies.h"

#include <algorithm>

#include "base/text.h"

namespace understudy::http {

std::string_view find_cookie(std::string_view cookies, std::string_view name) {
  if (name.empty()) return {};
  while (!cookies.empty()) {
    const std::string_view pair = trim(take_until(cookies, ';'));
    if (!pair.starts_with(name) || pair.size() == name.size() || pair[name.size()] != '=') continue;
    std::string_view value = pair.substr(name.size() + 1);
    const bool sound = std::none_of(value.begin(), value.end(), [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return byte < 0x20 || byte == 0x7F;
    });
    if (!sound) continue;
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

}  // namespace understudy::http
