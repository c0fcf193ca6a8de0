#include "answer/question.h"

#include <algorithm>

#include <fmt/format.h>

#include "answer/client_address.h"
#include "base/crypto.h"
#include "base/text.h"
#include "http/cookies.h"
#include "model/path_pattern.h"

namespace understudy::answer {
namespace {

using model::GatePolicy;
using model::Mode;

constexpr std::string_view kNoAddress = "no address is known";
constexpr std::string_view kOtherCookie = "the bypass cookie has another value";
constexpr std::string_view kOtherHeader = "the bypass header has another value";
constexpr std::string_view kReading = "reading";
constexpr std::string_view kNoBook = "no pass was ever given";

/// What is wrong with a pass, as `detail` says it.
std::string_view describe(model::PassFault fault) {
  switch (fault) {
    case model::PassFault::kNone:
      return "";
    case model::PassFault::kMalformed:
      return "the pass is cut or changed";
    case model::PassFault::kUnknownKey:
      return "the pass was signed with a key that is gone";
    case model::PassFault::kWrongMac:
      return "the pass was changed, or not signed here";
    case model::PassFault::kOtherGroup:
      return "the pass is of another group";
    case model::PassFault::kExpired:
      return "the pass has expired";
    case model::PassFault::kRevoked:
      return "the pass was revoked";
  }
  return "";
}

/// FNV-1a with the end of SplitMix64: spreads what differs in one bit evenly. The same on every machine.
class Spread {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) add(static_cast<std::uint8_t>(c));
    add(std::uint8_t{0xFF});
  }
  void add(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) add(static_cast<std::uint8_t>(number >> shift));
  }
  void add(std::uint8_t byte) { state_ = (state_ ^ byte) * 0x100000001B3; }
  /// 0 to below 1.
  [[nodiscard]] double fraction() const {
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    mixed ^= mixed >> 31;
    return static_cast<double>(mixed >> 11) * 0x1.0p-53;
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325;
};

std::uint64_t ticks(WallTime time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }

/// Which of `patterns` the request is; null if none.
const model::PathPattern* match(const std::vector<model::PathPattern>& patterns, std::string_view method,
                                const std::optional<std::string>& path) {
  if (!path) return nullptr;
  const auto found = std::find_if(patterns.begin(), patterns.end(),
                                  [&](const auto& pattern) { return pattern.matches(method, *path); });
  return found == patterns.end() ? nullptr : &*found;
}

bool reads(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

/// What lets a client through that others do not have, or why nothing does.
struct Right {
  std::optional<Cause> cause;
  std::string_view detail;
  std::string_view pass;
};

/// What the client says "false" with; empty: nothing.
std::string_view cancelled_by(const Question& question, const GatePolicy& gate) {
  if (http::has_cookie(question.cookies, gate.cookie.name, "false")) return gate.cookie.name;
  if (!gate.header.name.empty() && iequals(question.header, "false")) return gate.header.name;
  if (http::has_cookie(question.cookies, model::kPassCookie, "false")) return model::kPassCookie;
  return iequals(question.pass, "false") ? model::kPassHeader : std::string_view();
}

Right right_by_pass(const Question& question, const model::Group& group, const model::Snapshot& snapshot,
                    WallTime now) {
  std::string_view token = question.pass;
  if (token.empty()) token = http::find_cookie(question.cookies, model::kPassCookie);
  if (token.empty()) return {};
  if (snapshot.passes == nullptr) return {std::nullopt, kNoBook, {}};
  const auto verified = snapshot.passes->verify(token, group.id, now);
  if (verified.fault != model::PassFault::kNone) return {std::nullopt, describe(verified.fault), {}};
  return {Cause::kPass, verified.id, verified.id};
}

/// The cheapest first: what a client has by itself, then what it shows.
Right right_of(const Question& question, const model::Group& group, const model::Snapshot& snapshot,
               WallTime now) {
  const GatePolicy& gate = *group.gate;
  Right none;
  if (question.client) {
    const std::size_t network = gate.networks.find(*question.client);
    if (network != model::NetworkSet::kNone) return {Cause::kNetwork, gate.networks.text(network), {}};
  } else if (!gate.networks.empty()) {
    none.detail = kNoAddress;
  }
  if (!gate.header.name.empty() && !question.header.empty()) {
    if (equal_constant_time(question.header, gate.header.value))
      return {Cause::kHeader, gate.header.name, {}};
    none.detail = kOtherHeader;
  }
  const std::string_view cookie = http::find_cookie(question.cookies, gate.cookie.name);
  if (cookie.data() != nullptr) {
    if (equal_constant_time(cookie, gate.cookie.value)) return {Cause::kCookie, gate.cookie.name, {}};
    none.detail = kOtherCookie;
  }
  const Right by_pass = right_by_pass(question, group, snapshot, now);
  return by_pass.cause || !by_pass.detail.empty() ? by_pass : none;
}

/// Where between the ramp's beginning and its end a client's turn comes: 0 to below 1.
double turn_of(const Question& question, const model::Group& group, WallTime since, WallTime now) {
  const GatePolicy& gate = *group.gate;
  Spread spread;
  spread.add(group.id);
  spread.add(ticks(since));
  const std::string_view cookie = http::find_cookie(question.cookies, gate.ramp_cookie);
  if (!cookie.empty()) {
    spread.add(cookie);
  } else if (question.client) {
    const Address& address = *question.client;
    const bool v4 = std::all_of(address.begin(), address.begin() + 10, [](auto byte) { return byte == 0; });
    // An IPv6 client changes the lower half of its address as it likes (RFC 8981).
    for (std::size_t i = 0; i < (v4 ? 16U : 8U); ++i) spread.add(address[i]);
  } else {
    spread.add(ticks(now));
  }
  return spread.fraction();
}

Decision decide_turn(const Question& question, const model::Group& group, const model::Occasion& occasion,
                     WallTime now) {
  const WallTime since = *occasion.reopening_since;
  const std::chrono::duration<double> whole = *occasion.reopening_until - since;
  const std::chrono::duration<double> turn = whole * turn_of(question, group, since, now);
  const std::chrono::duration<double> left = turn - (now - since);
  if (left.count() <= 0) return {Cause::kAdmitted, {}, {}, {}};
  return {Cause::kWaiting,
          {},
          {},
          std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(left))};
}

}  // namespace

bool is_wide_open(const model::GroupState& state, WallTime now) {
  if (state.mode != Mode::kOpen) return false;
  const model::Occasion* occasion = state.occasion.get();
  const bool reopening = occasion != nullptr && occasion->reopening_since && occasion->reopening_until &&
                         now < *occasion->reopening_until;
  return !reopening;
}

Mode mode_in_force(const model::GroupState& state) {
  return state.mode == Mode::kOpen ? state.occasion->reopening_from : state.mode;
}

Decision decide(const Question& question, const model::Group& group, const model::GroupState& state,
                const model::Snapshot& snapshot, WallTime now) {
  if (is_wide_open(state, now)) return {};
  const GatePolicy& gate = *group.gate;
  const bool by_path = !gate.paths.empty() || !gate.exempt.empty() || !gate.reads.empty();
  const std::optional<std::string> path = by_path ? model::normal_path(question.target) : std::nullopt;
  // What is not the group's business comes first, then what goes through for everybody.
  if (path && !gate.paths.empty() && match(gate.paths, question.method, path) == nullptr)
    return {Cause::kOutside, {}, {}, {}};
  if (const auto* exempt = match(gate.exempt, question.method, path))
    return {Cause::kExempt, exempt->path, {}, {}};
  if (mode_in_force(state) == Mode::kReadOnly) {
    // "read" says that the group is read-only, which proxies remember.
    const bool reopening = state.mode == Mode::kOpen;
    const auto* listed = reads(question.method) ? nullptr : match(gate.reads, question.method, path);
    if (reads(question.method) || listed != nullptr) {
      if (reopening) return {Cause::kAdmitted, kReading, {}, {}};
      return {Cause::kRead, listed == nullptr ? std::string_view() : listed->path, {}, {}};
    }
  }
  const std::string_view cancelled = cancelled_by(question, gate);
  Right right;
  if (cancelled.empty()) right = right_of(question, group, snapshot, now);
  if (right.cause) return {*right.cause, right.detail, right.pass, {}};
  // Without a right of its own a client is one of all.
  if (state.mode == Mode::kOpen) return decide_turn(question, group, *state.occasion, now);
  if (!cancelled.empty()) return {Cause::kCancelled, cancelled, {}, {}};
  return {state.mode == Mode::kReadOnly ? Cause::kReadOnly : Cause::kMaintenance, right.detail, {}, {}};
}

std::string explain(const Decision& decision, const Question& question) {
  const std::string_view detail = decision.detail;
  const std::string_view asked = question.target.empty() ? "/" : question.target;
  const auto but = [&] { return detail.empty() ? std::string() : fmt::format("; {}", detail); };
  switch (decision.cause) {
    case Cause::kOpen:
      return "passes: the group is open";
    case Cause::kOutside:
      return fmt::format("passes: {} {} is no part of the group", question.method, asked);
    case Cause::kExempt:
      return fmt::format("passes: {} always goes through ({})", asked, detail);
    case Cause::kRead:
      return detail.empty()
                 ? fmt::format("passes: {} reads, which read-only leaves alone", question.method)
                 : fmt::format("passes: {} {} counts as reading ({})", question.method, asked, detail);
    case Cause::kNetwork:
      return fmt::format("passes: {} is in {}", question.client ? to_text(*question.client) : "the client",
                         detail);
    case Cause::kCookie:
      return fmt::format("passes: the cookie {} lets it through", detail);
    case Cause::kHeader:
      return fmt::format("passes: the header {} lets it through", detail);
    case Cause::kPass:
      return fmt::format("passes: the signed pass {} lets it through", detail);
    case Cause::kAdmitted:
      return detail == kReading ? fmt::format("passes: {} reads, which read-only left alone", question.method)
                                : "passes: its turn has come while the group reopens";
    case Cause::kMaintenance:
      return "blocked: maintenance" + but();
    case Cause::kReadOnly:
      return fmt::format("blocked: {} writes, and the group is read-only{}", question.method, but());
    case Cause::kCancelled:
      return fmt::format("blocked: {} says \"false\", which takes every right away", detail);
    case Cause::kWaiting:
      return fmt::format("blocked: the group reopens little by little; its turn comes in {} s",
                         decision.wait.count());
  }
  return "";
}

}  // namespace understudy::answer
