#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "app/cli/api_json.h"
#include "app/cli/options.h"
#include "base/result.h"

namespace understudy::app::cli {

/// What `on` or `off` asks for: the body of the API's call, and how it was understood.
struct SwitchOrder {
  boost::json::object body;
  std::string understood;  ///< "maintenance until Sun 22 Nov 2026 02:00 CET (01:00 UTC), in 3h 10m"
};

/// Errors: a time or a duration that can't be understood, an end that has passed, a text without a language.
[[nodiscard]] Result<SwitchOrder> order_on(const Options& options, const Moment& moment);
[[nodiscard]] Result<SwitchOrder> order_off(const Options& options, const Moment& moment);

/// What the server answered to an order, where it is not simply that: another holder is stricter or lasts
/// longer. Ends with a line feed; "shop: in force on every worker" where all is as ordered.
[[nodiscard]] std::string describe_outcome(const boost::json::object& order,
                                           const boost::json::object& status, const Moment& moment);

/// A line for each proxy that is told of the group, as the status says.
[[nodiscard]] std::string describe_proxies(const boost::json::object& status);

/// That proxies which are told know nothing of `what`, and so `effect`; empty where none is told.
[[nodiscard]] std::string describe_ignorance(const boost::json::object& status, std::string_view what,
                                             std::string_view effect);

}  // namespace understudy::app::cli
