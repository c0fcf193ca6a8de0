#include "app/snippet/syntax.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace understudy::app::snippet {
namespace {

constexpr std::string_view kMarks = "-_.~:/@,=+*&?!()[]|<>";
constexpr std::string_view kSpecial = ".*+?()[]|";

bool is_word(char c) { return is_alpha(c) || is_digit(c); }

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

std::string plain_json(std::string_view text, std::size_t most, std::string_view backslash) {
  constexpr std::string_view kEllipsis = "…";
  std::string out;
  std::size_t fits = 0;
  for (const char c : text) {
    const bool goes_on = (static_cast<unsigned char>(c) & 0xC0) == 0x80;  // a character that has begun
    if (!goes_on && out.size() + kEllipsis.size() <= most) fits = out.size();
    const bool plain = static_cast<unsigned char>(c) >= 0x80 || is_alpha(c) || is_digit(c) ||
                       std::string_view(" .,:;!?-").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += fmt::format("{}u{:04x}", backslash, static_cast<unsigned>(c));
    }
  }
  if (out.size() > most) out.replace(fits, std::string::npos, kEllipsis);
  return out;
}

std::string_view odd_path_regex() {
  // The last class is what is not printable, and the backslash.
  return "%([01].|7[fF]|25|2[eEfF]|3[bB]|5[cC])|;|//|/[.][.]?(/|$)|[^]-~!-[]";
}

}  // namespace understudy::app::snippet
