#include "app/snippet/syntax.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace understudy::app::snippet {
namespace {

constexpr std::string_view kMarks = "-_.~:/@,=+*&?!()[]|<>";
constexpr std::string_view kSpecial = ".*+?()[]|";

bool is_word(char c) { return is_alpha(c) || is_digit(c); }

/// Takes one code point. REQUIRES: UTF-8, not empty.
char32_t take_character(std::string_view& text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  char32_t character = length == 1 ? byte(0) : byte(0) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) character = character << 6 | (byte(i) & 0x3FU);
  text.remove_prefix(length);
  return character;
}

}  // namespace

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_word(c) || kMarks.find(c) != std::string_view::npos; });
}

bool is_plain_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '-' || c == '_'; });
}

std::string literal_regex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    // A class of one character, for backslashes mean something else in every proxy's quotes.
    out += kSpecial.find(c) == std::string_view::npos ? std::string(1, c) : fmt::format("[{}]", c);
  }
  return out;
}

std::string origin_regex(std::string_view origin) {
  if (origin == "*") return ".+";
  std::string out;
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return literal_regex(origin);
  out += literal_regex(origin.substr(0, scheme_end + 3));
  std::string_view rest = origin.substr(scheme_end + 3);
  if (rest.starts_with("*.")) {
    out += "([a-z0-9_-]+[.])+";
    rest.remove_prefix(2);
  }
  const bool any_port = rest.ends_with(":*");
  if (any_port) rest.remove_suffix(2);
  return out + literal_regex(rest) + (any_port ? "(:[0-9]+)?" : "");
}

std::string path_regex(std::string_view path) {
  std::string out;
  std::string_view rest = path.substr(1);
  while (true) {
    const bool last = rest.find('/') == std::string_view::npos;
    const std::string_view segment = take_until(rest, '/');
    if (segment != "*") {
      out += "/" + literal_regex(segment);
    } else {
      out += last ? "/.*" : "/[^/]+";
    }
    if (last) return out;
  }
}

std::string cookie_regex(std::string_view name, std::string_view value) {
  return fmt::format("(^|; *){}={} *(;|$)", literal_regex(name), literal_regex(value));
}

std::string plain_json(std::string_view text, std::string_view backslash) {
  std::string out;
  while (!text.empty()) {
    const char32_t character = take_character(text);
    const char c = character < 0x80 ? static_cast<char>(character) : '\0';
    if (is_alpha(c) || is_digit(c) ||
        (c != '\0' && std::string_view(" .,:;!?-").find(c) != std::string_view::npos)) {
      out += c;
    } else if (character < 0x10000) {
      out += fmt::format("{}u{:04x}", backslash, static_cast<std::uint32_t>(character));
    } else {
      const auto above = static_cast<std::uint32_t>(character) - 0x10000;
      out +=
          fmt::format("{0}u{1:04x}{0}u{2:04x}", backslash, 0xD800 + (above >> 10), 0xDC00 + (above & 0x3FF));
    }
  }
  return out;
}

std::string_view odd_path_regex() {
  // The last class is what is not printable, and the backslash.
  return "%([01].|7[fF]|25|2[eEfF]|3[bB]|5[cC])|;|//|/[.][.]?(/|$)|[^]-~!-[]";
}

}  // namespace understudy::app::snippet
