#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "config/problem.h"
#include "model/switch.h"
#include "state/store.h"
#include "state/switchboard.h"

namespace understudy::control {

// The values of the admin API as JSON (docs/openapi.json). Times: RFC 3339, UTC, whole seconds. Pure.

[[nodiscard]] boost::json::object to_json(const state::GroupStatus& status);
/// Without its occurrence, which depends on the time.
[[nodiscard]] boost::json::object to_json(const model::Window& window);
/// What a caller may change of it: what a merge patch is laid over.
[[nodiscard]] boost::json::object writable_json(const model::Window& window);
/// Never its hash.
[[nodiscard]] boost::json::object to_json(const model::Token& token);
[[nodiscard]] boost::json::object to_json(const state::AuditEntry& entry);
[[nodiscard]] boost::json::object to_json(const config::Problem& problem);

[[nodiscard]] boost::json::value to_json(const std::optional<WallTime>& time);

}  // namespace understudy::control
