#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "http/body_reader.h"
#include "http/known_fields.h"
#include "http/request.h"

namespace understudy::http {

/// Bounds on what a client may send.
constexpr std::size_t kMaxTarget = 8192;
constexpr std::size_t kMaxHeader = 16384;  ///< request line and fields, bytes
constexpr std::size_t kMaxFields = 100;

/// Where the parts of a head are kept while it is parsed; one for each thread, used again for each
/// request, so that parsing allocates nothing.
struct ParserScratch {
  Request request;
  std::array<Field, kMaxFields> others;
  std::deque<std::string> joined;  ///< list headers that came more than once
};

/// Parses one request, head and body. Pure: no socket, no clock. The grammar stands in request_parser.cc and
/// body_reader.cc; it is stricter than RFC 9112 where leniency lets a second request be smuggled: a bare CR
/// or LF, obs-fold, repeated Content-Length, any transfer coding but chunked, transfer codings in HTTP/1.0
/// (sections 2.2, 5.2, 6.1, 6.3). What is refused, and why, does not depend on where the bytes are cut.
///
/// The head is parsed in one go from a contiguous buffer: while parse_head says kMore, throw the
/// parser away and come again with a new one and more bytes. After kDone the parser goes through
/// the body, in as many pieces as arrive. Movable between the two, which drops the scratch.
class RequestParser final {
 public:
  using Progress = http::Progress;

  /// `scratch` must live until the head is parsed; its request is what is filled.
  explicit RequestParser(ParserScratch& scratch);

  /// Parses the head at the front of `bytes`. kDone: `consumed()` bytes belonged to it.
  /// kRefused: `fault()` says why, and the request holds what was understood until then.
  [[nodiscard]] Progress parse_head(std::string_view bytes);

  /// Reads the body away. Takes what it can of `bytes`, says in `consumed()` how much.
  /// kMore: what was not taken must be offered again, with more behind it. REQUIRES: the head is done.
  [[nodiscard]] Progress skip_body(std::string_view bytes) { return go_through_body(bytes, nullptr); }

  /// The same, and appends what the body holds to `into`.
  [[nodiscard]] Progress read_body(std::string_view bytes, std::string& into) {
    return go_through_body(bytes, &into);
  }

  [[nodiscard]] std::size_t consumed() const { return consumed_; }
  [[nodiscard]] Fault fault() const { return fault_; }

 private:
  /// What a part of the head comes to; kMore also where a limit is reached, which parse_head tells apart.
  enum class Step : std::uint8_t { kDone, kMore, kRefused };

  [[nodiscard]] Step take_request_line(const char*& at, std::string_view window);
  [[nodiscard]] Step take_version(const char*& at, std::string_view window);
  [[nodiscard]] Step take_fields(const char*& at, const char* end);
  [[nodiscard]] Step take_known(const KnownField& known, std::string_view value);
  [[nodiscard]] Step take_host(std::string_view value);
  [[nodiscard]] Step take_length(std::string_view value);
  [[nodiscard]] Step take_transfer_coding(std::string_view value);
  [[nodiscard]] Step take_connection(std::string_view value);
  void join(std::string_view& field, std::string_view value, std::string_view separator);
  [[nodiscard]] Step finish_head();
  [[nodiscard]] Progress go_through_body(std::string_view bytes, std::string* into);
  Step refuse(Fault fault);

  ParserScratch* scratch_;
  BodyReader body_;
  std::size_t consumed_ = 0;
  std::uint64_t length_ = 0;
  std::uint8_t fields_ = 0;
  std::uint8_t other_fields_ = 0;
  bool closes_ = false;  ///< Connection: close came, which wins over keep-alive (RFC 9112 section 9.3)
  bool keeps_alive_ = false;
  bool has_host_ = false;
  bool has_length_ = false;
  bool has_transfer_coding_ = false;
  Fault fault_ = Fault::kMalformed;
};

/// The Origin header's value in a head that could not be parsed, so that the error can be read by
/// the page that sent it. Null data() if there is none or more than one.
[[nodiscard]] std::string_view salvage_origin(std::string_view bytes);

}  // namespace understudy::http
