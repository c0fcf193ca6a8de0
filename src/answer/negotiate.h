#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/request.h"
#include "model/counters.h"
#include "model/group.h"

namespace understudy::answer {

using model::Format;

/// How a body's bytes are coded; the order is the server's preference at equal weight.
enum class Coding : std::uint8_t { kBrotli, kZstd, kGzip, kIdentity };
constexpr std::size_t kCodingCount = 4;

/// The request's own protocol where it leaves no choice, else what Accept prefers (RFC 9110 section
/// 12.5.1): JSON where nothing offered is acceptable, for an answer that can't be read is better than none.
[[nodiscard]] Format negotiate_format(const http::Request& request);

/// RFC 4647 section 3.4 lookup over Accept-Language; index into `offered`.
[[nodiscard]] std::size_t negotiate_language(std::string_view accept_language,
                                             const model::LanguageSet& offered);

/// RFC 9110 section 12.5.3. Identity where nothing is acceptable.
[[nodiscard]] Coding negotiate_coding(std::string_view accept_encoding);

/// Remembers what the same header bytes came to last time: browsers send the same few over and over.
/// Bounded, direct-mapped, for one thread.
class NegotiationMemo {
 public:
  [[nodiscard]] std::size_t language(std::string_view accept_language, const model::LanguageSet& offered);
  [[nodiscard]] Format format(const http::Request& request);
  [[nodiscard]] Coding coding(std::string_view accept_encoding);

 private:
  struct Entry {
    std::string header;
    std::uint32_t set = 0;
    std::uint32_t result = 0;
    bool known = false;
  };
  static constexpr std::size_t kEntries = 64;
  static constexpr std::size_t kMaxHeader = 256;  ///< longer ones are worked out anew
  using Table = std::array<Entry, kEntries>;

  template <typename Compute>
  std::uint32_t remember(Table& table, std::string_view header, std::uint32_t set, Compute compute);

  Table languages_;
  Table formats_;
  Table codings_;
};

}  // namespace understudy::answer
