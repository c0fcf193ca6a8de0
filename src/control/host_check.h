#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/listen_address.h"
#include "http/request.h"

namespace understudy::control {

/// Tells calls that were meant for this listener from those that a page on another site had its visitor's
/// browser send here, by a name of its own that suddenly leads here (DNS rebinding): such a Host is a foreign
/// name. Addresses written as numbers can't be bent like that. Immutable.
class HostCheck {
 public:
  HostCheck() = default;
  /// `names`: under which the listeners may be addressed beside their own addresses (admin.hosts).
  HostCheck(const std::vector<ListenAddress>& listeners, const std::vector<std::string>& names);

  /// Whether a Host header's value, port and all, means us. The port is of no account: it may have been
  /// forwarded from another. "localhost" where a listener is on the loopback interface or on all; on all of
  /// them, too: any address in numbers.
  [[nodiscard]] bool is_ours(std::string_view host) const;

 private:
  std::vector<std::string> known_;  ///< lower case, addresses in their shortest form
  enum class Numbers : std::uint8_t { kListed, kAny } numbers_ = Numbers::kListed;
};

/// Whether a page of another origin asks for a change. Origin's host and port must be those of Host.
[[nodiscard]] bool is_foreign_origin(const http::Request& request);

}  // namespace understudy::control
