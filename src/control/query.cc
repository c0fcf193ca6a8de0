#include "control/query.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "control/routes.h"

namespace understudy::control {
namespace {

std::string_view query_of(std::string_view target) {
  target = target.substr(0, target.find('#'));
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

/// As forms are encoded: a plus is a space.
std::optional<std::string> decode_parameter(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return decode_percent(spaced);
}

Problem unknown_parameter(const std::string& name, std::initializer_list<std::string_view> known) {
  const std::vector<std::string> names(known.begin(), known.end());
  FieldProblem problem{presentable(name), "unknown parameter"};
  if (names.empty()) problem.message += "; none is expected here";
  if (!names.empty()) problem.message += fmt::format("; expected {}", fmt::join(names, ", "));
  if (const auto near = nearest(cut(name, 64), names)) problem.suggestion = *near;
  return invalid({problem});
}

}  // namespace

Answer<Query> Query::read(std::string_view target, std::initializer_list<std::string_view> known) {
  Query query;
  std::string_view rest = query_of(target);
  while (!rest.empty()) {
    std::string_view value = take_until(rest, '&');
    if (value.empty()) continue;
    const auto name = decode_parameter(take_until(value, '='));
    auto decoded = decode_parameter(value);
    if (!name || !decoded) {
      return Problem{ProblemKind::kMalformed,
                     "the query is not percent-encoded UTF-8 without control characters"};
    }
    if (std::find(known.begin(), known.end(), *name) == known.end()) return unknown_parameter(*name, known);
    if (!query.values_.emplace(*name, std::move(*decoded)).second) {
      return invalid({{*name, "given more than once"}});
    }
  }
  return query;
}

const std::string& Query::text(std::string_view name) const {
  static const std::string kNone;
  const auto found = values_.find(name);
  return found == values_.end() ? kNone : found->second;
}

Answer<std::uint64_t> Query::number(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                                    std::uint64_t most) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return otherwise;
  const std::string& digits = found->second;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  if (!whole || value < least || value > most) {
    return invalid({{std::string(name),
                     fmt::format("{} is no whole number from {} to {}", presentable(digits), least, most)}});
  }
  return value;
}

std::optional<std::string> query_value(std::string_view target, std::string_view name) {
  std::string_view rest = query_of(target);
  while (!rest.empty()) {
    std::string_view value = take_until(rest, '&');
    if (take_until(value, '=') == name) return decode_parameter(value);
  }
  return std::nullopt;
}

}  // namespace understudy::control
