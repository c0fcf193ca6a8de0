#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/network_set.h"
#include "model/path_pattern.h"

namespace understudy::model {

/// A cookie or a header that goes through with one value, and takes every right away with "false".
struct Credential {
  std::string name;  ///< empty: there is none
  std::string value = "true";
  friend bool operator==(const Credential&, const Credential&) = default;
};

enum class SameSite : std::uint8_t { kNone, kLax, kStrict };
[[nodiscard]] constexpr std::string_view to_text(SameSite same_site) {
  if (same_site == SameSite::kLax) return "lax";
  return same_site == SameSite::kStrict ? "strict" : "none";
}

/// Who may pass while a group is not open, and what of the API is concerned at all: `groups.*.gate` and
/// `groups.*.bypass`. Immutable, shared between groups that say the same.
struct GatePolicy {
  std::vector<PathPattern> paths;   ///< what belongs to the group; empty: everything
  std::vector<PathPattern> exempt;  ///< goes through whatever the mode
  std::vector<PathPattern> reads;   ///< goes through in read-only, beside GET, HEAD and OPTIONS
  std::string ramp_cookie;  ///< tells clients apart while the group reopens; empty: their addresses do

  NetworkSet networks;
  Credential cookie;
  Credential header;
  std::string cookie_domain;  ///< of the cookie that a pass's link sets; empty: the host alone
  SameSite same_site = SameSite::kNone;
  std::vector<std::string> redirects;  ///< origins to which a pass's link may lead
  std::string password_hash;           ///< crypt(5); empty: no password form
};

/// The cookie and the header that carry a signed pass, whatever the group. The cookie's value "false" takes
/// every right away.
inline constexpr std::string_view kPassCookie = "understudy_pass";
inline constexpr std::string_view kPassHeader = "Understudy-Pass";

}  // namespace understudy::model
