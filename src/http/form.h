#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace understudy::http {

/// The first value of this name in a form or a query, application/x-www-form-urlencoded as HTML forms send it
/// (URL Standard section 5.1): "+" is a blank, "%2F" a slash. None if it is not there, empty where it is
/// malformed. Names are compared as they stand.
[[nodiscard]] std::optional<std::string> form_value(std::string_view form, std::string_view name);

/// What follows the first "?" of a target; empty if there is none.
[[nodiscard]] std::string_view query_of(std::string_view target);

}  // namespace understudy::http
