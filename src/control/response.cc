#include "control/response.h"

#include <algorithm>

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "http/date.h"

namespace understudy::control {
namespace {

std::string_view phrase_of(unsigned status) {
  struct Phrase {
    unsigned status;
    std::string_view text;
  };
  static constexpr Phrase kPhrases[] = {
      {200, "OK"},
      {201, "Created"},
      {204, "No Content"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {421, "Misdirected Request"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
  };
  const auto* const found = std::find_if(std::begin(kPhrases), std::end(kPhrases),
                                         [&](const Phrase& phrase) { return phrase.status == status; });
  return found == std::end(kPhrases) ? "Error" : found->text;
}

}  // namespace

Response json_response(const boost::json::value& body) {
  return {200, std::string(kJsonType), {}, boost::json::serialize(body)};
}

void write_response(const http::Request& request, const Response& response, WallTime now,
                    http::Reply& reply) {
  std::string& out = reply.head;
  out += fmt::format("HTTP/1.1 {} {}\r\n", response.status, phrase_of(response.status));
  if (!response.type.empty()) out += fmt::format("Content-Type: {}\r\n", response.type);
  // 204 and 304 have no content, and 204 must not name a length (RFC 9110 section 8.6).
  const bool has_content = response.status != 204 && response.status != 304;
  if (has_content) out += fmt::format("Content-Length: {}\r\n", response.body.size());
  for (const auto& [name, value] : response.headers) out += fmt::format("{}: {}\r\n", name, value);
  out += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  out += http::connection_field(request);
  out += fmt::format("Date: {}\r\n\r\n", http::format_http_date(now));
  reply.note.status = response.status;
  if (!has_content || request.method == http::Method::kHead) return;
  out += response.body;
  reply.note.inline_body = response.body.size();
}

}  // namespace understudy::control
