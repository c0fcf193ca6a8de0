#include "state/store_parts.h"

#include <cstddef>
#include <string>

#include <fmt/format.h>

namespace understudy::state {
namespace {

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kSwitch:
      return "switch of group";
    case Kind::kWindow:
      return "window";
    case Kind::kToken:
      return "token";
    case Kind::kGroup:
      return "group";
    case Kind::kPass:
      return "pass";
    case Kind::kPassKey:
      return "pass key";
  }
  return "record";
}

}  // namespace

StoreError conflict(const Write& write, Revision found) {
  const std::string subject = fmt::format("the {} {}", name_of(write.kind), write.key);
  if (found == 0) return {StoreFault::kConflict, fmt::format("{} is gone; nothing was changed", subject)};
  if (write.expected == Revision{0}) {
    return {StoreFault::kConflict, fmt::format("{} is there already; nothing was changed", subject)};
  }
  return {StoreFault::kConflict,
          fmt::format("{} was changed meanwhile (revision {}, not {}); nothing was changed: look at it again",
                      subject, found, write.expected.value_or(0))};
}

Record written(const Write& write, Revision revision) {
  return {write.kind, write.key, write.value.value_or(std::string()), revision};
}

void tell(const std::vector<Store::Watcher>& watchers, Revision revision,
          const std::vector<Record>& changed) {
  // A copy of each: a watcher that adds another may move them all.
  for (std::size_t i = 0; i < watchers.size(); ++i) {
    const Store::Watcher watcher = watchers[i];
    watcher(revision, changed);
  }
}

}  // namespace understudy::state
