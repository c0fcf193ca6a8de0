#include "model/pass.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <chrono>
#include <optional>
#include <span>

#include "base/base64.h"
#include "base/crypto.h"

namespace understudy::model {
namespace {

constexpr std::string_view kPrefix = "up_";
constexpr std::uint8_t kVersion = 1;

using GroupId = std::array<std::uint8_t, 16>;

// Where what stands in a token; numbers are big-endian.
constexpr std::size_t kKeyAt = 1;
constexpr std::size_t kGroupAt = 5;
constexpr std::size_t kPassAt = 21;
constexpr std::size_t kExpiryAt = 29;
constexpr std::size_t kMacAt = 37;
constexpr std::size_t kSize = kMacAt + std::tuple_size_v<HmacKey::Digest>;
constexpr std::size_t kTextSize = kPrefix.size() + kSize / 3 * 4;
static_assert(kSize % 3 == 0, "no bits are left over");

template <typename Number>
std::optional<Number> read_hex(std::string_view text) {
  Number number = 0;
  if (text.size() != sizeof(Number) * 2) return std::nullopt;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

template <typename Number>
void put(std::span<std::uint8_t> out, Number number) {
  for (std::size_t i = sizeof(Number); i-- > 0; number >>= 8)
    out[i] = static_cast<std::uint8_t>(number & 0xFF);
}

template <typename Number>
Number take(std::span<const std::uint8_t> in) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) number = static_cast<Number>((number << 8) | in[i]);
  return number;
}

/// A UUID's bytes.
std::optional<GroupId> read_group(std::string_view text) {
  GroupId id;
  if (text.size() != 36) return std::nullopt;
  std::size_t at = 0;
  for (std::uint8_t& byte : id) {
    if (text[at] == '-') ++at;
    if (at + 2 > text.size()) return std::nullopt;
    const auto read = read_hex<std::uint8_t>(text.substr(at, 2));
    if (!read) return std::nullopt;
    byte = *read;
    at += 2;
  }
  return id;
}

/// "p-0123456789abcdef" as a number.
std::optional<std::uint64_t> read_pass(std::string_view id) {
  return id.starts_with("p-") ? read_hex<std::uint64_t>(id.substr(2)) : std::nullopt;
}

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::int64_t seconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

std::string_view to_text(PassFault fault) {
  switch (fault) {
    case PassFault::kNone:
      return "none";
    case PassFault::kMalformed:
      return "malformed";
    case PassFault::kUnknownKey:
      return "unknown key";
    case PassFault::kWrongMac:
      return "wrong signature";
    case PassFault::kOtherGroup:
      return "of another group";
    case PassFault::kExpired:
      return "expired";
    case PassFault::kRevoked:
      return "revoked";
  }
  return "unknown";
}

std::string sign_pass(const Pass& pass, const PassKey& key) {
  const auto group = read_group(pass.group);
  const auto pass_number = read_pass(pass.id);
  const auto key_number = read_hex<std::uint32_t>(key.id);
  assert(group && pass_number && key_number && !key.secret.empty());
  std::array<std::uint8_t, kSize> bytes;
  const std::span<std::uint8_t> all(bytes);
  bytes[0] = kVersion;
  put(all.subspan(kKeyAt), key_number.value_or(0));
  const GroupId group_id = group.value_or(GroupId{});
  std::copy(group_id.begin(), group_id.end(), bytes.begin() + kGroupAt);
  put(all.subspan(kPassAt), pass_number.value_or(0));
  put(all.subspan(kExpiryAt), static_cast<std::uint64_t>(seconds_of(pass.expires)));
  const HmacKey::Digest mac = HmacKey(key.secret).sign(all.first(kMacAt));
  std::copy(mac.begin(), mac.end(), bytes.begin() + kMacAt);
  return std::string(kPrefix) + base64url(text_of(bytes));
}

PassBook::PassBook(const std::vector<Pass>& passes, const std::vector<PassKey>& keys) {
  keys_.reserve(keys.size());
  for (const PassKey& key : keys) {
    const auto number = read_hex<std::uint32_t>(key.id);
    assert(number && !key.secret.empty());
    if (number) keys_.push_back({*number, HmacKey(key.secret)});
  }
  passes_.reserve(passes.size());
  for (const Pass& pass : passes) {
    const auto number = read_pass(pass.id);
    assert(number);
    if (number) passes_.emplace(*number, Entry{pass.id, pass.expires});
  }
}

PassBook::Verified PassBook::verify(std::string_view token, std::string_view group_id, WallTime now) const {
  const auto refused = [](PassFault fault, std::string_view id = {}) { return Verified{fault, id, {}}; };
  std::array<std::uint8_t, kSize> bytes;
  if (token.size() != kTextSize || !token.starts_with(kPrefix)) return refused(PassFault::kMalformed);
  if (!decode_base64url(token.substr(kPrefix.size()), bytes)) return refused(PassFault::kMalformed);
  if (bytes[0] != kVersion) return refused(PassFault::kMalformed);
  const std::span<const std::uint8_t> all(bytes);
  const auto key_number = take<std::uint32_t>(all.subspan(kKeyAt));
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& k) { return k.id == key_number; });
  if (key == keys_.end()) return refused(PassFault::kUnknownKey);
  if (!equal_constant_time(text_of(key->hmac.sign(all.first(kMacAt))), text_of(all.subspan(kMacAt))))
    return refused(PassFault::kWrongMac);

  // It is genuine: what it says may be told.
  const auto found = passes_.find(take<std::uint64_t>(all.subspan(kPassAt)));
  const std::string_view id =
      found == passes_.end() ? std::string_view() : std::string_view(found->second.id);
  const auto group = read_group(group_id);
  if (!group || !std::equal(group->begin(), group->end(), all.begin() + kGroupAt))
    return refused(PassFault::kOtherGroup, id);
  const auto expiry = static_cast<std::int64_t>(take<std::uint64_t>(all.subspan(kExpiryAt)));
  if (seconds_of(now) >= expiry) return refused(PassFault::kExpired, id);
  if (found == passes_.end()) return refused(PassFault::kRevoked);
  return {PassFault::kNone, id, found->second.expires};
}

}  // namespace understudy::model
