#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "app/cli/api_json.h"
#include "app/cli/output.h"

namespace understudy::app::cli {

/// The entries of GET /audit as a table, in the order they came.
[[nodiscard]] std::string render_audit(const boost::json::object& answer, const Moment& moment,
                                       const Screen& screen);

/// What became of what: "mode: open → maintenance, until: 2026-…"; the members that differ, the new value
/// alone where there was none.
[[nodiscard]] std::string describe_change(const boost::json::object& entry);

}  // namespace understudy::app::cli
