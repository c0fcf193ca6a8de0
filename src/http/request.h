#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace understudy::http {

enum class Method : std::uint8_t { kGet, kHead, kOptions, kOther };

/// One header field as it came; views into the connection's input.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// Who is at the other end of the connection. IPv4 stands as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2).
struct Peer {
  std::array<std::uint8_t, 16> address{};
  std::uint16_t port = 0;
  bool unix_socket = false;
  bool unknown = false;  ///< a proxy asked, and did not say for whom
  /// Whose process it is (SO_PEERCRED), on Unix sockets for their owner and group; else kNoUser.
  std::uint32_t user = kNoUser;
  static constexpr std::uint32_t kNoUser = 0xFFFFFFFF;
};

/// Where the message ends (RFC 9112 section 6).
enum class BodyKind : std::uint8_t { kNone, kLength, kChunked };

/// A request's body, for a handler that asked for it (Handler::wants_body).
struct Content {
  enum class State : std::uint8_t {
    kNotRead,   ///< none came, or nobody asked for it
    kWhole,     ///< `bytes` are all of it
    kTooLarge,  ///< more than was wanted: nothing of it is here
  };
  State state = State::kNotRead;
  std::string_view bytes;
};

/// The head of one request (RFC 9110, RFC 9112). All views point into the connection's input buffer
/// or into the parser that made it and hold until the next request is parsed. A header that did not
/// come is an empty view whose data() is null; one that came empty has a data().
/// List headers that came more than once are joined by a comma (RFC 9110 section 5.3).
struct Request {
  std::string_view method_name;
  std::string_view target;  ///< as sent: origin form, absolute form, `*` or authority form
  Method method = Method::kOther;
  std::uint8_t minor_version = 1;  ///< HTTP/1.0 or HTTP/1.1
  bool keep_alive = false;         ///< whether the connection goes on after this answer
  bool expects_continue = false;   ///< Expect: 100-continue (RFC 9110 section 10.1.1)
  bool upgrades = false;           ///< Upgrade came, for a WebSocket for instance
  BodyKind body = BodyKind::kNone;
  std::uint64_t content_length = 0;

  std::string_view host;
  std::string_view origin;
  bool several_origins = false;  ///< more than one Origin header: none of them is believed
  std::string_view accept;
  std::string_view accept_language;
  std::string_view accept_encoding;
  std::string_view access_control_request_method;
  std::string_view access_control_request_headers;
  std::string_view content_type;
  std::string_view soap_action;
  std::string_view forwarded_host;  ///< X-Forwarded-Host
  std::string_view forwarded_for;   ///< X-Forwarded-For
  std::string_view cookies;         ///< Cookie; several joined by "; " (RFC 9113 section 8.2.3)
  std::string_view group;           ///< Understudy-Group or X-Maintpage-Response-Group, the last one
  std::string_view reason;          ///< Understudy-Reason, the last one
  std::string_view if_none_match;
  std::string_view if_modified_since;
  std::string_view user_agent;
  std::span<const Field> others;  ///< the fields without a place above

  Content content;
  Peer peer;

  [[nodiscard]] bool is_preflight() const {
    return method == Method::kOptions && origin.data() != nullptr &&
           access_control_request_method.data() != nullptr;
  }
  /// The last of the other fields with this name, without regard to case; null data() if there is none.
  [[nodiscard]] std::string_view other(std::string_view name) const;
  /// The target's path without query, in origin form, for absolute targets too: "/orders".
  [[nodiscard]] std::string_view path() const;
};

/// What an answer says of its connection: a line, or nothing where that is the version's own way
/// (RFC 9112 section 9.3).
[[nodiscard]] inline std::string_view connection_field(const Request& request) {
  if (!request.keep_alive) return "Connection: close\r\n";
  return request.minor_version == 0 ? "Connection: keep-alive\r\n" : std::string_view();
}

/// Why a request is refused before it is understood. The order is the order of `kRefusals` in refusal.cc.
enum class Fault : std::uint8_t {
  kMalformed,       ///< request line or a field (400)
  kFraming,         ///< Content-Length and Transfer-Encoding in doubt, bad chunks (400)
  kFolded,          ///< obs-fold (400; RFC 9112 section 5.2)
  kHost,            ///< none in HTTP/1.1, two, or malformed (400; RFC 9112 section 3.2)
  kTlsOnPlain,      ///< a TLS hello on a plain listener (400)
  kPlainOnTls,      ///< plain HTTP on a TLS listener (400)
  kTimeout,         ///< the head did not come in time (408)
  kTargetTooLong,   ///< (414)
  kHeaderTooLarge,  ///< bytes or fields (431)
  kTransferCoding,  ///< other than chunked (501; RFC 9112 section 6.1)
  kVersion,         ///< neither HTTP/1.0 nor 1.1, an HTTP/2 preface for instance (505)
};
constexpr std::size_t kFaultCount = 11;

/// What a fault means on the wire and in the metrics.
struct Refusal {
  unsigned status;
  std::string_view title;   ///< the reason phrase
  std::string_view kind;    ///< metrics label
  std::string_view detail;  ///< what was wrong and what was expected
};
[[nodiscard]] const Refusal& refusal(Fault fault);

}  // namespace understudy::http
