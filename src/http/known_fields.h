#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "http/request.h"

namespace understudy::http {

/// What the parser does with a header field.
enum class FieldRule : std::uint8_t {
  kLast,    ///< the last one counts
  kJoined,  ///< a list: those that come several times are joined by a comma (RFC 9110 section 5.3)
  kCookie,  ///< joined by "; " (RFC 9113 section 8.2.3)
  kOrigin,
  kHost,
  kContentLength,
  kTransferEncoding,
  kConnection,
  kExpect,
  kUpgrade,
};

struct KnownField {
  std::string_view name;  ///< in lower case: letters, digits and hyphens
  FieldRule rule = FieldRule::kLast;
  std::string_view Request::*place = nullptr;  ///< of kLast, kJoined, kCookie, kOrigin and kHost
};

/// The fields that a request has a place for, or that decide how it is read. All others go to
/// Request::others. A row is all that a new one needs.
inline constexpr KnownField kKnownFields[] = {
    {"host", FieldRule::kHost, &Request::host},
    {"content-length", FieldRule::kContentLength},
    {"transfer-encoding", FieldRule::kTransferEncoding},
    {"connection", FieldRule::kConnection},
    {"proxy-connection", FieldRule::kConnection},  // old proxies' name for it
    {"expect", FieldRule::kExpect},
    {"upgrade", FieldRule::kUpgrade},
    {"origin", FieldRule::kOrigin, &Request::origin},
    {"accept", FieldRule::kJoined, &Request::accept},
    {"accept-language", FieldRule::kJoined, &Request::accept_language},
    {"accept-encoding", FieldRule::kJoined, &Request::accept_encoding},
    {"access-control-request-method", FieldRule::kLast, &Request::access_control_request_method},
    {"access-control-request-headers", FieldRule::kJoined, &Request::access_control_request_headers},
    {"content-type", FieldRule::kLast, &Request::content_type},
    {"soapaction", FieldRule::kLast, &Request::soap_action},
    {"if-none-match", FieldRule::kJoined, &Request::if_none_match},
    {"if-modified-since", FieldRule::kLast, &Request::if_modified_since},
    {"user-agent", FieldRule::kLast, &Request::user_agent},
    {"x-forwarded-host", FieldRule::kLast, &Request::forwarded_host},
    {"x-forwarded-for", FieldRule::kJoined, &Request::forwarded_for},
    {"cookie", FieldRule::kCookie, &Request::cookies},
    {"understudy-group", FieldRule::kLast, &Request::group},
    {"x-maintpage-response-group", FieldRule::kLast, &Request::group},
    {"understudy-reason", FieldRule::kLast, &Request::reason},
};

namespace detail {

inline constexpr unsigned kIndexBits = 7;
inline constexpr std::size_t kShortestKnown = 4;
inline constexpr std::size_t kLongestKnown = 31;

/// Where a name stands in the index: its length, its first and its last letter, spread by `factor`.
constexpr std::size_t index_of(std::string_view name, std::uint32_t factor) {
  const auto fold = [](char c) { return static_cast<std::uint32_t>(static_cast<unsigned char>(c)) | 0x20U; };
  const std::uint32_t key =
      static_cast<std::uint32_t>(name.size()) | fold(name.front()) << 8 | fold(name.back()) << 16;
  return (key * factor) >> (32 - kIndexBits);
}

constexpr bool spreads(std::uint32_t factor) {
  std::array<bool, std::size_t{1} << kIndexBits> taken{};
  for (const KnownField& field : kKnownFields) {
    bool& place = taken[index_of(field.name, factor)];
    if (place) return false;
    place = true;
  }
  return true;
}

/// 0: there is none, as two names have the same length, first and last letter.
constexpr std::uint32_t find_factor() {
  std::uint32_t factor = 2654435769U;
  for (int tries = 0; tries < 2000; ++tries, factor = factor * 1664525U + 1013904222U) {
    if (spreads(factor | 1U)) return factor | 1U;
  }
  return 0;
}
inline constexpr std::uint32_t kFactor = find_factor();
static_assert(kFactor != 0, "two known fields cannot be told apart: index_of needs one letter more");

struct IndexEntry {
  char name[kLongestKnown + 1] = {};
  KnownField field;  ///< an empty name: nothing here
};

constexpr auto make_index() {
  std::array<IndexEntry, std::size_t{1} << kIndexBits> index{};
  for (const KnownField& field : kKnownFields) {
    IndexEntry& entry = index[index_of(field.name, kFactor)];
    for (std::size_t i = 0; i < field.name.size(); ++i) entry.name[i] = field.name[i];
    entry.field = field;
  }
  return index;
}
inline constexpr auto kIndex = make_index();

constexpr bool are_sound() {
  for (const KnownField& field : kKnownFields) {
    if (field.name.size() < kShortestKnown || field.name.size() > kLongestKnown) return false;
    for (const char c : field.name) {
      if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
    }
  }
  return true;
}
static_assert(are_sound(), "a known field's name has 4 to 31 lower-case letters, digits and hyphens");

template <typename Word>
[[nodiscard]] inline Word load(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

}  // namespace detail

/// The row of a field, or null. REQUIRES: each byte of `name` is visible. (Then setting the bit that tells
/// lower from upper case makes no other byte into a letter, digit or hyphen.)
[[nodiscard]] inline const KnownField* find_known_field(std::string_view name) {
  constexpr std::uint64_t kFold8 = 0x2020202020202020U;
  constexpr std::uint32_t kFold4 = 0x20202020U;
  const std::size_t size = name.size();
  if (size < detail::kShortestKnown) return nullptr;
  const detail::IndexEntry& entry = detail::kIndex[detail::index_of(name, detail::kFactor)];
  if (entry.field.name.size() != size) return nullptr;
  const char* const given = name.data();
  const auto differs8 = [&](std::size_t at) {
    return (detail::load<std::uint64_t>(given + at) | kFold8) != detail::load<std::uint64_t>(entry.name + at);
  };
  const auto differs4 = [&](std::size_t at) {
    return (detail::load<std::uint32_t>(given + at) | kFold4) != detail::load<std::uint32_t>(entry.name + at);
  };
  if (size < 8) return differs4(0) || differs4(size - 4) ? nullptr : &entry.field;
  for (std::size_t at = 0; at + 8 < size; at += 8) {
    if (differs8(at)) return nullptr;
  }
  return differs8(size - 8) ? nullptr : &entry.field;
}

}  // namespace understudy::http
