#include "http/weighted_list.h"

#include <cstddef>
#include <optional>

#include "base/text.h"

namespace understudy::http {
namespace {

/// Takes the piece of `rest` up to `separator`, which doesn't count inside a quoted string.
std::string_view take_piece(std::string_view& rest, char separator) {
  bool quoted = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      const std::string_view piece = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return piece;
    }
  }
  const std::string_view piece = rest;
  rest = {};
  return piece;
}

/// weight = OWS ";" OWS "q=" qvalue; qvalue = 0[.ddd] / 1[.000]
std::optional<std::uint16_t> parse_weight(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  const bool one = text[0] == '1';
  if (text.size() == 1) return one ? 1000 : 0;
  if (text[1] != '.') return std::nullopt;
  unsigned thousandths = 0;
  unsigned scale = 100;
  bool positive = false;
  for (const char c : text.substr(2)) {
    if (!is_digit(c)) return std::nullopt;
    positive = positive || c != '0';
    thousandths += static_cast<unsigned>(c - '0') * scale;
    scale /= 10;
  }
  if (one) return positive ? std::nullopt : std::optional<std::uint16_t>(std::uint16_t{1000});
  if (positive && thousandths == 0) return 1;
  return static_cast<std::uint16_t>(thousandths);
}

/// Splits one element into item, parameters and weight; false if its weight is malformed.
bool parse_item(std::string_view element, WeightedItem& out) {
  const auto semicolon = element.find(';');
  out = WeightedItem{trim(element.substr(0, semicolon)), {}, 1000};
  if (semicolon == std::string_view::npos) return true;
  std::string_view rest = element.substr(semicolon + 1);
  const std::string_view parameters = rest;
  while (!rest.empty()) {
    const auto at = static_cast<std::size_t>(rest.data() - parameters.data());
    const std::string_view parameter = trim(take_piece(rest, ';'));
    if (parameter.size() < 2 || to_lower(parameter[0]) != 'q' ||
        trim(parameter.substr(1)).substr(0, 1) != "=")
      continue;
    const auto weight = parse_weight(trim(parameter.substr(parameter.find('=') + 1)));
    if (!weight) return false;
    out.weight = *weight;
    const std::string_view before = trim(parameters.substr(0, at));
    out.parameters = before.ends_with(';') ? trim(before.substr(0, before.size() - 1)) : before;
    return true;
  }
  out.parameters = trim(parameters);
  return true;
}

}  // namespace

bool WeightedList::next(WeightedItem& out) {
  while (!rest_.empty()) {
    const std::string_view element = trim(take_piece(rest_, ','));
    if (!element.empty() && parse_item(element, out) && !out.item.empty()) return true;
  }
  return false;
}

}  // namespace understudy::http
