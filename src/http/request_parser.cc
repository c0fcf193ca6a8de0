// HTTP-message  = *2CRLF request-line *field-line CRLF [ body ]                (RFC 9112 sections 2.1, 2.2)
// request-line  = method SP request-target SP HTTP-version CRLF                (section 3)
// method        = 1*tchar
// request-target = 1*( VCHAR / obs-text ), one of the forms of section 3.2
// HTTP-version  = "HTTP/1.1" / "HTTP/1.0"
// field-line: see field_line.h; body: see body_reader.cc.
//
// Single SP, and no other blank, stand between the parts of a request line; no line ends with a bare LF.
#include "http/request_parser.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/parts.h"
#include "base/text.h"
#include "http/field_line.h"
#include "http/token.h"

namespace understudy::http {
namespace {

/// The longest request line: a target, and room for method and version.
constexpr std::size_t kMaxRequestLine = kMaxTarget + 64;

Method to_method(std::string_view name) {
  if (is_literal(name, "GET")) return Method::kGet;
  if (is_literal(name, "HEAD")) return Method::kHead;
  if (is_literal(name, "OPTIONS")) return Method::kOptions;
  return Method::kOther;
}

/// Origin form, absolute form, `*`, or anything after CONNECT (RFC 9112 section 3.2).
bool is_target_form(std::string_view method, std::string_view target) {
  if (target.starts_with('/') || target == "*" || method == "CONNECT") return true;
  const auto scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) return false;
  return std::all_of(target.begin(), target.begin() + static_cast<std::ptrdiff_t>(scheme_end),
                     [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
}

constexpr std::array<bool, 256> host_bytes() {
  std::array<bool, 256> allowed{};
  allowed.fill(true);
  for (const char c : std::string_view(" \t/?#@\\,\"<>[]{}^`|"))
    allowed[static_cast<unsigned char>(c)] = false;
  return allowed;
}

bool is_host_byte(char c) {
  static constexpr std::array<bool, 256> kAllowed = host_bytes();
  return kAllowed[static_cast<unsigned char>(c)];
}

/// uri-host [ ":" port ] (RFC 3986 section 3.2.2), loosely: no byte that ends an authority or quotes it.
bool is_host(std::string_view host) {
  if (host.size() > 262) return false;
  const bool bracketed = host.starts_with('[');
  const auto name_end = bracketed ? host.find(']') : host.find(':');
  if (bracketed && name_end == std::string_view::npos) return false;
  const std::string_view name = host.substr(bracketed ? 1 : 0, bracketed ? name_end - 1 : name_end);
  if (!std::all_of(name.begin(), name.end(), is_host_byte)) return false;
  std::string_view port;
  if (bracketed) {
    port = host.substr(name_end + 1);
  } else if (name_end != std::string_view::npos) {
    port = host.substr(name_end);
  }
  return port.empty() || (port.front() == ':' && std::all_of(port.begin() + 1, port.end(), is_digit));
}

/// Whether the request line is sound but for a version that isn't spoken here: "GET / HTTP/2.0".
bool names_other_version(std::string_view head) {
  std::string_view line = head.substr(0, head.find('\n'));
  if (!line.ends_with('\r') || std::count(line.begin(), line.end(), ' ') != 2) return false;
  line.remove_suffix(1);
  const std::string_view version = line.substr(line.rfind(' ') + 1);
  if (!version.starts_with("HTTP/") || version == "HTTP/1.1" || version == "HTTP/1.0") return false;
  const std::string_view digits = version.substr(5);
  const bool major_alone = digits.size() == 1 && is_digit(digits[0]);
  return major_alone ||
         (digits.size() == 3 && is_digit(digits[0]) && digits[1] == '.' && is_digit(digits[2]));
}

}  // namespace

RequestParser::RequestParser(ParserScratch& scratch) : scratch_(&scratch) {
  scratch.request = Request{};
  if (!scratch.joined.empty()) scratch.joined.clear();
}

Progress RequestParser::parse_head(std::string_view bytes) {
  // A server should ignore an empty line before the request line (RFC 9112 section 2.2).
  std::size_t skipped = 0;
  while (skipped < 4 && bytes.substr(skipped).starts_with("\r\n")) skipped += 2;
  const std::string_view head = bytes.substr(skipped);
  if (head.empty() || head == "\r") return Progress::kMore;

  // Nothing behind a limit is looked at: so what is too long is so wherever the bytes are cut.
  const char* at = head.data();
  const std::string_view first = head.substr(0, kMaxRequestLine + 1);
  Step step = take_request_line(at, first);
  if (step == Step::kMore && first.size() > kMaxRequestLine) {
    const bool has_target = first.find(' ') != std::string_view::npos;
    step = refuse(has_target ? Fault::kTargetTooLong : Fault::kHeaderTooLarge);
  }
  if (step == Step::kDone) {
    step = take_fields(at, head.data() + std::min(head.size(), kMaxHeader));
    if (step == Step::kMore && head.size() >= kMaxHeader) step = refuse(Fault::kHeaderTooLarge);
    if (step == Step::kDone) step = finish_head();
  }
  if (step != Step::kDone) return step == Step::kMore ? Progress::kMore : Progress::kRefused;
  consumed_ = skipped + static_cast<std::size_t>(at - head.data());
  return Progress::kDone;
}

RequestParser::Step RequestParser::take_request_line(const char*& at, std::string_view window) {
  Request& request = scratch_->request;
  const char* const end = at + window.size();
  const char* const method_end = find_token_end(at, end);
  if (method_end == end) return Step::kMore;
  if (*method_end != ' ' || method_end == at) {
    // A TLS record of type handshake begins so (RFC 8446 section 5.1).
    return refuse(*at == '\x16' ? Fault::kTlsOnPlain : Fault::kMalformed);
  }
  const char* const target = method_end + 1;
  const char* const target_end = find_visible_end(target, end);
  if (target_end == end) return Step::kMore;
  if (*target_end != ' ' || target_end == target) return refuse(Fault::kMalformed);
  const char* const method = std::exchange(at, target_end + 1);
  if (const Step step = take_version(at, window); step != Step::kDone) return step;

  request.method_name = {method, static_cast<std::size_t>(method_end - method)};
  request.method = to_method(request.method_name);
  request.target = {target, static_cast<std::size_t>(target_end - target)};
  if (request.target.size() > kMaxTarget) return refuse(Fault::kTargetTooLong);
  return is_target_form(request.method_name, request.target) ? Step::kDone : refuse(Fault::kMalformed);
}

RequestParser::Step RequestParser::take_version(const char*& at, std::string_view window) {
  constexpr std::size_t kSize = 8;
  const std::string_view rest(at, static_cast<std::size_t>(window.data() + window.size() - at));
  if (rest.size() < kSize) return Step::kMore;
  const bool spoken = is_literal(rest.substr(0, 7), "HTTP/1.") && (rest[7] == '1' || rest[7] == '0');
  if (spoken && rest.size() < kSize + 2) return Step::kMore;
  if (!spoken || rest[kSize] != '\r' || rest[kSize + 1] != '\n') {
    // Which fault it is shows with the whole line.
    const bool complete = window.find('\n') != std::string_view::npos || window.size() > kMaxRequestLine;
    if (!complete) return Step::kMore;
    return refuse(names_other_version(window) ? Fault::kVersion : Fault::kMalformed);
  }
  scratch_->request.minor_version = static_cast<std::uint8_t>(rest[7] - '0');
  at += kSize + 2;
  return Step::kDone;
}

RequestParser::Step RequestParser::take_fields(const char*& at, const char* end) {
  FieldLine line;
  for (;;) {
    switch (take_field_line(at, end, line)) {
      case LineKind::kField:
        break;
      case LineKind::kLastLine:
        return Step::kDone;
      case LineKind::kMore:
        return Step::kMore;
      case LineKind::kMalformed:
        return refuse(Fault::kMalformed);
      case LineKind::kFolded:
        return refuse(Fault::kFolded);
    }
    if (++fields_ > kMaxFields) return refuse(Fault::kHeaderTooLarge);
    if (line.known == nullptr) {
      scratch_->others[other_fields_++] = line.field;
    } else if (const Step step = take_known(*line.known, line.field.value); step != Step::kDone) {
      return step;
    }
  }
}

RequestParser::Step RequestParser::take_known(const KnownField& known, std::string_view value) {
  Request& request = scratch_->request;
  switch (known.rule) {
    case FieldRule::kLast:
      request.*known.place = value;
      return Step::kDone;
    case FieldRule::kJoined:
      join(request.*known.place, value, ",");
      return Step::kDone;
    case FieldRule::kCookie:
      join(request.*known.place, value, "; ");
      return Step::kDone;
    case FieldRule::kOrigin:
      request.several_origins = request.origin.data() != nullptr;
      request.origin = value;
      return Step::kDone;
    case FieldRule::kHost:
      return take_host(value);
    case FieldRule::kContentLength:
      return take_length(value);
    case FieldRule::kTransferEncoding:
      return take_transfer_coding(value);
    case FieldRule::kConnection:
      return take_connection(value);
    case FieldRule::kExpect:
      request.expects_continue = iequals(value, "100-continue") && request.minor_version == 1;
      return Step::kDone;
    case FieldRule::kUpgrade:
      request.upgrades = true;
      return Step::kDone;
  }
  return Step::kDone;
}

RequestParser::Step RequestParser::take_host(std::string_view value) {
  if (has_host_ || !is_host(value)) return refuse(Fault::kHost);
  has_host_ = true;
  scratch_->request.host = value;
  return Step::kDone;
}

/// Content-Length = 1*DIGIT, below 2^64, once (RFC 9112 section 6.3 would let equal ones pass).
RequestParser::Step RequestParser::take_length(std::string_view value) {
  if (has_length_ || has_transfer_coding_ || value.empty()) return refuse(Fault::kFraming);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  for (const char c : value) {
    if (!is_digit(c)) return refuse(Fault::kFraming);
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (length_ > kMost / 10 || length_ * 10 > kMost - digit) return refuse(Fault::kFraming);
    length_ = length_ * 10 + digit;
  }
  has_length_ = true;
  return Step::kDone;
}

RequestParser::Step RequestParser::take_transfer_coding(std::string_view value) {
  if (has_length_ || has_transfer_coding_ || scratch_->request.minor_version == 0) {
    return refuse(Fault::kFraming);
  }
  if (!iequals(value, "chunked")) return refuse(Fault::kTransferCoding);
  has_transfer_coding_ = true;
  return Step::kDone;
}

RequestParser::Step RequestParser::take_connection(std::string_view value) {
  if (is_literal(value, "keep-alive")) {  // what nearly every client sends
    keeps_alive_ = true;
    return Step::kDone;
  }
  if (!is_token_list(value)) return refuse(Fault::kMalformed);
  while (!value.empty()) {
    const std::string_view option = trim(take_until(value, ','));
    closes_ = closes_ || iequals(option, "close");
    keeps_alive_ = keeps_alive_ || iequals(option, "keep-alive");
  }
  return Step::kDone;
}

void RequestParser::join(std::string_view& field, std::string_view value, std::string_view separator) {
  if (field.data() == nullptr) {
    field = value;
    return;
  }
  std::string& joined = scratch_->joined.emplace_back(field);
  joined.append(separator).append(value);
  field = joined;
}

RequestParser::Step RequestParser::finish_head() {
  Request& request = scratch_->request;
  request.others = std::span<const Field>(scratch_->others.data(), other_fields_);
  if (!has_host_ && request.minor_version == 1) return refuse(Fault::kHost);
  if (!request.target.starts_with('/')) {
    // The authority of an absolute target counts, not the Host header (RFC 9112 section 3.2.2).
    const auto scheme_end = request.target.find("://");
    if (scheme_end != std::string_view::npos) {
      const std::string_view after = request.target.substr(scheme_end + 3);
      request.host = after.substr(0, after.find_first_of("/?#"));
      if (!is_host(request.host)) return refuse(Fault::kHost);
    }
  }
  if (has_transfer_coding_) {
    request.body = BodyKind::kChunked;
  } else if (length_ > 0) {
    request.content_length = length_;
    request.body = BodyKind::kLength;
  }
  body_ = BodyReader(request.body, length_);
  request.keep_alive = !closes_ && (request.minor_version == 1 || keeps_alive_);
  return Step::kDone;
}

Progress RequestParser::go_through_body(std::string_view bytes, std::string* into) {
  const Progress progress = body_.read(bytes, into);
  consumed_ = body_.consumed();
  if (progress == Progress::kRefused) fault_ = Fault::kFraming;
  return progress;
}

RequestParser::Step RequestParser::refuse(Fault fault) {
  fault_ = fault;
  return Step::kRefused;
}

std::string_view salvage_origin(std::string_view bytes) {
  constexpr std::string_view kName = "origin:";
  std::string_view found;
  std::string_view rest = bytes.substr(0, kMaxHeader);
  while (!rest.empty()) {
    const std::string_view line = trim_lines(take_until(rest, '\n'));
    if (line.size() < kName.size() || !iequals(line.substr(0, kName.size()), kName)) continue;
    if (found.data() != nullptr) return {};
    found = trim(line.substr(kName.size()));
  }
  return found;
}

}  // namespace understudy::http
