#pragma once

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>

namespace understudy {

/// Whether `text` is the literal, byte by byte; without a call.
template <std::size_t N>
[[nodiscard]] inline bool is_literal(std::string_view text, const char (&literal)[N]) {
  return text.size() == N - 1 && std::memcmp(text.data(), literal, N - 1) == 0;
}

/// Appends all parts, making room once. None of them may lie in `to`.
inline void append_parts(std::string& to, std::initializer_list<std::string_view> parts) {
  const std::size_t before = to.size();
  std::size_t size = before;
  for (const std::string_view part : parts) size += part.size();
  to.resize(size);
  char* at = to.data() + before;
  for (const std::string_view part : parts) {
    if (part.empty()) continue;  // it may be null
    std::memcpy(at, part.data(), part.size());
    at += part.size();
  }
}

}  // namespace understudy
