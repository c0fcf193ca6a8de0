#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "app/cli/api_json.h"
#include "app/cli/output.h"

namespace understudy::app::cli {

/// How a status is shown.
struct View {
  Moment moment;
  Colour colour = Colour::kNo;
  std::optional<std::size_t> width;
};

/// GET /status as a table, one line a group, what is wrong with the server above it and what needs somebody's
/// attention below.
[[nodiscard]] std::string render_status(const boost::json::object& status, const View& view);

/// One group (a Status) with everything that is known of it.
[[nodiscard]] std::string render_group(const boost::json::object& group, const View& view);

/// "maintenance until Sun 22 Nov 2026 02:00 CET (01:00 UTC), in 3h 10m", "open", "maintenance, no end".
[[nodiscard]] std::string describe_force(const boost::json::object& group, const Moment& moment);

/// "proxy edge (127.0.0.1:9999) can't be reached: …"
[[nodiscard]] std::string describe_proxy(const boost::json::object& proxy);

/// Who or what holds a group: "the flag file /etc/shop", "the window w-ab12cd34 “Move”", "deploy"; empty:
/// nobody.
[[nodiscard]] std::string describe_holder(const boost::json::object& group);

/// Each group with a line that changes only when something happens, not as time goes by.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> status_lines(const boost::json::object& status,
                                                                            const View& view);

/// For --exit-code: 0 open or announced, 10 read-only, 11 maintenance, 12 overdue; of the worst group.
[[nodiscard]] int exit_code_of(const std::vector<const boost::json::object*>& groups);

}  // namespace understudy::app::cli
