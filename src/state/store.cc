#include "state/store.h"

#include <stdexcept>

namespace understudy::state {

std::string_view to_text(StoreFault fault) {
  switch (fault) {
    case StoreFault::kConflict:
      return "conflict";
    case StoreFault::kFull:
      return "full";
    case StoreFault::kReadOnly:
      return "read-only";
    case StoreFault::kLocked:
      return "locked";
    case StoreFault::kCorrupt:
      return "corrupt";
    case StoreFault::kUnavailable:
      return "unavailable";
  }
  return "";
}

void throw_exception_from_error(const StoreError& error, const boost::source_location&) {
  throw std::logic_error("a failed result was used: " + error.message);
}

}  // namespace understudy::state
