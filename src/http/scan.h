#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Looks for the byte that ends something, 16 at a time where the processor can. Pure; never reads at `end`
/// or behind it, but for is_token, which says how far. The functions give the same on every machine.
namespace understudy::http {

namespace detail {

constexpr std::array<bool, 256> token_bytes() {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    table[c] = alphanumeric || (c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) !=
                                              std::string_view::npos);
  }
  return table;
}
inline constexpr std::array<bool, 256> kTokenBytes = token_bytes();

}  // namespace detail

/// tchar (RFC 9110 section 5.6.2).
[[nodiscard]] constexpr bool is_token_byte(char c) {
  return detail::kTokenBytes[static_cast<unsigned char>(c)];
}

/// Whether `c` may stand in a field's value: HTAB, SP, VCHAR, obs-text (RFC 9110 section 5.5).
[[nodiscard]] constexpr bool is_text_byte(char c) {
  return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\t';
}
/// VCHAR or obs-text: what a request target is made of here.
[[nodiscard]] constexpr bool is_visible_byte(char c) {
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
}

#if defined(__SSE2__)
namespace detail {

/// One bit for each of the 16 bytes at `p` that is at most `highest`, or DEL, or `also`, but not `spared`.
template <unsigned char kHighest, char kAlso, char kSpared>
[[nodiscard]] inline unsigned ending_bytes(const char* p) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(static_cast<char>(kHighest))), bytes);
  __m128i ending = _mm_or_si128(low, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F)));
  if constexpr (kAlso != 0x7F) ending = _mm_or_si128(ending, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(kAlso)));
  if constexpr (kSpared != 0x7F)
    ending = _mm_andnot_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(kSpared)), ending);
  return static_cast<unsigned>(_mm_movemask_epi8(ending));
}

/// One bit for each of the 16 bytes at `p` that is no letter, digit or hyphen: what names are made of, as a
/// rule, though a tchar can be more than that.
[[nodiscard]] inline unsigned uncommon_name_bytes(const char* p) {
  const auto within = [](__m128i bytes, char first, char count) {
    const __m128i offset = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(offset, _mm_set1_epi8(static_cast<char>(count - 1))), offset);
  };
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  const __m128i letters = within(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26);
  const __m128i common =
      _mm_or_si128(_mm_or_si128(letters, within(bytes, '0', 10)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
  return static_cast<unsigned>(_mm_movemask_epi8(common)) ^ 0xFFFFU;
}

}  // namespace detail
#endif

/// The first byte that no field value may hold (the CR behind it, if it is sound), or `end`.
[[nodiscard]] inline const char* find_text_end(const char* p, const char* end) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const unsigned ending = detail::ending_bytes<0x1F, 0x7F, '\t'>(p);
    if (ending != 0) return p + __builtin_ctz(ending);
  }
#endif
  while (p != end && is_text_byte(*p)) ++p;
  return p;
}

/// The first byte that is not visible, or `end`.
[[nodiscard]] inline const char* find_visible_end(const char* p, const char* end) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const unsigned ending = detail::ending_bytes<0x20, 0x7F, 0x7F>(p);
    if (ending != 0) return p + __builtin_ctz(ending);
  }
#endif
  while (p != end && is_visible_byte(*p)) ++p;
  return p;
}

/// The first colon or byte that is not visible, or `end`. What lies before need not be a token.
[[nodiscard]] inline const char* find_name_end(const char* p, const char* end) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const unsigned ending = detail::ending_bytes<0x20, ':', 0x7F>(p);
    if (ending != 0) return p + __builtin_ctz(ending);
  }
#endif
  while (p != end && is_visible_byte(*p) && *p != ':') ++p;
  return p;
}

/// The first byte that is no tchar, or `end`.
[[nodiscard]] inline const char* find_token_end(const char* p, const char* end) {
  while (p != end && is_token_byte(*p)) ++p;
  return p;
}

/// Whether all bytes from `p` to `end` are tchars. Bytes from `end` to `readable` may be looked at, but do
/// not count.
[[nodiscard]] inline bool is_token(const char* p, const char* end, [[maybe_unused]] const char* readable) {
#if defined(__SSE2__)
  for (; end - p > 0 && readable - p >= 16; p += 16) {
    unsigned uncommon = detail::uncommon_name_bytes(p);
    if (end - p < 16) uncommon &= (1U << (end - p)) - 1;
    if (uncommon == 0) continue;
    p += __builtin_ctz(uncommon);
    break;
  }
#endif
  return end - p <= 0 || find_token_end(p, end) == end;
}

/// The first `?` or `#`, or `end`: where a target's path ends (RFC 3986 section 3.3).
[[nodiscard]] inline const char* find_path_end(const char* p, const char* end) {
  while (p != end && *p != '?' && *p != '#') ++p;
  return p;
}

}  // namespace understudy::http
