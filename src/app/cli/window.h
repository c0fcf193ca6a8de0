#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "app/cli/api_json.h"
#include "app/cli/options.h"
#include "app/cli/output.h"
#include "base/result.h"

namespace understudy::app::cli {

/// What `window add` asks for: the body of the API's call, and how it was understood.
struct WindowOrder {
  boost::json::object body;
  std::string understood;  ///< "maintenance from … to … (2h), every week"
};

/// Errors: times that can't be understood, an end before the start or in the past, an unknown zone, a text
/// without a language.
[[nodiscard]] Result<WindowOrder> order_window(const Options& options, const Moment& moment);

/// The answer of GET /windows as a table.
[[nodiscard]] std::string render_windows(const boost::json::object& answer, const Moment& moment,
                                         const Screen& screen);

}  // namespace understudy::app::cli
