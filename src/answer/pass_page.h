#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/gate_policy.h"
#include "model/pass.h"

namespace understudy::answer {

/// What /_understudy/pass shows.
enum class PassPage : std::uint8_t {
  kGood,       ///< the pass's cookie is set
  kRefused,    ///< the token lets nobody through
  kAstray,     ///< the link leads where none may
  kPassword,   ///< the form
  kWrong,      ///< the form once more
  kThrottled,  ///< too many wrong ones
  kChecking,   ///< the password is being looked at
  kFailed,     ///< no pass could be made
  kGivenUp,
};

struct PassPageInput {
  PassPage page = PassPage::kGood;
  std::string_view group = {};                       ///< by name
  WallTime expires = {};                             ///< of a good one
  model::PassFault fault = model::PassFault::kNone;  ///< of a refused one
};

/// The page as HTML, everything escaped. Nothing in it is loaded from anywhere, and no script runs.
[[nodiscard]] std::string render_pass_page(const PassPageInput& input);
[[nodiscard]] const std::string& pass_page_policy();
[[nodiscard]] unsigned status_of(PassPage page);

/// The header line that sets the pass's cookie, with its CRLF. `age` none: until the browser closes.
[[nodiscard]] std::string pass_cookie(std::string_view value, std::optional<std::chrono::seconds> age,
                                      const model::GatePolicy& policy);

/// Whether a link may lead there: an absolute URL whose origin is listed, written as a header may hold it.
[[nodiscard]] bool may_lead_to(std::string_view url, const std::vector<std::string>& origins);

}  // namespace understudy::answer
