#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "http/request_parser.h"

namespace understudy::fuzz {

using http::Fault;
using http::ParserScratch;
using http::Request;

/// The request parser as it was when it stood on Beast's: what the present one is compared with. Pure: no
/// socket, no clock. Stricter than Beast where leniency lets a second request be smuggled: obs-fold, repeated
/// Content-Length, any transfer coding but chunked, transfer codings in HTTP/1.0 (RFC 9112
/// sections 5.2, 6.1, 6.3).
///
/// The head is parsed in one go from a contiguous buffer: while parse_head says kMore, throw the
/// parser away and come again with a new one and more bytes. After kDone the parser goes through
/// the body, in as many pieces as arrive. Movable between the two, which drops the scratch.
class BeastRequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  using Progress = http::Progress;

  /// `scratch` must live until the head is parsed; its request is what is filled.
  explicit BeastRequestParser(ParserScratch& scratch);
  BeastRequestParser(BeastRequestParser&&) = default;

  /// Parses the head at the front of `bytes`. kDone: `consumed()` bytes belonged to it.
  /// kRefused: `fault()` says why, and the request holds what was understood until then.
  [[nodiscard]] Progress parse_head(std::string_view bytes);

  /// Reads the body away. Takes what it can of `bytes`, says in `consumed()` how much.
  /// kMore: what was not taken must be offered again, with more behind it. REQUIRES: the head is done.
  [[nodiscard]] Progress skip_body(std::string_view bytes);

  /// The same, and appends what the body holds to `into`.
  [[nodiscard]] Progress read_body(std::string_view bytes, std::string& into);

  [[nodiscard]] std::size_t consumed() const { return consumed_; }
  [[nodiscard]] Fault fault() const { return fault_; }

 private:
  using Error = boost::beast::error_code;
  using View = boost::beast::string_view;
  using Base = boost::beast::http::basic_parser<true>;

  void on_request_impl(boost::beast::http::verb verb, View method, View target, int version,
                       Error& error) override;
  void on_response_impl(int, View, int, Error&) override {}
  void on_field_impl(boost::beast::http::field name, View name_text, View value, Error& error) override;
  void on_header_impl(Error& error) override;
  void on_body_init_impl(boost::optional<std::uint64_t> const&, Error&) override {}
  std::size_t on_body_impl(View body, Error&) override { return take_body(body); }
  void on_chunk_header_impl(std::uint64_t size, View extensions, Error& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t, View body, Error&) override { return take_body(body); }
  void on_finish_impl(Error&) override {}

  void refuse(Fault fault, Error& error);
  void take_known(boost::beast::http::field name, std::string_view name_text, std::string_view value,
                  Error& error);
  void take_other(std::string_view name, std::string_view value);
  void join(std::string_view& field, std::string_view value, std::string_view separator = ",");
  std::size_t take_body(View body);
  [[nodiscard]] Progress head_is_refused(std::string_view bytes, const Error& error);

  ParserScratch* scratch_;
  std::string* content_ = nullptr;  ///< null: the body is thrown away
  const char* input_begin_ = nullptr;
  const char* input_end_ = nullptr;
  std::size_t fields_ = 0;
  std::size_t other_fields_ = 0;
  std::size_t consumed_ = 0;
  bool refused_ = false;
  bool head_done_ = false;
  bool closes_ = false;  ///< Connection: close came, which wins over keep-alive (RFC 9112 section 9.3)
  bool has_host_ = false;
  bool has_length_ = false;
  bool has_transfer_coding_ = false;
  Fault fault_ = Fault::kMalformed;
};

}  // namespace understudy::fuzz
