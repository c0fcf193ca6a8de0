#include "net/client.h"

#include <algorithm>
#include <cerrno>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <grp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "base/files.h"
#include "base/listen_address.h"
#include "base/text.h"

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

/// The name service knows no timeouts: it is asked on a thread of its own, which a late answer finds alone.
Result<Addresses> find_addresses(const Endpoint& endpoint, Deadline until) {
  error_code no_address;
  const auto address = asio::ip::make_address(endpoint.host, no_address);
  if (!no_address) return Addresses{{address, endpoint.port}};
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
    return Error{fmt::format("finding the address of {} took too long", endpoint.host)};
  Found found = future.get();
  if (found.addresses.empty())
    return Error{fmt::format("the host {} was not found: {}", endpoint.host, found.error.message())};
  return {boost::system::in_place_value, std::move(found.addresses)};
}

std::string group_name(gid_t gid) {
  group entry{};
  group* found = nullptr;
  char buffer[4096];
  if (::getgrgid_r(gid, &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) return entry.gr_name;
  return std::to_string(gid);
}

std::string describe_unix_failure(const std::string& path, const error_code& error) {
  const std::string start = "is `understudy serve` running?";
  if (error == asio::error::connection_refused || error == boost::system::errc::no_such_file_or_directory)
    return fmt::format("nothing listens on {}: {}", path, start);
  if (error == boost::system::errc::permission_denied) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0)
      return fmt::format("no permission to reach {}: ask for it, or use sudo", path);
    const std::string owner = group_name(info.st_gid);
    return fmt::format(
        "no permission for {0}: you are not in the group that owns it, {1}; `adduser {2} {1}` as root and a "
        "new "
        "login make you a member, or use sudo",
        path, owner, "USER");
  }
  if (error == beast::error::timeout) return fmt::format("{} does not take the connection in time", path);
  return fmt::format("can't connect to {}: {}", path, error.message());
}

std::string describe_tcp_failure(const Endpoint& endpoint, const error_code& error) {
  const std::string where = to_text(endpoint);
  if (error == asio::error::connection_refused) return fmt::format("nothing listens on {}", where);
  if (error == beast::error::timeout) return fmt::format("no connection to {} in time", where);
  return fmt::format("can't connect to {}: {}", where, error.message());
}

std::string describe_tls_failure(const Endpoint& endpoint, const error_code& error, SSL* ssl) {
  const std::string where = to_text(endpoint);
  if (error == beast::error::timeout) return fmt::format("no TLS handshake with {} in time", where);
  const long verified = SSL_get_verify_result(ssl);
  if (verified == X509_V_OK)
    return fmt::format("no TLS with {}: {}; is it a TLS listener?", where, error.message());
  const std::string why = X509_verify_cert_error_string(verified);
  return fmt::format("the certificate of {} is not to be trusted: {}", where, why);
}

std::string describe_exchange_failure(const Endpoint& endpoint, const error_code& error) {
  const std::string where = to_text(endpoint);
  if (error == beast::error::timeout) return fmt::format("{} did not answer in time", where);
  if (error == bhttp::error::body_limit) return fmt::format("{} answered with more than is read here", where);
  if (error == bhttp::error::end_of_stream || error == asio::error::eof ||
      error == asio::error::connection_reset || error == asio::error::broken_pipe ||
      error == bhttp::error::partial_message || error == asio::ssl::error::stream_truncated)
    return fmt::format("{} closed the connection before its answer was complete", where);
  if (error.category() == bhttp::make_error_code(bhttp::error::bad_version).category())
    return fmt::format("{} does not answer in HTTP/1.1: {}", where, error.message());
  return fmt::format("the connection to {} failed: {}", where, error.message());
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
  if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD"))
    message.content_length(request.body.size());
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

/// What is done with a connection, TLS or not, once it stands.
template <typename Stream>
Result<ClientResponse> talk(asio::io_context& io, Stream& stream, const Endpoint& endpoint,
                            const ClientRequest& request, const ClientLimits& limits) {
  const auto message = to_message(endpoint, request);
  bhttp::request_serializer<bhttp::string_body> serializer(message);
  // Where the server answers early and closes, its answer counts, not that it left the rest unread.
  const error_code written = wait_for(io, [&](auto&& done) { bhttp::async_write(stream, serializer, done); });
  if (written == beast::error::timeout) return Error{describe_exchange_failure(endpoint, written)};
  beast::flat_buffer buffer;
  std::optional<bhttp::response_parser<bhttp::string_body>> parser;
  for (int interim = 0;; ++interim) {
    parser.emplace();
    parser->header_limit(kMaxHead);
    parser->body_limit(limits.body);
    parser->skip(request.method == "HEAD");
    const error_code read =
        wait_for(io, [&](auto&& done) { bhttp::async_read(stream, buffer, *parser, done); });
    if (read)
      return Error{
          describe_exchange_failure(endpoint, written && read != beast::error::timeout ? written : read)};
    if (parser->get().result_int() >= 200) break;
    if (interim == kMaxInterim) return Error{fmt::format("{} sends no final answer", to_text(endpoint))};
  }
  auto got = parser->release();
  ClientResponse response;
  response.status = got.result_int();
  for (const auto& field : got) response.headers.emplace_back(field.name_string(), field.value());
  response.body = std::move(got.body());
  return {boost::system::in_place_value, std::move(response)};
}

Result<ClientResponse> exchange_unix(const Endpoint& endpoint, const ClientRequest& request,
                                     const ClientLimits& limits, const Deadlines& deadlines) {
  asio::io_context io;
  UnixStream stream(io);
  stream.expires_at(deadlines.connect);
  const error_code error = wait_for(io, [&](auto&& done) {
    stream.async_connect(asio::local::stream_protocol::endpoint(endpoint.path), done);
  });
  if (error) return Error{describe_unix_failure(endpoint.path, error)};
  stream.expires_at(deadlines.whole);
  return talk(io, stream, endpoint, request, limits);
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

Result<ClientResponse> exchange_tls(const Endpoint& endpoint, const Addresses& addresses,
                                    const ClientRequest& request, const ClientLimits& limits,
                                    const Deadlines& deadlines) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  if (const auto trusted = set_trust(context, limits.trust); !trusted) return trusted.error();
  asio::io_context io;
  beast::ssl_stream<beast::tcp_stream> stream(io, context);
  error_code error;
  stream.set_verify_mode(asio::ssl::verify_peer, error);
  SSL* ssl = stream.native_handle();
  expect_host(ssl, endpoint.host);
  error = connect_any(io, beast::get_lowest_layer(stream), addresses, deadlines);
  if (error) return Error{describe_tcp_failure(endpoint, error)};
  error = wait_for(io, [&](auto&& done) { stream.async_handshake(asio::ssl::stream_base::client, done); });
  if (error) return Error{describe_tls_failure(endpoint, error, ssl)};
  beast::get_lowest_layer(stream).expires_at(deadlines.whole);
  return talk(io, stream, endpoint, request, limits);
}

Result<ClientResponse> exchange_tcp(const Endpoint& endpoint, const Addresses& addresses,
                                    const ClientRequest& request, const ClientLimits& limits,
                                    const Deadlines& deadlines) {
  asio::io_context io;
  beast::tcp_stream stream(io);
  const error_code error = connect_any(io, stream, addresses, deadlines);
  if (error) return Error{describe_tcp_failure(endpoint, error)};
  stream.expires_at(deadlines.whole);
  return talk(io, stream, endpoint, request, limits);
}

}  // namespace

std::string_view ClientResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (iequals(key, name)) return value;
  }
  return {};
}

Result<ClientResponse> exchange(const Endpoint& endpoint, const ClientRequest& request,
                                const ClientLimits& limits) {
  if (!is_sound(request)) return Error{"the request holds characters that HTTP does not allow"};
  const auto now = std::chrono::steady_clock::now();
  const Deadlines deadlines{now + std::min(limits.connect, limits.whole), now + limits.whole};
  if (endpoint.kind == Endpoint::Kind::kUnix) return exchange_unix(endpoint, request, limits, deadlines);
  const auto addresses = find_addresses(endpoint, deadlines.connect);
  if (!addresses) return addresses.error();
  return endpoint.kind == Endpoint::Kind::kHttps
             ? exchange_tls(endpoint, *addresses, request, limits, deadlines)
             : exchange_tcp(endpoint, *addresses, request, limits, deadlines);
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
