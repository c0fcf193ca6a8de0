#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/request.h"

namespace understudy::http {

enum class Progress : std::uint8_t { kMore, kDone, kRefused };

/// The longest chunk-size line with its extensions, and the longest trailer section with the line before it.
constexpr std::size_t kMaxChunkLine = 16384;

/// Goes through one request's body, in as many pieces as arrive. Pure; a plain value.
class BodyReader {
 public:
  BodyReader() = default;
  /// `length` counts for BodyKind::kLength alone.
  BodyReader(BodyKind kind, std::uint64_t length);

  /// Takes what it can of `bytes`, says in `consumed()` how much, and appends what the body holds to `into`
  /// unless that is null. kMore: what was not taken must be offered again, with more behind it. kRefused:
  /// the chunks are malformed, where the next request begins can't be told.
  [[nodiscard]] Progress read(std::string_view bytes, std::string* into);
  [[nodiscard]] std::size_t consumed() const { return consumed_; }

 private:
  enum class State : std::uint8_t {
    kDone,
    kLength,     ///< `left_` bytes until the end
    kChunkSize,  ///< at a chunk's first line
    kChunkData,  ///< `left_` bytes until the CRLF behind them
    kChunkEnd,   ///< at that CRLF
  };

  void take_data(std::string_view bytes, std::string* into);
  [[nodiscard]] Progress take_chunk_line(std::string_view rest);

  State state_ = State::kDone;
  std::uint64_t left_ = 0;
  std::size_t consumed_ = 0;
};

}  // namespace understudy::http
