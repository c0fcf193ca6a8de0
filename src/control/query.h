#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "control/problem.h"

namespace understudy::control {

/// A target's query, checked: every parameter known, none twice, all of it percent-encoded UTF-8.
class Query {
 public:
  /// Problems: kInvalid with the parameter's name, and the nearest known one.
  [[nodiscard]] static Answer<Query> read(std::string_view target,
                                          std::initializer_list<std::string_view> known);

  /// Empty where it was not given.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  /// A whole number. Problems: it is none, or out of bounds.
  [[nodiscard]] Answer<std::uint64_t> number(std::string_view name, std::uint64_t otherwise,
                                             std::uint64_t least, std::uint64_t most) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// One parameter's value, whatever else the query holds; none if it isn't there or is malformed.
[[nodiscard]] std::optional<std::string> query_value(std::string_view target, std::string_view name);

}  // namespace understudy::control
