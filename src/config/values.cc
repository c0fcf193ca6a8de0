#include "config/values.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"

namespace understudy::config {

std::int64_t magnitude(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return static_cast<std::int64_t>(text->size());
  if (const auto* list = std::get_if<std::vector<std::string>>(&value))
    return static_cast<std::int64_t>(list->size());
  if (const auto* time = std::get_if<std::chrono::milliseconds>(&value)) return time->count();
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  return 0;
}

std::string to_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value))
    return fmt::format("{}", fmt::join(*list, ","));
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  return std::to_string(magnitude(value));
}

std::optional<Value> from_text(Type type, std::string_view text) {
  switch (type) {
    case Type::kText:
      return Value(std::string(text));
    case Type::kBool:
      if (text == "true") return Value(true);
      return text == "false" ? std::optional<Value>(Value(false)) : std::nullopt;
    case Type::kInteger: {
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
      return Value(number);
    }
    case Type::kDuration:
      if (const auto duration = parse_duration(text)) return Value(*duration);
      return std::nullopt;
    case Type::kSize:
      if (const auto size = parse_size(text)) return Value(*size);
      return std::nullopt;
    case Type::kList:
    case Type::kOneOrMore: {
      std::vector<std::string> list;
      std::string_view rest = text;
      while (!rest.empty()) list.emplace_back(trim(take_until(rest, ',')));
      return Value(std::move(list));
    }
  }
  return std::nullopt;
}

}  // namespace understudy::config
