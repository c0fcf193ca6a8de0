// chunked-body   = *chunk last-chunk trailer-section CRLF                (RFC 9112 section 7.1)
// chunk          = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
// chunk-size     = 1*HEXDIG, below 2^64
// last-chunk     = 1*"0" [ chunk-ext ] CRLF
// chunk-ext      = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
// trailer-section = *field-line
#include "http/body_reader.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "http/field_line.h"
#include "http/token.h"

namespace understudy::http {
namespace {

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char low = to_lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

bool take_token(std::string_view& text) {
  const char* const end = find_token_end(text.data(), text.data() + text.size());
  const auto size = static_cast<std::size_t>(end - text.data());
  text.remove_prefix(size);
  return size > 0;
}

/// Behind its opening quote. Stricter than qdtext demands: no control character but HTAB, not even quoted.
bool take_quoted(std::string_view& text) {
  for (std::size_t i = 0; i < text.size() && is_text_byte(text[i]); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
    if (text[i] == '\\' && (++i == text.size() || !is_text_byte(text[i]))) return false;
  }
  return false;
}

/// What stands between a chunk's size and the end of its line.
bool are_extensions(std::string_view text) {
  while (!text.empty()) {
    skip_blanks(text);
    if (!text.starts_with(';')) return false;
    text.remove_prefix(1);
    skip_blanks(text);
    if (!take_token(text)) return false;
    std::string_view behind = text;
    skip_blanks(behind);
    if (!behind.starts_with('=')) continue;
    text = behind.substr(1);
    skip_blanks(text);
    if (!text.starts_with('"')) {
      if (!take_token(text)) return false;
      continue;
    }
    text.remove_prefix(1);
    if (!take_quoted(text)) return false;
  }
  return true;
}

/// Takes the size at a chunk line's front; false: there is none or it is too large.
bool take_size(std::string_view& line, std::uint64_t& size) {
  std::size_t digits = 0;
  for (size = 0; digits < line.size() && hex_digit(line[digits]) >= 0; ++digits) {
    if (size > std::numeric_limits<std::uint64_t>::max() / 16) return false;
    size = size * 16 + static_cast<std::uint64_t>(hex_digit(line[digits]));
  }
  line.remove_prefix(digits);
  return digits > 0;
}

/// Trailers are thrown away, but one that would say where a body ends, or is malformed, is refused.
Progress read_trailers(std::string_view bytes, std::size_t& used) {
  const char* at = bytes.data();
  for (;;) {
    FieldLine line;
    switch (take_field_line(at, bytes.data() + bytes.size(), line)) {
      case LineKind::kField:
        break;
      case LineKind::kLastLine:
        used = static_cast<std::size_t>(at - bytes.data());
        return Progress::kDone;
      case LineKind::kMore:
        return Progress::kMore;
      case LineKind::kMalformed:
      case LineKind::kFolded:
        return Progress::kRefused;
    }
    if (line.known == nullptr) continue;
    switch (line.known->rule) {
      case FieldRule::kContentLength:
      case FieldRule::kTransferEncoding:
        return Progress::kRefused;
      case FieldRule::kConnection:
        if (!is_token_list(line.field.value)) return Progress::kRefused;
        break;
      default:
        break;
    }
  }
}

}  // namespace

BodyReader::BodyReader(BodyKind kind, std::uint64_t length) {
  if (kind == BodyKind::kChunked) state_ = State::kChunkSize;
  if (kind == BodyKind::kLength && length > 0) {
    state_ = State::kLength;
    left_ = length;
  }
}

void BodyReader::take_data(std::string_view bytes, std::string* into) {
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  if (into != nullptr) into->append(bytes.substr(0, most));
  consumed_ += most;
  left_ -= most;
}

Progress BodyReader::read(std::string_view bytes, std::string* into) {
  consumed_ = 0;
  while (state_ != State::kDone) {
    const std::string_view rest = bytes.substr(consumed_);
    if (rest.empty()) return Progress::kMore;
    switch (state_) {
      case State::kLength:
      case State::kChunkData:
        take_data(rest, into);
        if (left_ == 0) state_ = state_ == State::kLength ? State::kDone : State::kChunkEnd;
        break;
      case State::kChunkEnd:
        if (rest.size() < 2) return Progress::kMore;
        if (!rest.starts_with("\r\n")) return Progress::kRefused;
        consumed_ += 2;
        state_ = State::kChunkSize;
        break;
      case State::kChunkSize:
        if (const Progress progress = take_chunk_line(rest); progress != Progress::kDone) return progress;
        break;
      case State::kDone:
        break;
    }
  }
  return Progress::kDone;
}

/// Takes a chunk's line and, behind the last chunk, the trailers with it.
Progress BodyReader::take_chunk_line(std::string_view rest) {
  // What is too long is so wherever the bytes are cut.
  const std::string_view seen = rest.substr(0, kMaxChunkLine);
  const Progress not_complete = seen.size() < kMaxChunkLine ? Progress::kMore : Progress::kRefused;
  const std::size_t cr = seen.find('\r');
  if (cr >= seen.size() - 1) return not_complete;  // none, or nothing behind it
  if (seen[cr + 1] != '\n') return Progress::kRefused;
  std::string_view line = seen.substr(0, cr);
  std::uint64_t size = 0;
  if (!take_size(line, size) || !are_extensions(line)) return Progress::kRefused;
  std::size_t used = cr + 2;
  if (size > 0) {
    state_ = State::kChunkData;
    left_ = size;
  } else {
    std::size_t trailers = 0;
    const Progress progress = read_trailers(seen.substr(used), trailers);
    if (progress == Progress::kMore) return not_complete;
    if (progress == Progress::kRefused) return progress;
    used += trailers;
    state_ = State::kDone;
  }
  consumed_ += used;
  return Progress::kDone;
}

}  // namespace understudy::http
