#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "model/cause.h"
#include "model/group_table.h"

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

using model::Cause;
using model::kCauseCount;
using model::passes;
using model::to_text;

struct Decision {
  Cause cause = Cause::kOpen;
  /// What the cause rests on, for people: "203.0.113.0/24", "/.well-known/acme-challenge/*", a pass's id; or,
  /// of a blocked one, why a right it claimed is none: "the pass has expired", "no address is known"; of a
  /// cancelled one, what said "false". A view into the
  /// snapshot, the question or a constant.
  std::string_view detail;
  std::string_view pass;        ///< the id of the pass that it used, to be counted
  std::chrono::seconds wait{};  ///< of a waiting one: until its turn

  [[nodiscard]] bool blocked() const { return !passes(cause); }
};

/// Whether everything passes, whatever is asked: the group is open and not reopening little by little.
[[nodiscard]] bool is_wide_open(const model::GroupState& state, WallTime now);
/// The mode whose rules hold for clients without a right: the group's, or, while it reopens, the one that it
/// comes out of. REQUIRES: not wide open.
[[nodiscard]] model::Mode mode_in_force(const model::GroupState& state);

/// The one decision, shared by every dialect and by answering. Pure; allocates nothing for an open group.
///
/// While a group reopens, a client's turn is a point between the `off` and the ramp's end that its cookie or
/// its address alone determines, so that the share that is let in grows evenly and nobody is sent back. A
/// client that can't be told apart has another turn each time it asks.
[[nodiscard]] Decision decide(const Question& question, const model::Group& group,
                              const model::GroupState& state, const model::Snapshot& snapshot, WallTime now);

/// "passes: 203.0.113.7 is in 203.0.113.0/24", "blocked: maintenance; the pass has expired". For people.
[[nodiscard]] std::string explain(const Decision& decision, const Question& question);

}  // namespace understudy::answer
