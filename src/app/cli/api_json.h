#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/clock.h"

namespace understudy::app::cli {

// What the admin API sent, read leniently: a member that is missing, null or of another kind reads as empty,
// so that this program gets on with a server that is older or newer.

[[nodiscard]] std::string text_at(const boost::json::object& object, std::string_view name);
[[nodiscard]] std::optional<WallTime> time_at(const boost::json::object& object, std::string_view name);
[[nodiscard]] bool flag_at(const boost::json::object& object, std::string_view name);
[[nodiscard]] std::uint64_t number_at(const boost::json::object& object, std::string_view name);
/// Empty where there is none.
[[nodiscard]] const boost::json::array& array_at(const boost::json::object& object, std::string_view name);
[[nodiscard]] const boost::json::object& object_at(const boost::json::object& object, std::string_view name);
/// The objects among an array's elements.
[[nodiscard]] std::vector<const boost::json::object*> objects_at(const boost::json::object& object,
                                                                 std::string_view name);
/// "shop, api"
[[nodiscard]] std::string joined_at(const boost::json::object& object, std::string_view name);

/// A path segment or a query's value, percent-encoded (RFC 3986 section 2.3: all but the unreserved).
[[nodiscard]] std::string encoded(std::string_view text);

/// How moments are told: in which zone, and seen from when.
struct Moment {
  WallTime now;
  std::string zone;  ///< IANA name
};
/// "02:00" where it is the same day, "Sun 22 Nov 02:00", "Sun 2 Jan 2028 02:00" in another year.
[[nodiscard]] std::string short_time(WallTime time, const Moment& moment);
/// "in 1h 20m"; "12m ago"
[[nodiscard]] std::string from_now(WallTime time, const Moment& moment);
/// "until Sun 22 Nov 2026 02:00 CET (01:00 UTC), in 3h 10m"
[[nodiscard]] std::string describe_until(WallTime time, const Moment& moment);
/// This machine's time and zone.
[[nodiscard]] Moment this_moment();

}  // namespace understudy::app::cli
