#include "http/cookies.h"

#include <algorithm>

#include "base/text.h"

namespace understudy::http {

namespace {

/// The value of the next cookie with this name, taking what was looked at off the front.
std::string_view take_cookie(std::string_view& cookies, std::string_view name) {
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

}  // namespace

std::string_view find_cookie(std::string_view cookies, std::string_view name) {
  return take_cookie(cookies, name);
}

bool has_cookie(std::string_view cookies, std::string_view name, std::string_view value) {
  while (!cookies.empty()) {
    const std::string_view found = take_cookie(cookies, name);
    if (found.data() == nullptr) return false;
    if (iequals(found, value)) return true;
  }
  return false;
}

}  // namespace understudy::http
