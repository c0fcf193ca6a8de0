#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>

/// What libFuzzer, or replay_main.cc in its place, calls with each input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);  // NOLINT: libFuzzer's name

namespace understudy::fuzz {

/// Stops at something that must hold whatever the input, so that the input is kept.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  __builtin_trap();
}

inline std::string_view to_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// A number that an input chooses by its content, so that seeds stay plain text.
inline std::size_t number_from(std::string_view input) {
  std::uint32_t hash = 2166136261U;
  for (const char c : input) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

/// Whether `part` is null or points into `whole`.
inline bool lies_in(std::string_view part, std::string_view whole) {
  return part.data() == nullptr ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

/// Whether a byte is there that ends a line or a string for some reader.
inline bool has_control(std::string_view text) {
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) return true;
  }
  return false;
}

}  // namespace understudy::fuzz
