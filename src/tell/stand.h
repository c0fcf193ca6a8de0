#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "model/reason.h"

namespace understudy::tell {

/// How a group stands, as far as proxies are told.
struct Stand {
  model::Mode mode = model::Mode::kOpen;
  std::optional<WallTime> since;
  std::optional<WallTime> until;
  std::string by;
  friend bool operator==(const Stand&, const Stand&) = default;
};

/// By the group's name.
using Stands = std::map<std::string, Stand, std::less<>>;

/// Why a proxy doesn't follow.
struct Trouble {
  enum class Kind : std::uint8_t {
    kUnreachable,  ///< nobody answers there
    kRefused,      ///< what is there does not take it
  };
  Kind kind = Kind::kRefused;
  std::string message;
};

/// None: it follows.
using Outcome = std::optional<Trouble>;

}  // namespace understudy::tell
