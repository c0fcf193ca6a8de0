#include "fuzz/beast_request_parser.h"

#include <algorithm>
#include <limits>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "base/text.h"

namespace understudy::fuzz {
namespace {

namespace beast_http = boost::beast::http;
using beast_http::field;
using http::BodyKind;
using http::Field;
using http::kMaxChunkLine;
using http::kMaxFields;
using http::kMaxHeader;
using http::kMaxTarget;
using http::Method;

std::string_view to_std(boost::beast::string_view view) { return {view.data(), view.size()}; }

Method to_method(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get:
      return Method::kGet;
    case beast_http::verb::head:
      return Method::kHead;
    case beast_http::verb::options:
      return Method::kOptions;
    default:
      return Method::kOther;
  }
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

/// Whether a field's value begins on its name's line and no line behind it continues it. Beast joins
/// such lines (obs-fold), and where the first of them is empty its value looks like any other.
bool is_on_one_line(std::string_view name, std::string_view value, const char* input_begin,
                    const char* input_end) {
  const char* const name_end = name.data() + name.size();
  if (!value.empty()) {
    const bool joined = value.data() < input_begin || value.data() >= input_end;
    return !joined && std::find(name_end, value.data(), '\n') == value.data();
  }
  const char* const line_end = std::find(name_end, input_end, '\n');
  return line_end + 1 >= input_end || (line_end[1] != ' ' && line_end[1] != '\t');
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

BeastRequestParser::BeastRequestParser(ParserScratch& scratch) : scratch_(&scratch) {
  scratch.request = Request{};
  if (!scratch.joined.empty()) scratch.joined.clear();
  header_limit(std::numeric_limits<std::uint32_t>::max());  // bounded in parse_head, which tells 414 from 431
  body_limit(boost::none);
}

http::Progress BeastRequestParser::parse_head(std::string_view bytes) {
  // A server should ignore an empty line before the request line (RFC 9112 section 2.2).
  std::size_t skipped = 0;
  while (skipped < 4 && bytes.substr(skipped).starts_with("\r\n")) skipped += 2;
  const std::string_view head = bytes.substr(skipped);
  if (head.empty() || head == "\r") return Progress::kMore;
  input_begin_ = head.data();
  input_end_ = head.data() + head.size();

  Error error;
  const std::size_t used = put(boost::asio::buffer(head.data(), head.size()), error);
  if (error == beast_http::error::need_more) {
    const std::size_t line = std::min(head.find('\n'), head.size());
    if (line > kMaxTarget + 64) {
      fault_ = Fault::kTargetTooLong;
      return Progress::kRefused;
    }
    if (head.size() >= kMaxHeader) {
      fault_ = Fault::kHeaderTooLarge;
      return Progress::kRefused;
    }
    return Progress::kMore;
  }
  // The version is judged with its line complete, so that the verdict does not depend on where bytes are cut.
  const bool version_in_doubt =
      error == beast_http::error::bad_version && head.find('\n') == std::string_view::npos;
  if (version_in_doubt && head.size() < kMaxTarget) return Progress::kMore;
  if (error) return head_is_refused(head, error);
  if (used > kMaxHeader) {
    fault_ = Fault::kHeaderTooLarge;
    return Progress::kRefused;
  }
  consumed_ = skipped + used;
  head_done_ = true;
  return Progress::kDone;
}

http::Progress BeastRequestParser::head_is_refused(std::string_view bytes, const Error& error) {
  if (!refused_) {
    if (bytes.front() == '\x16') {
      fault_ = Fault::kTlsOnPlain;  // a TLS record of type handshake (RFC 8446 section 5.1)
    } else if (error == beast_http::error::bad_version && names_other_version(bytes)) {
      fault_ = Fault::kVersion;
    } else if (error == beast_http::error::bad_content_length ||
               error == beast_http::error::multiple_content_length ||
               error == beast_http::error::bad_transfer_encoding) {
      fault_ = Fault::kFraming;
    } else {
      fault_ = Fault::kMalformed;
    }
  }
  return Progress::kRefused;
}

http::Progress BeastRequestParser::skip_body(std::string_view bytes) {
  consumed_ = 0;
  while (!is_done()) {
    const std::string_view rest = bytes.substr(consumed_);
    if (rest.empty()) return Progress::kMore;
    Error error;
    input_begin_ = rest.data();
    input_end_ = rest.data() + rest.size();
    const std::size_t used = put(boost::asio::buffer(rest.data(), rest.size()), error);
    consumed_ += used;
    if (error == beast_http::error::need_more) {
      if (bytes.size() - consumed_ < kMaxChunkLine) return Progress::kMore;
      fault_ = Fault::kFraming;
      return Progress::kRefused;
    }
    if (error) {
      fault_ = Fault::kFraming;
      return Progress::kRefused;
    }
  }
  return Progress::kDone;
}

http::Progress BeastRequestParser::read_body(std::string_view bytes, std::string& into) {
  content_ = &into;
  const Progress progress = skip_body(bytes);
  content_ = nullptr;
  return progress;
}

std::size_t BeastRequestParser::take_body(View body) {
  if (content_ != nullptr) content_->append(body.data(), body.size());
  return body.size();
}

void BeastRequestParser::refuse(Fault fault, Error& error) {
  fault_ = fault;
  refused_ = true;
  error = beast_http::error::bad_value;
}

void BeastRequestParser::on_request_impl(beast_http::verb verb, View method, View target, int version,
                                         Error& error) {
  Request& request = scratch_->request;
  request.method = to_method(verb);
  request.method_name = to_std(method);
  request.target = to_std(target);
  request.minor_version = static_cast<std::uint8_t>(version - 10);
  if (target.size() > kMaxTarget) return refuse(Fault::kTargetTooLong, error);
  if (!is_target_form(request.method_name, request.target)) refuse(Fault::kMalformed, error);
}

void BeastRequestParser::on_field_impl(field name, View name_view, View value_view, Error& error) {
  if (!is_on_one_line(to_std(name_view), to_std(value_view), input_begin_, input_end_)) {
    return refuse(Fault::kFolded, error);
  }
  if (head_done_) return;  // a trailer: nothing in it is believed
  if (++fields_ > kMaxFields) return refuse(Fault::kHeaderTooLarge, error);
  const std::string_view value = to_std(value_view);
  // A null view means "did not come"; an empty value has to have an address.
  take_known(name, to_std(name_view), value.data() == nullptr ? std::string_view("") : value, error);
}

void BeastRequestParser::take_known(field name, std::string_view name_text, std::string_view value,
                                    Error& error) {
  Request& request = scratch_->request;
  switch (name) {
    case field::host:
      if (has_host_ || !is_host(value)) return refuse(Fault::kHost, error);
      has_host_ = true;
      request.host = value;
      return;
    case field::content_length:
      if (has_length_ || has_transfer_coding_ || value.find(',') != std::string_view::npos) {
        return refuse(Fault::kFraming, error);
      }
      has_length_ = true;
      return;
    case field::transfer_encoding:
      if (has_length_ || has_transfer_coding_ || request.minor_version == 0)
        return refuse(Fault::kFraming, error);
      if (!iequals(value, "chunked")) return refuse(Fault::kTransferCoding, error);
      has_transfer_coding_ = true;
      return;
    case field::expect:
      request.expects_continue = iequals(value, "100-continue") && request.minor_version == 1;
      return;
    case field::connection:
      if (iequals(value, "keep-alive")) return;  // what nearly every client sends
      for (std::string_view rest = value; !rest.empty();) {
        closes_ = iequals(trim(take_until(rest, ',')), "close") || closes_;
      }
      return;
    case field::upgrade:
      request.upgrades = true;
      return;
    case field::origin:
      request.several_origins = request.origin.data() != nullptr;
      request.origin = value;
      return;
    case field::accept:
      return join(request.accept, value);
    case field::accept_language:
      return join(request.accept_language, value);
    case field::accept_encoding:
      return join(request.accept_encoding, value);
    case field::access_control_request_method:
      request.access_control_request_method = value;
      return;
    case field::access_control_request_headers:
      return join(request.access_control_request_headers, value);
    case field::content_type:
      request.content_type = value;
      return;
    case field::soapaction:
      request.soap_action = value;
      return;
    case field::if_none_match:
      return join(request.if_none_match, value);
    case field::if_modified_since:
      request.if_modified_since = value;
      return;
    case field::cookie:
      return join(request.cookies, value, "; ");
    case field::user_agent:
      request.user_agent = value;
      return;
    default:
      return take_other(name_text, value);
  }
}

void BeastRequestParser::take_other(std::string_view name, std::string_view value) {
  Request& request = scratch_->request;
  if (iequals(name, "Understudy-Group") || iequals(name, "X-Maintpage-Response-Group")) {
    request.group = value;
  } else if (iequals(name, "Understudy-Reason")) {
    request.reason = value;
  } else if (iequals(name, "X-Forwarded-Host")) {
    request.forwarded_host = value;
  } else if (iequals(name, "X-Forwarded-For")) {
    join(request.forwarded_for, value);
  } else {
    scratch_->others[other_fields_++] = Field{name, value};
  }
}

void BeastRequestParser::join(std::string_view& field, std::string_view value, std::string_view separator) {
  if (field.data() == nullptr) {
    field = value;
    return;
  }
  std::string& joined = scratch_->joined.emplace_back(field);
  joined.append(separator).append(value);
  field = joined;
}

void BeastRequestParser::on_chunk_header_impl(std::uint64_t, View extensions, Error& error) {
  // Beast takes any byte inside a quoted string. A proxy that ends the line at a bare LF would see other
  // chunks.
  const bool sound = std::none_of(extensions.begin(), extensions.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
  if (!sound) refuse(Fault::kFraming, error);
}

void BeastRequestParser::on_header_impl(Error& error) {
  Request& request = scratch_->request;
  request.others = std::span<const Field>(scratch_->others.data(), other_fields_);
  if (!has_host_ && request.minor_version == 1) return refuse(Fault::kHost, error);
  if (!request.target.starts_with('/')) {
    // The authority of an absolute target counts, not the Host header (RFC 9112 section 3.2.2).
    const auto scheme_end = request.target.find("://");
    if (scheme_end != std::string_view::npos) {
      const std::string_view after = request.target.substr(scheme_end + 3);
      request.host = after.substr(0, after.find_first_of("/?#"));
      if (!is_host(request.host)) return refuse(Fault::kHost, error);
    }
  }
  if (has_transfer_coding_) {
    request.body = BodyKind::kChunked;
  } else if (has_length_) {
    request.content_length = content_length_remaining().value_or(0);
    request.body = request.content_length > 0 ? BodyKind::kLength : BodyKind::kNone;
  }
  request.keep_alive = keep_alive() && !closes_;
}

}  // namespace understudy::fuzz
