#include "net/client.h"

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include "base/test_folder.h"

namespace understudy::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using testing::HasSubstr;
using Local = asio::local::stream_protocol;
using Tcp = asio::ip::tcp;

/// A request's head and body, as far as Content-Length says.
template <typename Stream>
std::string read_request(Stream& stream) {
  std::string got;
  error_code error;
  const std::size_t head = asio::read_until(stream, asio::dynamic_buffer(got), "\r\n\r\n", error);
  const auto at = got.find("Content-Length: ");
  const std::size_t length = at == std::string::npos ? 0 : std::stoul(got.substr(at + 16));
  if (got.size() < head + length)
    asio::read(stream, asio::dynamic_buffer(got), asio::transfer_exactly(head + length - got.size()), error);
  return got;
}

/// Takes one connection on a thread of its own, reads a request, gives a canned answer and closes.
template <typename Protocol>
class CannedServer {
 public:
  CannedServer(const typename Protocol::endpoint& where, std::string answer)
      : acceptor_(io_, where), thread_([this, answer = std::move(answer)] {
          typename Protocol::socket socket(io_);
          error_code error;
          acceptor_.accept(socket, error);
          if (error) return;
          request = read_request(socket);
          asio::write(socket, asio::buffer(answer), error);
        }) {}
  ~CannedServer() { join(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] auto where() const { return acceptor_.local_endpoint(); }
  std::string request;  ///< to be looked at after join()

 private:
  asio::io_context io_;
  typename Protocol::acceptor acceptor_;
  std::thread thread_;
};

Endpoint unix_endpoint(const std::filesystem::path& path) {
  return parse_endpoint("unix:" + path.string()).value();
}
Endpoint tcp_endpoint(std::string_view scheme, const std::string& host, unsigned port) {
  return parse_endpoint(std::string(scheme) + "://" + host + ":" + std::to_string(port)).value();
}
const Tcp::endpoint kAnyPort(asio::ip::address_v4::loopback(), 0);

TEST(Client, ExchangesOverAUnixSocket) {
  const TestFolder folder;
  const std::string path = (folder / "a.sock").string();
  CannedServer<Local> server(
      Local::endpoint(path),
      "HTTP/1.1 412 Precondition Failed\r\nETag: \"7\"\r\nContent-Length: 2\r\n\r\n{}");
  const auto response =
      exchange(unix_endpoint(path), {"PUT", "/api/v1/x", {{"If-Match", "\"6\""}}, "{\"a\":1}"});
  server.join();
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->status, 412U);
  EXPECT_EQ(response->header("etag"), "\"7\"");
  EXPECT_EQ(response->header("absent"), "");
  EXPECT_EQ(response->body, "{}");
  EXPECT_THAT(server.request, testing::StartsWith("PUT /api/v1/x HTTP/1.1\r\nHost: localhost\r\n"));
  EXPECT_THAT(server.request,
              testing::AllOf(HasSubstr("If-Match: \"6\"\r\n"), HasSubstr("Content-Length: 7\r\n"),
                             testing::EndsWith("\r\n\r\n{\"a\":1}")));
}

TEST(Client, ExchangesOverTcpAndTakesInterimAndChunkedAnswers) {
  CannedServer<Tcp> server(kAnyPort,
                           "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
                           "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  Endpoint endpoint = tcp_endpoint("http", "127.0.0.1", server.where().port());
  endpoint.base = "/base";
  const auto response = exchange(endpoint, {"GET", "/x?y=1", {}, ""});
  server.join();
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->body, "abcde");
  EXPECT_THAT(server.request, testing::StartsWith("GET /base/x?y=1 HTTP/1.1\r\n"));
  EXPECT_THAT(server.request, HasSubstr("Host: 127.0.0.1:" + std::to_string(server.where().port())));
}

TEST(Client, FollowsNoRedirect) {
  CannedServer<Tcp> server(
      kAnyPort, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  const auto response = exchange(tcp_endpoint("http", "127.0.0.1", server.where().port()), {});
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->status, 302U);
}

/// What an exchange with a server that answers so says.
std::string error_from(const std::string& answer, const ClientLimits& limits = {}) {
  CannedServer<Tcp> server(kAnyPort, answer);
  const auto response = exchange(tcp_endpoint("http", "127.0.0.1", server.where().port()), {}, limits);
  return response ? "answered: " + response->body : response.error().message;
}

TEST(Client, TellsWhatIsWrongWithAnAnswer) {
  EXPECT_THAT(error_from(""), HasSubstr("closed the connection"));
  EXPECT_THAT(error_from("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
              HasSubstr("closed the connection"));
  EXPECT_THAT(error_from("SSH-2.0-OpenSSH_9.2\r\n\r\n"), HasSubstr("does not answer in HTTP/1.1"));
  ClientLimits small;
  small.body = 4;
  EXPECT_THAT(error_from("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", small),
              HasSubstr("more than is read"));
  EXPECT_EQ(error_from("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd", small), "answered: abcd");
}

TEST(Client, KeepsWhatCameBeforeAnAnswerWasCut) {
  const auto attempt_at = [](const std::string& answer, const ClientLimits& limits = {}) {
    CannedServer<Tcp> server(kAnyPort, answer);
    return attempt(tcp_endpoint("http", "127.0.0.1", server.where().port()), {}, limits);
  };
  for (const char* cut_answer :
       {"HTTP/1.1 503 Away\r\nRetry-After: 9\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 503 Away\r\nRetry-After: 9\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    const ClientAttempt tried = attempt_at(cut_answer);
    EXPECT_EQ(tried.fault, ClientFault::kClosed);
    EXPECT_TRUE(tried.answered);
    EXPECT_EQ(tried.response.status, 503U);
    EXPECT_EQ(tried.response.header("retry-after"), "9");
    EXPECT_EQ(tried.response.body, "abc");
  }
  EXPECT_FALSE(attempt_at("HTTP/1.1 503 Away\r\nRetry-Af").answered);
  EXPECT_EQ(attempt_at("HTTP/1.0 200 OK\r\n\r\nto the end").response.body, "to the end");
  ClientLimits small;
  small.body = 4;
  // The length that is announced reserves nothing.
  const ClientAttempt huge =
      attempt_at("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\nabcdefgh", small);
  EXPECT_EQ(huge.fault, ClientFault::kBody);
  EXPECT_EQ(huge.response.body, "abcd");
}

TEST(Client, GivesUpOnASilentServer) {
  const TestFolder folder;
  asio::io_context io;
  const std::string path = (folder / "silent.sock").string();
  const Local::acceptor acceptor(io, Local::endpoint(path));
  const Tcp::acceptor tcp(io, kAnyPort);
  ClientLimits limits;
  limits.whole = std::chrono::milliseconds(50);
  EXPECT_THAT(exchange(unix_endpoint(path), {}, limits).error().message, HasSubstr("did not answer in time"));
  EXPECT_THAT(
      exchange(tcp_endpoint("http", "127.0.0.1", tcp.local_endpoint().port()), {}, limits).error().message,
      HasSubstr("did not answer in time"));
  EXPECT_THAT(
      exchange(tcp_endpoint("https", "127.0.0.1", tcp.local_endpoint().port()), {}, limits).error().message,
      HasSubstr("no TLS handshake"));
}

TEST(Client, SaysWhatToDoWhereNobodyListens) {
  const TestFolder folder;
  const std::string path = (folder / "none.sock").string();
  EXPECT_THAT(
      exchange(unix_endpoint(path), {}).error().message,
      testing::AllOf(HasSubstr("nothing listens on " + path), HasSubstr("is `understudy serve` running?")));
  {
    asio::io_context io;
    const Local::acceptor left_behind(io, Local::endpoint(path));
    EXPECT_TRUE(is_listening(path));
  }
  ASSERT_TRUE(std::filesystem::exists(path));
  EXPECT_FALSE(is_listening(path));
  EXPECT_FALSE(is_listening(path + "x"));
  EXPECT_THAT(exchange(unix_endpoint(path), {}).error().message, HasSubstr("nothing listens on"));
  asio::io_context io;
  Tcp::acceptor acceptor(io, kAnyPort);
  const unsigned port = acceptor.local_endpoint().port();
  acceptor.close();
  EXPECT_THAT(exchange(tcp_endpoint("http", "127.0.0.1", port), {}).error().message,
              HasSubstr("nothing listens on http://127.0.0.1:"));
  EXPECT_THAT(exchange(parse_endpoint("http://nobody.invalid").value(), {}).error().message,
              HasSubstr("nobody.invalid"));
}

TEST(Client, NamesTheGroupOfASocketThatMayNotBeUsed) {
  if (::getuid() == 0 && ::seteuid(65534) != 0) GTEST_SKIP() << "root may everything";
  const TestFolder folder;
  asio::io_context io;
  const std::string path = (folder / "closed.sock").string();
  const Local::acceptor acceptor(io, Local::endpoint(path));
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  const auto response = exchange(unix_endpoint(path), {});
  static_cast<void>(::seteuid(::getuid()));
  ASSERT_FALSE(response.has_value());
  EXPECT_THAT(response.error().message, testing::AllOf(HasSubstr("no permission for " + path),
                                                       HasSubstr("not in the group that owns it")));
}

TEST(Client, RefusesARequestThatWouldForgeLines) {
  const Endpoint nobody = parse_endpoint("unix:/nonexistent").value();
  for (const ClientRequest& request :
       {ClientRequest{"GET", "/a b", {}, ""}, ClientRequest{"GET", "/a\r\nX: y", {}, ""},
        ClientRequest{"GET", "/", {{"Authorization", "Bearer a\r\nX: y"}}, ""},
        ClientRequest{"G ET", "/", {}, ""}, ClientRequest{"GET", "/", {{"A B", "c"}}, ""}}) {
    EXPECT_THAT(exchange(nobody, request).error().message, HasSubstr("characters"));
  }
}

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

/// A certificate for these names ("DNS:localhost,IP:127.0.0.1"), signed by itself, in two PEM files.
class TestCertificate {
 public:
  explicit TestCertificate(const char* names) {
    const std::unique_ptr<EVP_PKEY, Free> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Free> made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_NAME* name = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1,
                               -1, 0);
    X509_set_issuer_name(made.get(), name);
    const std::unique_ptr<X509_EXTENSION, Free> alternatives(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names));
    X509_add_ext(made.get(), alternatives.get(), -1);
    X509_sign(made.get(), key.get(), EVP_sha256());
    const std::unique_ptr<std::FILE, Free> certificate_file(std::fopen(certificate().c_str(), "w"));
    PEM_write_X509(certificate_file.get(), made.get());
    const std::unique_ptr<std::FILE, Free> key_file(std::fopen(this->key().c_str(), "w"));
    PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }
  [[nodiscard]] std::string certificate() const { return (folder_ / "certificate.pem").string(); }
  [[nodiscard]] std::string key() const { return (folder_ / "key.pem").string(); }

 private:
  const TestFolder folder_;
};

/// One TLS connection, answered by the name that the client asked for.
class TlsServer {
 public:
  explicit TlsServer(const TestCertificate& identity)
      : acceptor_(io_, kAnyPort), context_(asio::ssl::context::tls_server) {
    context_.use_certificate_chain_file(identity.certificate());
    context_.use_private_key_file(identity.key(), asio::ssl::context::pem);
    thread_ = std::thread([this] {
      asio::ssl::stream<Tcp::socket> stream(io_, context_);
      error_code error;
      acceptor_.accept(stream.lowest_layer(), error);
      stream.handshake(asio::ssl::stream_base::server, error);
      if (error) return;
      const char* asked = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
      const std::string name = asked == nullptr ? "nobody" : asked;
      static_cast<void>(read_request(stream));
      asio::write(stream,
                  asio::buffer("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(name.size()) +
                               "\r\n\r\n" + name),
                  error);
      stream.shutdown(error);
    });
  }
  ~TlsServer() { thread_.join(); }
  [[nodiscard]] unsigned port() const { return acceptor_.local_endpoint().port(); }

 private:
  asio::io_context io_;
  Tcp::acceptor acceptor_;
  asio::ssl::context context_;
  std::thread thread_;
};

std::string ask_tls(const TestCertificate& identity, const std::string& host, const std::string& trust) {
  const TlsServer server(identity);
  ClientLimits limits;
  limits.trust = trust;
  const auto response = exchange(tcp_endpoint("https", host, server.port()), {}, limits);
  return response ? "answered: " + response->body : response.error().message;
}

TEST(Client, VerifiesCertificateAndHost) {
  const TestCertificate good("DNS:localhost,IP:127.0.0.1");
  const TestCertificate other("DNS:other.example,IP:127.0.0.2");
  EXPECT_EQ(ask_tls(good, "localhost", good.certificate()), "answered: localhost");
  EXPECT_EQ(ask_tls(good, "127.0.0.1", good.certificate()), "answered: nobody");
  EXPECT_THAT(ask_tls(good, "localhost", ""), HasSubstr("not to be trusted"));
  EXPECT_THAT(ask_tls(good, "localhost", other.certificate()), HasSubstr("not to be trusted"));
  EXPECT_THAT(ask_tls(other, "localhost", other.certificate()), HasSubstr("hostname mismatch"));
  EXPECT_THAT(ask_tls(other, "127.0.0.1", other.certificate()), HasSubstr("IP address mismatch"));
  const TlsServer server(other);
  ClientLimits lenient;
  lenient.certificate = CertificateCheck::kNo;
  EXPECT_EQ(attempt(tcp_endpoint("https", "localhost", server.port()), {}, lenient).response.body,
            "localhost");
}

}  // namespace
}  // namespace understudy::net
