#include "answer/compress.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

namespace understudy::answer {
namespace {

/// Compressing happens once a body, but on a worker's thread: large pages get a cheaper level.
constexpr std::size_t kLarge = 128 * 1024;

std::string compress_gzip(std::string_view bytes) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (deflateInit2(&stream, 9, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  // zlib never writes to its input; its old interface only lacks the const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return done ? out : std::string();
}

std::string compress_brotli(std::string_view bytes) {
  std::size_t size = BrotliEncoderMaxCompressedSize(bytes.size());
  std::string out(size, '\0');
  const int quality = bytes.size() > kLarge ? 5 : 9;
  // The encoder's memory follows the window, which needs be no larger than the body.
  int window = BROTLI_MIN_WINDOW_BITS;
  while (window < BROTLI_DEFAULT_WINDOW && (std::size_t{1} << window) < bytes.size()) ++window;
  const bool done = BrotliEncoderCompress(quality, window, BROTLI_MODE_TEXT, bytes.size(),
                                          reinterpret_cast<const std::uint8_t*>(bytes.data()), &size,
                                          reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_TRUE;
  out.resize(done ? size : 0);
  return out;
}

std::string compress_zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const int level = bytes.size() > kLarge ? 3 : 12;
  const std::size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
  out.resize(ZSTD_isError(size) != 0 ? 0 : size);
  return out;
}

}  // namespace

std::string compress(std::string_view bytes, Coding coding) {
  switch (coding) {
    case Coding::kBrotli:
      return compress_brotli(bytes);
    case Coding::kZstd:
      return compress_zstd(bytes);
    case Coding::kGzip:
      return compress_gzip(bytes);
    case Coding::kIdentity:
      break;
  }
  return std::string(bytes);
}

std::string_view content_encoding(Coding coding) {
  constexpr std::string_view kNames[kCodingCount] = {"br", "zstd", "gzip", ""};
  return kNames[static_cast<std::size_t>(coding)];
}

}  // namespace understudy::answer
