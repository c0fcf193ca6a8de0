#include "answer/decide.h"

#include <optional>

#include "answer/client_address.h"
#include "answer/identify.h"
#include "base/text.h"

namespace understudy::answer {
namespace {

using model::Mode;
using model::Reason;

/// What a proxy's headers say, if anything.
std::optional<Reason> told_reason(const http::Request& request, const model::Snapshot& snapshot) {
  for (const Reason reason : model::kReasons) {
    if (iequals(request.reason, to_text(reason))) return reason;
  }
  if (snapshot.reason_header.empty()) return std::nullopt;
  const std::string_view server = request.other(snapshot.reason_header);
  if (icontains(server, "maintenance")) return Reason::kMaintenance;
  if (icontains(server, "failure")) return Reason::kFailure;
  return std::nullopt;
}

}  // namespace

Question question_of(const http::Request& request, const model::Group& group,
                     const model::Snapshot& snapshot) {
  Question question;
  question.method = request.method_name;
  question.target = request.path();
  question.client = client_address(request.peer, request.forwarded_for, snapshot);
  question.cookies = request.cookies;
  if (!group.gate->header.name.empty()) question.header = request.other(group.gate->header.name);
  question.pass = request.other(model::kPassHeader);
  return question;
}

Announcement announce(const http::Request& request, const model::Group& group, const model::GroupState& state,
                      const model::Snapshot& snapshot, WallTime now) {
  std::optional<Reason> told;
  const bool may_be_told = !request.reason.empty() || !snapshot.reason_header.empty();
  if (may_be_told && is_trusted(request.peer, snapshot)) told = told_reason(request, snapshot);
  if (state.mode == Mode::kMaintenance) return {told.value_or(Reason::kMaintenance), {}};
  if ((told && told != Reason::kMaintenance) || is_wide_open(state, now))
    return {told.value_or(Reason::kFailure), {}};
  // ingress-nginx, which asks its default backend for what to say in place of an error.
  const std::string_view code = request.other("X-Code");
  if ((code == "502" || code == "503" || code == "504") && is_trusted(request.peer, snapshot))
    return {Reason::kFailure, {}};
  if (state.mode == Mode::kReadOnly) {
    if (told || request.method != http::Method::kOther) return {told.value_or(Reason::kFailure), {}};
    if (group.gate->reads.empty()) return {Reason::kReadOnly, {}};
  }
  const Decision decision = decide(question_of(request, group, snapshot), group, state, snapshot, now);
  if (state.mode == Mode::kReadOnly)
    return {decision.cause == Cause::kRead ? Reason::kFailure : Reason::kReadOnly, {}};
  if (decision.cause == Cause::kWaiting) {
    const bool reads = mode_in_force(state) == Mode::kReadOnly;
    return {reads ? Reason::kReadOnly : Reason::kMaintenance, decision.wait};
  }
  // Its turn came after the proxy had asked: it may come back at once.
  return told ? Announcement{*told, std::chrono::seconds(1)} : Announcement{};
}

}  // namespace understudy::answer
