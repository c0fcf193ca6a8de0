#pragma once

#include <string>

#include "net/client.h"

namespace understudy::app::cli {

/// An answer that is no success, for a person: what was wrong, each field by its name on a line of its own,
/// the nearest known names, a configuration's problems with their places, and what to do. No line end.
[[nodiscard]] std::string describe_problem(const net::ClientResponse& response);

}  // namespace understudy::app::cli
