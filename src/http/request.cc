#include "http/request.h"

#include <cstddef>

#include "base/text.h"
#include "http/scan.h"
#include "http/target.h"

namespace understudy::http {

std::string_view Request::other(std::string_view name) const {
  for (auto field = others.rbegin(); field != others.rend(); ++field) {
    if (iequals(field->name, name)) return field->value;
  }
  return {};
}

std::string_view Request::path() const {
  const auto form = origin_form(target);
  if (!form) return target;
  const char* const begin = form->data();
  return {begin, static_cast<std::size_t>(find_path_end(begin, begin + form->size()) - begin)};
}

const Refusal& refusal(Fault fault) {
  static constexpr Refusal kRefusals[kFaultCount] = {
      {400, "Bad Request", "malformed",
       "The request line or a header field is malformed: expected a method, a target and HTTP/1.1, then one "
       "\"Name: value\" a line, each line ended by CRLF and free of control characters."},
      {400, "Bad Request", "framing",
       "It is in doubt where the body ends: expected one Content-Length or Transfer-Encoding: chunked, never "
       "both, "
       "and well-formed chunks."},
      {400, "Bad Request", "folded",
       "A header field goes on in the next line (obs-fold): expected each field on one line."},
      {400, "Bad Request", "host", "Expected exactly one well-formed Host header field."},
      {400, "Bad Request", "tls_on_plain",
       "This is TLS, but the listener speaks plain HTTP: use http:// or a tls: listener."},
      {400, "Bad Request", "plain_on_tls", "This is plain HTTP, but the listener speaks TLS: use https://."},
      {408, "Request Timeout", "timeout", "The request did not arrive in time."},
      {414, "URI Too Long", "target_too_long", "The request target is longer than 8192 bytes."},
      {431, "Request Header Fields Too Large", "header_too_large",
       "The header section is larger than 16384 bytes or has more than 100 fields."},
      {501, "Not Implemented", "transfer_coding", "The only transfer coding understood here is chunked."},
      {505, "HTTP Version Not Supported", "version", "Expected HTTP/1.1 or HTTP/1.0."},
  };
  return kRefusals[static_cast<std::size_t>(fault)];
}

}  // namespace understudy::http
