#pragma once

#include "http/known_fields.h"
#include "http/request.h"
#include "http/scan.h"

namespace understudy::http {

enum class LineKind : std::uint8_t { kField, kLastLine, kMore, kMalformed, kFolded };

struct FieldLine {
  Field field;
  const KnownField* known = nullptr;  ///< its row, or null
};

/// Takes one line of a header or trailer section:
///
///     field-line = field-name ":" OWS field-value OWS CRLF     (RFC 9112 section 5)
///     field-name = 1*tchar, no blank before the colon          (RFC 9112 section 5.1)
///     field-value = *( HTAB / SP / VCHAR / obs-text ), without the blanks at its ends
///
/// CR and LF stand together and nowhere else. A line that begins with a blank continues the one before it
/// (obs-fold), which is refused: so the byte behind CRLF has to be there as well before a field is one.
/// kField: `at` stands behind its CRLF. kLastLine: behind the empty line.
[[nodiscard]] inline LineKind take_field_line(const char*& at, const char* end, FieldLine& line) {
  const char* p = at;
  if (end - p < 2) return LineKind::kMore;
  if (*p == '\r') {
    at = p + 2;
    return p[1] == '\n' ? LineKind::kLastLine : LineKind::kMalformed;
  }
  const char* const name_end = find_name_end(p, end);
  // A name that isn't complete may be known to be none already.
  if (name_end == end) return find_token_end(p, end) == end ? LineKind::kMore : LineKind::kMalformed;
  if (*name_end != ':' || name_end == p) return LineKind::kMalformed;
  line.field.name = {p, static_cast<std::size_t>(name_end - p)};
  line.known = find_known_field(line.field.name);
  if (line.known == nullptr && !is_token(p, name_end, end)) return LineKind::kMalformed;
  p = name_end + 1;
  while (p != end && (*p == ' ' || *p == '\t')) ++p;
  const char* const value = p;
  p = find_text_end(p, end);
  if (p != end && *p != '\r') return LineKind::kMalformed;
  if (end - p >= 2 && p[1] != '\n') return LineKind::kMalformed;
  if (end - p < 3) return LineKind::kMore;
  if (p[2] == ' ' || p[2] == '\t') return LineKind::kFolded;
  const char* value_end = p;
  while (value_end != value && (value_end[-1] == ' ' || value_end[-1] == '\t')) --value_end;
  line.field.value = {value, static_cast<std::size_t>(value_end - value)};
  at = p + 2;
  return LineKind::kField;
}

}  // namespace understudy::http
