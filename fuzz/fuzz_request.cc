// The request parser, head and body, with all bytes there at once and with the same bytes in two pieces.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "fuzz/check.h"
#include "fuzz/request_text.h"
#include "http/origin.h"
#include "http/request_parser.h"

namespace understudy::fuzz {
namespace {

using http::BodyKind;
using http::Field;
using http::ParserScratch;
using http::Request;
using http::RequestParser;
using Progress = RequestParser::Progress;

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

/// Bytes on their way to the parser: first the piece before the cut, later everything.
class Wire {
 public:
  Wire(std::string_view bytes, std::size_t cut) : bytes_(bytes), arrived_(cut) { refill(); }

  /// What has arrived and was not taken, in a buffer of exactly that size, so that reading past it is seen.
  [[nodiscard]] std::string_view unread() const { return {buffer_.data(), buffer_.size()}; }
  [[nodiscard]] std::string_view rest() const { return bytes_.substr(taken_); }
  [[nodiscard]] std::size_t taken() const { return taken_; }
  void take(std::size_t count) {
    require(count <= buffer_.size(), "no more is taken than was there");
    taken_ += count;
    refill();
  }
  /// False: there is nothing more.
  bool wait_for_more() {
    if (arrived_ == bytes_.size()) return false;
    arrived_ = bytes_.size();
    refill();
    return true;
  }

 private:
  void refill() {
    const std::string_view part = bytes_.substr(taken_, arrived_ - taken_);
    buffer_ = std::vector<char>(part.begin(), part.end());
  }

  const std::string_view bytes_;
  std::size_t arrived_;
  std::size_t taken_ = 0;
  std::vector<char> buffer_;
};

/// What a line-by-line reading of the head says, without Beast.
struct HeadLines {
  std::size_t fields = 0;
  std::size_t hosts = 0;
  std::size_t lengths = 0;
  std::size_t codings = 0;
  std::string_view length;
};

HeadLines read_lines(std::string_view head) {
  HeadLines lines;
  require(head.ends_with("\r\n\r\n"), "a head ends with an empty line");
  while (head.starts_with("\r\n")) head.remove_prefix(2);
  head.remove_suffix(2);
  bool first = true;
  while (!head.empty()) {
    std::string_view line = take_until(head, '\n');
    require(line.ends_with('\r'), "every line ends with CRLF");
    line.remove_suffix(1);
    require(!has_control(line), "no control character is left in a line");
    if (!std::exchange(first, false)) {
      const auto colon = line.find(':');
      require(colon != std::string_view::npos && colon > 0, "a field has a name");
      const std::string_view name = line.substr(0, colon);
      require(name.find_first_of(" \t") == std::string_view::npos, "no blank in a name, nor a folded line");
      ++lines.fields;
      if (iequals(name, "Host")) ++lines.hosts;
      if (iequals(name, "Transfer-Encoding")) ++lines.codings;
      if (iequals(name, "Content-Length")) {
        ++lines.lengths;
        lines.length = trim(line.substr(colon + 1));
      }
    }
  }
  return lines;
}

void check_framing(const Request& request, const HeadLines& lines) {
  require(lines.fields <= http::kMaxFields, "fields are bounded");
  require(lines.hosts <= 1 && (lines.hosts == 1 || request.minor_version == 0), "HTTP/1.1 has one Host");
  require(lines.lengths + lines.codings <= 1, "where the body ends is said once");
  require((request.body == BodyKind::kChunked) == (lines.codings == 1), "chunked if it says so");
  if (lines.lengths == 0) {
    require(request.body != BodyKind::kLength, "a length that nobody gave");
    return;
  }
  require(!lines.length.empty() && std::all_of(lines.length.begin(), lines.length.end(), is_digit),
          "a length is digits");
  std::uint64_t length = 0;
  for (const char c : lines.length) length = length * 10 + static_cast<std::uint64_t>(c - '0');
  require(request.content_length == length, "the length is the one that was sent");
  require((request.body == BodyKind::kLength) == (length > 0), "no length, no body");
}

void check_request(const ParserScratch& scratch, std::string_view head) {
  const Request& request = scratch.request;
  const auto check_view = [&](std::string_view view) {
    const bool joined = std::any_of(scratch.joined.begin(), scratch.joined.end(),
                                    [&](const std::string& text) { return lies_in(view, text); });
    require(joined || view.empty() || lies_in(view, head), "a view points into the input");
    require(!has_control(view), "no control character in a value");
  };
  for (const std::string_view view :
       {request.method_name, request.target, request.host, request.origin, request.accept,
        request.accept_language, request.accept_encoding, request.access_control_request_method,
        request.access_control_request_headers, request.content_type, request.soap_action,
        request.forwarded_host, request.forwarded_for, request.cookies, request.group, request.reason,
        request.if_none_match, request.if_modified_since, request.user_agent}) {
    check_view(view);
  }
  for (const Field& field : request.others) {
    check_view(field.name);
    check_view(field.value);
    require(field.value.data() != nullptr, "a field that came has an address");
    require(request.other(field.name).data() != nullptr, "a field is found by its name");
  }
  require(!request.method_name.empty() && !request.target.empty(), "method and target are there");
  require(request.target.size() <= http::kMaxTarget, "the target is bounded");
  require(request.minor_version <= 1, "HTTP/1.0 or 1.1");
  require(request.target.front() != '/' || request.path().front() == '/', "a path begins with a slash");
  require(request.path().find_first_of("?#") == std::string_view::npos || request.target.front() != '/',
          "a path has no query");
  require(http::host_without_port(request.host).size() <= request.host.size(), "a host is part of it");
  require(!request.expects_continue || request.minor_version == 1, "HTTP/1.0 knows no 100-continue");
}

/// Where a chunked body ends (RFC 9112 section 7.1), what stands in extensions and trailers aside.
std::size_t chunked_end(std::string_view body) {
  const std::string_view all = body;
  const auto take_line = [&](std::string_view& line) {
    const auto end = body.find("\r\n");
    if (end == std::string_view::npos) return false;
    line = body.substr(0, end);
    body.remove_prefix(end + 2);
    return true;
  };
  std::string_view line;
  for (;;) {
    if (!take_line(line)) return kNowhere;
    std::uint64_t size = 0;
    std::size_t digits = 0;
    for (; digits < line.size(); ++digits) {
      const char c = to_lower(line[digits]);
      if (!is_digit(c) && (c < 'a' || c > 'f')) break;
      if (size > std::numeric_limits<std::uint64_t>::max() >> 4) return kNowhere;
      size = size * 16 + static_cast<std::uint64_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    if (digits == 0 || line.find('\n') != std::string_view::npos) return kNowhere;
    if (size == 0) break;
    if (size > body.size() || !body.substr(static_cast<std::size_t>(size)).starts_with("\r\n"))
      return kNowhere;
    body.remove_prefix(static_cast<std::size_t>(size) + 2);
  }
  while (take_line(line)) {
    if (line.empty()) return all.size() - body.size();
  }
  return kNowhere;
}

void describe_fault(std::string& transcript, http::Fault fault) {
  const http::Refusal& meaning = http::refusal(fault);
  require(meaning.status >= 400 && meaning.status <= 505, "a refusal has a status");
  transcript.append("refused: ").append(meaning.kind);
}

/// Reads one body away; false where nothing can follow.
bool skip_body(RequestParser& parser, const Request& request, Wire& wire, std::string& transcript) {
  const std::string_view body = wire.rest();
  const std::size_t begin = wire.taken();
  const BodyKind kind = request.body;
  const std::uint64_t length = request.content_length;
  for (;;) {
    const Progress progress = parser.skip_body(wire.unread());
    if (progress == Progress::kRefused) {
      describe_fault(transcript, parser.fault());
      require(kind == BodyKind::kChunked, "only chunks can be malformed");
      return false;
    }
    wire.take(parser.consumed());
    if (progress == Progress::kDone) break;
    if (!wire.wait_for_more()) {
      transcript.append("body not complete");
      return false;
    }
  }
  const std::size_t taken = wire.taken() - begin;
  if (kind == BodyKind::kNone) require(taken == 0, "nothing is read where there is no body");
  if (kind == BodyKind::kLength) require(taken == length, "as much is read away as was announced");
  if (kind == BodyKind::kChunked)
    require(chunked_end(body) == taken, "a chunked body ends where RFC 9112 says");
  transcript.append("body ").append(std::to_string(taken)).append("\n");
  return true;
}

/// Reads one request; false where nothing can follow.
bool read_request(Wire& wire, std::string& transcript) {
  for (;;) {
    ParserScratch scratch;
    RequestParser parser(scratch);
    const std::string_view unread = wire.unread();
    const Progress progress = parser.parse_head(unread);
    if (progress == Progress::kRefused) {
      describe_fault(transcript, parser.fault());
      return false;
    }
    if (progress == Progress::kMore) {
      if (wire.wait_for_more()) continue;
      require(unread.size() < http::kMaxHeader + 8, "an endless head is not waited for");
      transcript.append("head not complete");
      return false;
    }
    require(parser.consumed() <= unread.size() && parser.consumed() <= http::kMaxHeader + 8,
            "the head is bounded");
    const std::string_view head = unread.substr(0, parser.consumed());
    check_request(scratch, head);
    check_framing(scratch.request, read_lines(head));
    describe(transcript, scratch.request);
    RequestParser moved(std::move(parser));
    wire.take(head.size());
    return skip_body(moved, scratch.request, wire, transcript);
  }
}

std::string read_all(std::string_view bytes, std::size_t cut) {
  Wire wire(bytes, cut);
  std::string transcript;
  constexpr int kMostRequests = 16;
  for (int i = 0; i < kMostRequests && !wire.rest().empty() && read_request(wire, transcript); ++i) {
  }
  return transcript;
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  const std::string_view bytes = understudy::fuzz::to_text(data, size);
  const std::string whole = understudy::fuzz::read_all(bytes, size);
  const std::size_t cut = size == 0 ? 0 : understudy::fuzz::number_from(bytes) % size;
  require(understudy::fuzz::read_all(bytes, cut) == whole, "where the bytes are cut makes no difference");
  const std::string_view origin = understudy::http::salvage_origin(bytes);
  require(understudy::fuzz::lies_in(origin, bytes) && origin.find('\n') == std::string_view::npos,
          "a salvaged origin is one line of the input");
  return 0;
}
