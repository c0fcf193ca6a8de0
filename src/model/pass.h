#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/clock.h"

namespace understudy::model {

/// A right to go through, as it is kept. Revoking removes it.
struct Pass {
  std::string id;     ///< "p-" and 16 hexadecimal digits
  std::string group;  ///< the group's UUID
  std::string label;
  WallTime created;
  WallTime expires;
  std::string by;
  std::uint64_t uses = 0;
  std::optional<WallTime> last_used;
  friend bool operator==(const Pass&, const Pass&) = default;
};

/// What passes are signed with. The newest signs; older ones verify until what they signed has expired.
struct PassKey {
  std::string id;      ///< 8 hexadecimal digits
  std::string secret;  ///< 32 bytes
  WallTime created;
  friend bool operator==(const PassKey&, const PassKey&) = default;
};

/// "up_" and base64url of version, key id, group id, pass id, expiry (seconds since 1970) and an HMAC-SHA256
/// over all of these (RFC 2104).
[[nodiscard]] std::string sign_pass(const Pass& pass, const PassKey& key);

enum class PassFault : std::uint8_t {
  kNone,
  kMalformed,   ///< cut or changed in form
  kUnknownKey,  ///< signed with a key that is gone
  kWrongMac,    ///< changed, or signed by somebody else
  kOtherGroup,
  kExpired,
  kRevoked,  ///< signed here, but no longer in the book
};
[[nodiscard]] std::string_view to_text(PassFault fault);

/// All passes and keys in force. Immutable, part of the snapshot, read by any thread.
class PassBook {
 public:
  PassBook() = default;
  PassBook(const std::vector<Pass>& passes, std::vector<PassKey> keys);

  struct Verified {
    PassFault fault = PassFault::kNone;
    std::string_view
        id;  ///< of the pass, where the token is genuine; into the book or `token`'s decoded form
  };
  /// Constant time in the MAC. Allocates nothing.
  [[nodiscard]] Verified verify(std::string_view token, std::string_view group_id, WallTime now) const;

  [[nodiscard]] std::size_t size() const { return ids_.size(); }

 private:
  std::vector<PassKey> keys_;
  boost::unordered_flat_map<std::string, WallTime> ids_;  ///< id to expiry
};

}  // namespace understudy::model
