#include "answer/decide.h"

#include <optional>

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

Reason decide_reason(const http::Request& request, const model::Snapshot& snapshot, Mode mode) {
  const bool may_be_told = !request.reason.empty() || !snapshot.reason_header.empty();
  if (may_be_told && is_trusted(request.peer, snapshot)) {
    if (const auto told = told_reason(request, snapshot)) return *told;
  }
  if (mode == Mode::kMaintenance) return Reason::kMaintenance;
  const bool reads = request.method != http::Method::kOther;
  return mode == Mode::kReadOnly && !reads ? Reason::kReadOnly : Reason::kFailure;
}

}  // namespace understudy::answer
