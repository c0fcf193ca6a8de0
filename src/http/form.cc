#include "http/form.h"

#include <charconv>

#include "base/text.h"

namespace understudy::http {
namespace {

/// Empty where it is malformed.
std::string decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '%') {
      out += c == '+' ? ' ' : c;
      continue;
    }
    unsigned char byte = 0;
    if (text.size() < 2) return {};
    const auto read = std::from_chars(text.data(), text.data() + 2, byte, 16);
    if (read.ec != std::errc() || read.ptr != text.data() + 2) return {};
    out += static_cast<char>(byte);
    text.remove_prefix(2);
  }
  return out;
}

}  // namespace

std::optional<std::string> form_value(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    std::string_view value = take_until(form, '&');
    if (take_until(value, '=') == name) return decode(value);
  }
  return std::nullopt;
}

std::string_view query_of(std::string_view target) {
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

}  // namespace understudy::http
