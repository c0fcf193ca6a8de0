#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/clock.h"
#include "base/hmac.h"

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
/// over all of these (RFC 2104): 95 characters, none of which any cookie, header or URL has to escape.
/// REQUIRES: ids as above. A fraction of the expiry's second is cut off.
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
  /// REQUIRES: ids as above, secrets that are not empty.
  PassBook(const std::vector<Pass>& passes, const std::vector<PassKey>& keys);

  struct Verified {
    PassFault fault = PassFault::kNone;
    std::string_view id;  ///< of the pass, into the book; empty where it is not in there
    WallTime expires;     ///< of a pass without fault
  };
  /// Constant time in the MAC, which is looked at before anything that it covers. Allocates nothing.
  [[nodiscard]] Verified verify(std::string_view token, std::string_view group_id, WallTime now) const;

  [[nodiscard]] std::size_t size() const { return passes_.size(); }

 private:
  struct Key {
    std::uint32_t id;
    HmacKey hmac;
  };
  struct Entry {
    std::string id;
    WallTime expires;
  };
  std::vector<Key> keys_;  ///< a few: one for each lifetime of a key that a pass may outlive
  boost::unordered_flat_map<std::uint64_t, Entry> passes_;
};

}  // namespace understudy::model
