#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "model/group_table.h"
#include "model/reason.h"

namespace understudy::answer {

/// An IPv6 address, or an IPv4-mapped one.
using Address = std::array<std::uint8_t, 16>;

/// One request that a proxy asks about, whichever dialect it asks in. Views hold as long as the asker's
/// input.
struct Question {
  std::string_view method;  ///< as sent: "GET"
  std::string_view target;  ///< origin form, with or without query; empty: "/"
  std::optional<Address> client;
  std::string_view cookies;  ///< the value of Cookie; several joined by "; "
  std::string_view header;   ///< the value of the group's bypass header
  std::string_view pass;     ///< the value of Understudy-Pass
};

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
constexpr std::size_t kCauseCount = 13;
[[nodiscard]] std::string_view to_text(Cause cause);
[[nodiscard]] constexpr bool passes(Cause cause) { return cause <= Cause::kAdmitted; }

struct Decision {
  Cause cause = Cause::kOpen;
  /// What the cause rests on, for people: "203.0.113.0/24", "/.well-known/acme-challenge/*", a pass's id; or,
  /// of a blocked one, why a right it claimed is none: "pass expired", "no address is known". A view into the
  /// snapshot, the question or a constant.
  std::string_view detail;
  std::string_view pass;        ///< the id of the pass that it used, to be counted
  std::chrono::seconds wait{};  ///< of a waiting one: until its turn

  [[nodiscard]] bool blocked() const { return !passes(cause); }
};

/// The one decision, shared by every dialect and by answering. Pure; allocates nothing for an open group.
[[nodiscard]] Decision decide(const Question& question, const model::Group& group,
                              const model::GroupState& state, const model::Snapshot& snapshot, WallTime now);

/// "passes: 203.0.113.7 is in 203.0.113.0/24", "blocked: maintenance; the pass has expired". For people.
[[nodiscard]] std::string explain(const Decision& decision, const Question& question);

}  // namespace understudy::answer
