#include "gate/spop_frame.h"

namespace understudy::gate {
namespace {

using Type = SpopValue::Type;

constexpr std::uint8_t kTrue = 0x11;
constexpr std::uint8_t kFalse = 0x01;

char to_char(std::uint64_t byte) { return static_cast<char>(static_cast<unsigned char>(byte & 0xFF)); }

void append_u32(std::string& out, std::uint32_t number) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out.push_back(to_char(number >> shift));
}

}  // namespace

std::string_view SpopReader::take(std::uint64_t size) {
  if (!ok_ || size > rest_.size()) {
    ok_ = false;
    return {};
  }
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::uint8_t SpopReader::byte() {
  const std::string_view taken = take(1);
  return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken.front());
}

std::uint32_t SpopReader::u32() {
  std::uint32_t number = 0;
  for (const char c : take(4)) number = (number << 8U) | static_cast<unsigned char>(c);
  return number;
}

/// Below 240 one byte; else the first gives four bits above that, and each further one seven more.
std::uint64_t SpopReader::varint() {
  std::uint64_t number = byte();
  if (number < 240) return number;
  for (unsigned shift = 4; ok_; shift += 7) {
    const std::uint64_t next = byte();
    const std::uint64_t part = next << shift;
    const bool fits = shift < 64 && part >> shift == next && number + part >= number;
    if (!fits) break;
    number += part;
    if (next < 128) return ok_ ? number : 0;
  }
  ok_ = false;
  return 0;
}

std::string_view SpopReader::text() { return take(varint()); }

SpopValue SpopReader::value() {
  const std::uint8_t head = byte();
  SpopValue value;
  if (!ok_) return value;
  value.type = static_cast<Type>(head & 0xFU);
  switch (value.type) {
    case Type::kNull:
      break;
    case Type::kBool:
      value.truth = (head & 0x10U) != 0;
      break;
    case Type::kInt32:
    case Type::kUint32:
    case Type::kInt64:
    case Type::kUint64:
      value.number = varint();
      break;
    case Type::kIpv4:
      value.bytes = take(4);
      break;
    case Type::kIpv6:
      value.bytes = take(16);
      break;
    case Type::kString:
    case Type::kBinary:
      value.bytes = text();
      break;
    default:  // how long such a one is, nobody knows
      ok_ = false;
  }
  return ok_ ? value : SpopValue{};
}

std::optional<SpopFrame> parse_spop_frame(std::string_view bytes) {
  SpopReader reader(bytes);
  SpopFrame frame;
  frame.type = static_cast<SpopType>(reader.byte());
  frame.flags = reader.u32();
  frame.stream = reader.varint();
  frame.frame = reader.varint();
  frame.payload = reader.rest();
  return reader.ok() ? std::optional(frame) : std::nullopt;
}

void append_varint(std::string& out, std::uint64_t number) {
  if (number < 240) return out.push_back(to_char(number));
  out.push_back(to_char(number | 240U));
  number = (number - 240) >> 4U;
  while (number >= 128) {
    out.push_back(to_char(number | 128U));
    number = (number - 128) >> 7U;
  }
  out.push_back(to_char(number));
}

void append_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out.append(text);
}

SpopWriter::SpopWriter(std::string& out, SpopType type, std::uint64_t stream, std::uint64_t frame)
    : out_(out), start_(out.size()) {
  append_u32(out_, 0);  // the length, in finish
  out_.push_back(to_char(static_cast<std::uint64_t>(type)));
  append_u32(out_, kSpopFin);
  append_varint(out_, stream);
  append_varint(out_, frame);
}

void SpopWriter::item(std::string_view name, std::string_view value) {
  append_text(out_, name);
  out_.push_back(to_char(static_cast<std::uint64_t>(Type::kString)));
  append_text(out_, value);
}

void SpopWriter::item(std::string_view name, std::uint32_t value) {
  append_text(out_, name);
  out_.push_back(to_char(static_cast<std::uint64_t>(Type::kUint32)));
  append_varint(out_, value);
}

void SpopWriter::begin_variable(std::string_view name) {
  // SET-VAR, three arguments, scope "transaction" (section 3.4).
  out_.append("\x01\x03\x02", 3);
  append_text(out_, name);
}

void SpopWriter::set_variable(std::string_view name, std::string_view value) {
  begin_variable(name);
  out_.push_back(to_char(static_cast<std::uint64_t>(Type::kString)));
  append_text(out_, value);
}

void SpopWriter::set_flag(std::string_view name, bool value) {
  begin_variable(name);
  out_.push_back(to_char(value ? kTrue : kFalse));
}

void SpopWriter::finish() {
  const std::size_t length = out_.size() - start_ - kSpopPrefix;
  for (std::size_t i = 0; i < kSpopPrefix; ++i)
    out_[start_ + i] = to_char(length >> (8 * (kSpopPrefix - 1 - i)));
}

}  // namespace understudy::gate
