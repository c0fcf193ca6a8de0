#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "control/problem.h"
#include "control/routes.h"
#include "control/throttle.h"
#include "http/request.h"
#include "model/switch.h"
#include "state/switchboard.h"

namespace understudy::control {

/// Who calls, and what they may do.
struct Identity {
  model::Scope scope = model::Scope::kViewer;
  std::vector<std::string> groups;  ///< of an operator, by name; "*": all
  state::Caller caller;

  /// Whether they may switch this group, and plan its windows.
  [[nodiscard]] bool may_operate(std::string_view group) const;
};

/// kForbidden where the scope doesn't suffice, naming the one that would.
[[nodiscard]] Answer<void> check_scope(const Identity& who, Need need);

/// The secret of `Authorization: Bearer …`; none if that isn't there or isn't a bearer token.
[[nodiscard]] std::optional<std::string_view> bearer_of(const http::Request& request);

/// "192.0.2.7:51234", "[2001:db8::1]:51234", "unix socket".
[[nodiscard]] std::string describe_peer(const http::Peer& peer);

/// Finds out who calls: on the Unix socket its owner and group, who may everything; elsewhere whoever has a
/// token. Wrong tokens are counted and slowed down. Threads: one owner.
class Authenticator {
 public:
  using FindToken = std::function<std::optional<model::Token>(std::string_view secret)>;

  /// `clock` must outlive it. `find_token` compares in constant time.
  Authenticator(const Clock& clock, FindToken find_token);

  /// `secret` none: no token came. Problems: kUnauthorized, kThrottled.
  [[nodiscard]] Answer<Identity> identify(const http::Peer& peer, std::optional<std::string_view> secret);

  [[nodiscard]] std::uint64_t wrong_tokens() const { return wrong_tokens_; }
  [[nodiscard]] std::uint64_t throttled() const { return throttled_; }

 private:
  [[nodiscard]] const std::string& user_name(std::uint32_t user);

  const Clock& clock_;
  const FindToken find_token_;
  Throttle throttle_;
  std::map<std::uint32_t, std::string> user_names_;  ///< asked once: the directory may be slow
  std::uint64_t wrong_tokens_ = 0;
  std::uint64_t throttled_ = 0;
};

}  // namespace understudy::control
