#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings.h"

namespace understudy::config {

// What every form in which a setting can be written has in common: TOML, JSON and variables.

/// What bounds are compared with: characters, elements, milliseconds, or the number itself.
[[nodiscard]] std::int64_t magnitude(const Value& value);

template <typename Target>
[[nodiscard]] bool is_in_bounds(const Setting<Target>& setting, const Value& value) {
  const std::int64_t size = magnitude(value);
  return setting.most == 0 || (size >= setting.least && size <= setting.most);
}

/// A value as one text, to tell whether it has changed.
[[nodiscard]] std::string to_text(const Value& value);

/// A scalar in quotes or a variable's value, as the type asks for it.
[[nodiscard]] std::optional<Value> from_text(Type type, std::string_view text);

}  // namespace understudy::config
