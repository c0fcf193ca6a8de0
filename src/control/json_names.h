#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace understudy::control {

/// The first name that stands twice in one object, anywhere in a JSON text; none: no such thing. Readers
/// disagree about which of the two counts (RFC 8259 section 4), so neither does. REQUIRES: well-formed JSON.
[[nodiscard]] std::optional<std::string> find_repeated_name(std::string_view text);

}  // namespace understudy::control
