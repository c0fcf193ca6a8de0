#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "base/clock.h"
#include "control/problem.h"
#include "model/switch.h"
#include "state/switchboard.h"

namespace understudy::control {

/// What POST /tokens asks for.
struct TokenRequest {
  std::string label;
  model::Scope scope = model::Scope::kViewer;
  std::vector<std::string> groups;
  std::optional<WallTime> expires;
};

/// What POST /passes asks for.
struct NewPassRequest {
  state::PassRequest pass;
  std::string base;  ///< what links begin with, an origin: "https://api.example"; empty: the group's host
};

// Bodies of the admin API (docs/openapi.json) as values. All that is wrong is told at once, by field.
// Whether a group exists and a time makes sense is the switchboard's to say. Pure.

[[nodiscard]] Answer<state::SwitchChange> read_switch_change(const boost::json::object& body, WallTime now);

/// Times with an offset become local to the window's zone. id, by and created stay as they are by default.
[[nodiscard]] Answer<model::Window> read_window(const boost::json::object& body, WallTime now);

[[nodiscard]] Answer<TokenRequest> read_token_request(const boost::json::object& body, WallTime now);

[[nodiscard]] Answer<NewPassRequest> read_pass_request(const boost::json::object& body, WallTime now);

}  // namespace understudy::control
