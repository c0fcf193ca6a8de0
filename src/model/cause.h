#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace understudy::model {

/// Why a request passes or is blocked. Stable words on the wire, in logs and in metrics.
enum class Cause : std::uint8_t {
  // It passes:
  kOpen,      ///< "open": the group is
  kOutside,   ///< "outside": no path of the group
  kExempt,    ///< "exempt": a path that always goes through
  kRead,      ///< "read": in read-only
  kNetwork,   ///< "network"
  kCookie,    ///< "cookie"
  kHeader,    ///< "header"
  kPass,      ///< "pass": signed
  kAdmitted,  ///< "admitted": its turn has come while the group reopens
  // It is blocked:
  kMaintenance,  ///< "maintenance": nothing lets it through
  kReadOnly,     ///< "read-only": a write
  kCancelled,    ///< "cancelled": the client itself gave its right up
  kWaiting,      ///< "waiting": its turn comes later
};
inline constexpr std::size_t kCauseCount = 13;

inline constexpr std::array<std::string_view, kCauseCount> kCauseNames = {
    "open", "outside",  "exempt",      "read",      "network",   "cookie", "header",
    "pass", "admitted", "maintenance", "read-only", "cancelled", "waiting"};
[[nodiscard]] constexpr std::string_view to_text(Cause cause) {
  return kCauseNames[static_cast<std::size_t>(cause)];
}

[[nodiscard]] constexpr bool passes(Cause cause) { return cause <= Cause::kAdmitted; }

}  // namespace understudy::model
