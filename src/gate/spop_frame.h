#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace understudy::gate {

/// SPOP 2.0 as bytes (HAProxy: doc/SPOE.txt, section 3): pure, and bounded by what it is given. Everything
/// read is a view into the input.

enum class SpopType : std::uint8_t {
  kUnset = 0,  ///< a fragment that goes on
  kHaproxyHello = 1,
  kHaproxyDisconnect = 2,
  kNotify = 3,
  kAgentHello = 101,
  kAgentDisconnect = 102,
  kAck = 103,
};

constexpr std::uint32_t kSpopFin = 1;    ///< the frame's last fragment, or its only one
constexpr std::uint32_t kSpopAbort = 2;  ///< the fragmented payload is given up

/// Bytes of the length in front of each frame.
constexpr std::size_t kSpopPrefix = 4;

/// One frame, without the length in front of it.
struct SpopFrame {
  SpopType type = SpopType::kUnset;  ///< any number that came, named or not
  std::uint32_t flags = 0;
  std::uint64_t stream = 0;
  std::uint64_t frame = 0;
  std::string_view payload;
};

/// Typed data.
struct SpopValue {
  enum class Type : std::uint8_t {
    kNull,
    kBool,
    kInt32,
    kUint32,
    kInt64,
    kUint64,
    kIpv4,
    kIpv6,
    kString,
    kBinary,
  };
  Type type = Type::kNull;
  bool truth = false;        ///< of a kBool
  std::uint64_t number = 0;  ///< of an integer; a negative one as two's complement
  std::string_view bytes;    ///< of an address (4 or 16), a string or a binary

  [[nodiscard]] bool is_text() const { return type == Type::kString || type == Type::kBinary; }
  [[nodiscard]] bool is_number() const { return type >= Type::kInt32 && type <= Type::kUint64; }
};

/// Reads one thing after the other. After the first that is malformed or cut off, `ok()` is false and
/// everything else reads as nothing.
class SpopReader {
 public:
  explicit SpopReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  /// Whether there is more to read.
  [[nodiscard]] bool more() const { return ok_ && !rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

  std::uint8_t byte();
  std::uint32_t u32();     ///< big-endian
  std::uint64_t varint();  ///< more than 64 bits are malformed
  std::string_view text();
  SpopValue value();

 private:
  std::string_view take(std::uint64_t size);

  std::string_view rest_;
  bool ok_ = true;
};

/// None if the bytes end before the payload, or an id is no number.
[[nodiscard]] std::optional<SpopFrame> parse_spop_frame(std::string_view bytes);

void append_varint(std::string& out, std::uint64_t number);
void append_text(std::string& out, std::string_view text);

/// Appends one frame: the length is put in front by `finish`.
class SpopWriter {
 public:
  /// `out` must outlive the writer and is appended to by nobody else meanwhile.
  SpopWriter(std::string& out, SpopType type, std::uint64_t stream, std::uint64_t frame);

  // An item of a KV-LIST.
  void item(std::string_view name, std::string_view value);
  void item(std::string_view name, std::uint32_t value);
  // An action that sets a variable for the transaction.
  void set_variable(std::string_view name, std::string_view value);
  void set_flag(std::string_view name, bool value);  // NOLINT: the value is a truth

  void finish();

 private:
  void begin_variable(std::string_view name);

  std::string& out_;
  const std::size_t start_;
};

}  // namespace understudy::gate
