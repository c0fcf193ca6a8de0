#include "base/json_text.h"

#include <cstddef>

#include "base/text.h"

namespace understudy {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

/// Escapes one byte of ASCII where JSON or careful embedding asks for it; false if it may stand as it is.
bool append_escaped(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return true;
    case '\\':
      out += "\\\\";
      return true;
    case '\n':
      out += "\\n";
      return true;
    case '\r':
      out += "\\r";
      return true;
    case '\t':
      out += "\\t";
      return true;
    default:
      break;
  }
  if (c >= 0x20 && c != '<' && c != 0x7F) return false;
  out += "\\u00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
  return true;
}

/// The length of the well-formed multi-byte sequence at the front, or 0.
std::size_t multibyte_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  return text.size() >= length && is_utf8(text.substr(0, length)) ? length : 0;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      if (!append_escaped(out, c)) out += text[i];
      ++i;
      continue;
    }
    const std::size_t length = multibyte_length(text.substr(i));
    const std::string_view sequence = text.substr(i, length);
    if (length == 0) {
      out += "\\ufffd";
    } else if (sequence == "\u2028") {
      out += "\\u2028";
    } else if (sequence == "\u2029") {
      out += "\\u2029";
    } else {
      out += sequence;
    }
    i += length == 0 ? 1 : length;
  }
  out += '"';
}

}  // namespace understudy
