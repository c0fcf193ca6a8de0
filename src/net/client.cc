#include "net/client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "base/files.h"
#include "base/listen_address.h"
#include "base/text.h"
#include "net/client_faults.h"

namespace understudy::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using UnixStream = beast::basic_stream<asio::local::stream_protocol>;
using Deadline = std::chrono::steady_clock::time_point;
using Addresses = std::vector<tcp::endpoint>;

constexpr std::uint32_t kMaxHead = 64 * 1024;
/// 103 Early Hints and the like before the answer.
constexpr int kMaxInterim = 8;

struct Deadlines {
  Deadline connect;
  Deadline whole;
};

/// Starts one operation and runs it to its end; the stream's own deadline bounds it.
template <typename Start>
error_code wait_for(asio::io_context& io, const Start& start) {
  error_code result;
  start([&result](error_code error, auto&&...) { result = error; });
  io.restart();
  io.run();
  return result;
}

/// A stream of any kind, as Beast's SyncReadStream and SyncWriteStream: HTTP is spoken over it by
/// code that is compiled once.
class AnyStream {
 public:
  AnyStream() = default;
  AnyStream(const AnyStream&) = delete;
  AnyStream& operator=(const AnyStream&) = delete;
  virtual ~AnyStream() = default;

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, error_code& error) {
    return receive({asio::buffer_sequence_begin(buffers), asio::buffer_sequence_end(buffers)}, error);
  }
  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers, error_code& error) {
    return send({asio::buffer_sequence_begin(buffers), asio::buffer_sequence_end(buffers)}, error);
  }
  // The concepts ask for those that throw as well; nothing calls them.
  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers);
  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers);

 private:
  virtual std::size_t receive(const std::vector<asio::mutable_buffer>& into, error_code& error) = 0;
  virtual std::size_t send(const std::vector<asio::const_buffer>& what, error_code& error) = 0;
};

/// One of Beast's streams, whose deadlines end an operation.
template <typename Stream>
class StreamOf final : public AnyStream {
 public:
  StreamOf(asio::io_context& io, Stream& stream) : io_(io), stream_(stream) {}

 private:
  std::size_t receive(const std::vector<asio::mutable_buffer>& into, error_code& error) override {
    return run([&](auto&& done) { stream_.async_read_some(into, done); }, error);
  }
  std::size_t send(const std::vector<asio::const_buffer>& what, error_code& error) override {
    return run([&](auto&& done) { stream_.async_write_some(what, done); }, error);
  }

  template <typename Start>
  std::size_t run(const Start& start, error_code& error) {
    std::size_t count = 0;
    error = wait_for(io_, [&](auto&& done) {
      start([&count, done](error_code failed, std::size_t moved) mutable {
        count = moved;
        done(failed);
      });
    });
    return count;
  }

  asio::io_context& io_;
  Stream& stream_;
};

/// The name service knows no timeouts: it is asked on a thread of its own, which a late answer finds alone.
ClientAttempt find_addresses(const Endpoint& endpoint, Deadline until, Addresses& addresses) {
  error_code no_address;
  const auto address = asio::ip::make_address(endpoint.host, no_address);
  if (!no_address) {
    addresses = {{address, endpoint.port}};
    return {};
  }
  struct Found {
    error_code error;
    Addresses addresses;
  };
  auto promise = std::make_shared<std::promise<Found>>();
  auto future = promise->get_future();
  std::thread([promise, host = endpoint.host, port = endpoint.port] {
    asio::io_context io;
    Found found;
    const auto results =
        tcp::resolver(io).resolve(host, std::to_string(port), tcp::resolver::numeric_service, found.error);
    for (const auto& entry : results) found.addresses.push_back(entry.endpoint());
    promise->set_value(std::move(found));
  }).detach();
  if (future.wait_until(until) != std::future_status::ready)
    return {ClientFault::kHost, fmt::format("finding the address of {} took too long", endpoint.host)};
  Found found = future.get();
  if (found.addresses.empty()) {
    return {ClientFault::kHost,
            fmt::format("the host {} was not found: {}", endpoint.host, found.error.message())};
  }
  addresses = std::move(found.addresses);
  return {};
}

bhttp::request<bhttp::string_body> to_message(const Endpoint& endpoint, const ClientRequest& request) {
  bhttp::request<bhttp::string_body> message;
  message.version(11);
  message.method_string(request.method);
  const std::string target = endpoint.base + request.target;
  message.target(target.empty() ? "/" : target);
  message.set(bhttp::field::host, host_header(endpoint));
  message.set(bhttp::field::user_agent, "understudy");
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.set(bhttp::field::connection, "close");
  message.body() = request.body;
  const bool may_go_without =
      request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
  if (!request.body.empty() || !may_go_without) message.content_length(request.body.size());
  return message;
}

/// Neither a header line nor the request line may be forged by what a caller puts in.
bool is_sound(const ClientRequest& request) {
  const auto clean = [](std::string_view text, bool blanks) {
    return std::none_of(text.begin(), text.end(), [&](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return byte < 0x20 || byte == 0x7F || (!blanks && (byte == ' ' || byte >= 0x80));
    });
  };
  return !request.method.empty() && clean(request.method, false) && clean(request.target, false) &&
         std::all_of(request.headers.begin(), request.headers.end(), [&](const auto& field) {
           return !field.first.empty() && clean(field.first, false) && clean(field.second, true);
         });
}

/// Reads the body behind a head that `parser` has read. The body's end, or what ended it, is in `result`.
void read_body(AnyStream& stream, beast::flat_buffer& buffer,
               bhttp::response_parser<bhttp::buffer_body>& parser, const Endpoint& endpoint,
               const ClientLimits& limits, ClientAttempt& result) {
  std::array<char, 16 * 1024> piece{};
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    error_code read;
    bhttp::read(stream, buffer, parser, read);
    result.response.body.append(piece.data(), piece.size() - body.size);
    if (result.response.body.size() > limits.body) {
      result.response.body.resize(limits.body);
      result.fail(exchange_fault(endpoint, bhttp::error::body_limit));
      return;
    }
    if (read && read != bhttp::error::need_buffer) {
      result.fail(exchange_fault(endpoint, read));
      return;
    }
  }
}

/// What is done with a connection, TLS or not, once it stands.
ClientAttempt talk(AnyStream& stream, const Endpoint& endpoint, const ClientRequest& request,
                   const ClientLimits& limits) {
  const auto message = to_message(endpoint, request);
  bhttp::request_serializer<bhttp::string_body> serializer(message);
  // Where the server answers early and closes, its answer counts, not that it left the rest unread.
  error_code written;
  bhttp::write(stream, serializer, written);
  if (written == beast::error::timeout) return exchange_fault(endpoint, written);
  beast::flat_buffer buffer;
  std::optional<bhttp::response_parser<bhttp::buffer_body>> parser;
  for (int interim = 0;; ++interim) {
    parser.emplace();
    parser->header_limit(kMaxHead);
    parser->body_limit(boost::none);  // it is read in pieces, and no further than the limit
    parser->skip(request.method == "HEAD");
    error_code read;
    bhttp::read_header(stream, buffer, *parser, read);
    if (read) return exchange_fault(endpoint, written && read != beast::error::timeout ? written : read);
    if (parser->get().result_int() >= 200) break;
    if (interim == kMaxInterim)
      return {ClientFault::kProtocol, fmt::format("{} sends no final answer", to_text(endpoint))};
  }
  ClientAttempt result;
  result.answered = true;
  result.response.status = parser->get().result_int();
  for (const auto& field : parser->get())
    result.response.headers.emplace_back(field.name_string(), field.value());
  read_body(stream, buffer, *parser, endpoint, limits, result);
  return result;
}

ClientAttempt attempt_unix(const Endpoint& endpoint, const ClientRequest& request, const ClientLimits& limits,
                           const Deadlines& deadlines) {
  asio::io_context io;
  UnixStream stream(io);
  stream.expires_at(deadlines.connect);
  const error_code error = wait_for(io, [&](auto&& done) {
    stream.async_connect(asio::local::stream_protocol::endpoint(endpoint.path), done);
  });
  if (error) return unix_fault(endpoint.path, error);
  stream.expires_at(deadlines.whole);
  StreamOf any(io, stream);
  return talk(any, endpoint, request, limits);
}

error_code connect_any(asio::io_context& io, beast::tcp_stream& stream, const Addresses& addresses,
                       const Deadlines& deadlines) {
  stream.expires_at(deadlines.connect);
  const error_code error = wait_for(io, [&](auto&& done) { stream.async_connect(addresses, done); });
  stream.expires_at(deadlines.connect);
  return error;
}

Result<void> set_trust(asio::ssl::context& context, const std::string& file) {
  error_code error;
  context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                          asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                          asio::ssl::context::no_tlsv1_1,
                      error);
  if (file.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(file, error);
  }
  if (error) return Error{fmt::format("the certificates to trust can't be read: {}", error.message())};
  return {};
}

/// The certificate must be for this host; a name is told to the server, an address is not (RFC 6066, 3).
void expect_host(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
  if (is_ip_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str());
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size());
  // What SSL_set_tlsext_host_name does, without its old-style cast.
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
}

ClientAttempt attempt_tls(const Endpoint& endpoint, const Addresses& addresses, const ClientRequest& request,
                          const ClientLimits& limits, const Deadlines& deadlines) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  if (const auto trusted = set_trust(context, limits.trust); !trusted)
    return {ClientFault::kTls, trusted.error().message};
  asio::io_context io;
  beast::ssl_stream<beast::tcp_stream> stream(io, context);
  error_code error;
  stream.set_verify_mode(
      limits.certificate == CertificateCheck::kYes ? asio::ssl::verify_peer : asio::ssl::verify_none, error);
  SSL* ssl = stream.native_handle();
  expect_host(ssl, endpoint.host);
  error = connect_any(io, beast::get_lowest_layer(stream), addresses, deadlines);
  if (error) return tcp_fault(endpoint, error);
  error = wait_for(io, [&](auto&& done) { stream.async_handshake(asio::ssl::stream_base::client, done); });
  if (error) return tls_fault(endpoint, error, SSL_get_verify_result(ssl));
  beast::get_lowest_layer(stream).expires_at(deadlines.whole);
  StreamOf any(io, stream);
  return talk(any, endpoint, request, limits);
}

ClientAttempt attempt_tcp(const Endpoint& endpoint, const Addresses& addresses, const ClientRequest& request,
                          const ClientLimits& limits, const Deadlines& deadlines) {
  asio::io_context io;
  beast::tcp_stream stream(io);
  const error_code error = connect_any(io, stream, addresses, deadlines);
  if (error) return tcp_fault(endpoint, error);
  stream.expires_at(deadlines.whole);
  StreamOf any(io, stream);
  return talk(any, endpoint, request, limits);
}

}  // namespace

std::string_view ClientResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (iequals(key, name)) return value;
  }
  return {};
}

ClientAttempt attempt(const Endpoint& endpoint, const ClientRequest& request, const ClientLimits& limits) {
  if (!is_sound(request))
    return {ClientFault::kRequest, "the request holds characters that HTTP does not allow"};
  const auto now = std::chrono::steady_clock::now();
  const Deadlines deadlines{now + std::min(limits.connect, limits.whole), now + limits.whole};
  if (endpoint.kind == Endpoint::Kind::kUnix) return attempt_unix(endpoint, request, limits, deadlines);
  Addresses addresses;
  if (auto found = find_addresses(endpoint, deadlines.connect, addresses); found.fault != ClientFault::kNone)
    return found;
  return endpoint.kind == Endpoint::Kind::kHttps
             ? attempt_tls(endpoint, addresses, request, limits, deadlines)
             : attempt_tcp(endpoint, addresses, request, limits, deadlines);
}

Result<ClientResponse> exchange(const Endpoint& endpoint, const ClientRequest& request,
                                const ClientLimits& limits) {
  ClientAttempt tried = attempt(endpoint, request, limits);
  if (tried.fault != ClientFault::kNone) return Error{std::move(tried.message)};
  return {boost::system::in_place_value, std::move(tried.response)};
}

bool is_listening(const std::string& unix_path) {
  sockaddr_un address{};
  if (unix_path.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  unix_path.copy(address.sun_path, unix_path.size());
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return false;
  const int done = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  // EAGAIN: somebody listens, and is busy.
  return done == 0 || errno == EAGAIN;
}

}  // namespace understudy::net
