#include "calendar/ics_text.h"

#include <algorithm>

#include "base/text.h"

namespace understudy::calendar {
namespace {

constexpr std::size_t kLongestLine = 75;

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  return out;
}

bool is_property_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; });
}

/// Takes a parameter's value, quoted or not, off the front; of several the first.
std::string take_param_value(std::string_view& rest) {
  std::string value;
  bool quoted = false;
  std::size_t i = 0;
  for (; i < rest.size() && (quoted || (rest[i] != ';' && rest[i] != ':')); ++i) {
    if (rest[i] == '"') {
      quoted = !quoted;
    } else {
      value += rest[i];
    }
  }
  rest.remove_prefix(i);
  return value;
}

/// Reads "NAME;PARAM=value:value"; an empty name where it is nothing of the kind.
Property read_property(std::string_view line, std::size_t number) {
  Property property;
  property.line = number;
  const auto name_end = std::min(line.find_first_of(";:"), line.size());
  const std::string_view name = line.substr(0, name_end);
  if (!is_property_name(name)) return property;
  std::string_view rest = line.substr(name_end);
  while (rest.starts_with(';')) {
    rest.remove_prefix(1);
    const auto equals = rest.find_first_of("=;:");
    if (equals == std::string_view::npos || rest[equals] != '=') return property;
    std::string param_name = upper(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    property.params.emplace_back(std::move(param_name), take_param_value(rest));
  }
  if (!rest.starts_with(':')) return property;
  property.name = upper(name);
  property.value = rest.substr(1);
  return property;
}

}  // namespace

void add_line(std::string& out, std::string_view line) {
  std::size_t room = kLongestLine;
  while (line.size() > room) {
    std::size_t size = room;
    while (size > 0 && is_continuation(line[size])) --size;
    if (size == 0) size = room;  // no UTF-8 at all
    out.append(line.substr(0, size)).append("\r\n ");
    line.remove_prefix(size);
    room = kLongestLine - 1;  // the space counts
  }
  out.append(line).append("\r\n");
}

std::string escape_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == ',' || c == ';' || c == '\\') {
      out += '\\';
      out += c;
    } else if (!is_control(c)) {
      out += c;
    }
  }
  return out;
}

std::string unescape_text(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool escaped = value[i] == '\\' && i + 1 < value.size();
    const char c = escaped ? value[++i] : value[i];
    if (escaped && (c == 'n' || c == 'N')) {
      out += '\n';
    } else if (!is_control(c)) {
      out += c;
    }
  }
  return out;
}

std::string Property::param(std::string_view param_name) const {
  for (const auto& [name_of_one, value_of_one] : params) {
    if (name_of_one == param_name) return value_of_one;
  }
  return {};
}

std::vector<Property> read_properties(std::string_view text) {
  std::vector<Property> properties;
  std::string logical;
  std::size_t number = 0;
  std::size_t began = 1;
  const auto finish = [&] {
    Property property = read_property(logical, began);
    if (!property.name.empty()) properties.push_back(std::move(property));
    logical.clear();
  };
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (number > 1 && (line.starts_with(' ') || line.starts_with('\t'))) {
      logical += line.substr(1);
      continue;
    }
    finish();
    logical = line;
    began = number;
  }
  finish();
  return properties;
}

std::string made_summary(std::string_view mode, std::string_view groups) {
  std::string text(mode == "read-only" ? "Read-only: " : "Maintenance: ");
  return text.append(groups);
}

}  // namespace understudy::calendar
