#include "net/client_faults.h"

#include <fmt/format.h>
#include <grp.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>

namespace understudy::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;

std::string group_name(gid_t gid) {
  group entry{};
  group* found = nullptr;
  char buffer[4096];
  if (::getgrgid_r(gid, &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) return entry.gr_name;
  return std::to_string(gid);
}

std::string describe_forbidden(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return fmt::format("no permission to reach {}: ask for it, or use sudo", path);
  return fmt::format(
      "no permission for {0}: you are not in the group that owns it, {1}; `adduser {2} {1}` as root and a "
      "new "
      "login make you a member, or use sudo",
      path, group_name(info.st_gid), "USER");
}

bool ended_early(const error_code& error) {
  return error == bhttp::error::end_of_stream || error == asio::error::eof ||
         error == asio::error::connection_reset || error == asio::error::broken_pipe ||
         error == bhttp::error::partial_message || error == asio::ssl::error::stream_truncated;
}

}  // namespace

void ClientAttempt::fail(ClientAttempt other) {
  fault = other.fault;
  message = std::move(other.message);
}

ClientAttempt unix_fault(const std::string& path, const error_code& error) {
  if (error == asio::error::connection_refused || error == boost::system::errc::no_such_file_or_directory)
    return {ClientFault::kRefused,
            fmt::format("nothing listens on {}: is `understudy serve` running?", path)};
  if (error == boost::system::errc::permission_denied)
    return {ClientFault::kConnect, describe_forbidden(path)};
  if (error == beast::error::timeout)
    return {ClientFault::kConnectTime, fmt::format("{} does not take the connection in time", path)};
  return {ClientFault::kConnect, fmt::format("can't connect to {}: {}", path, error.message())};
}

ClientAttempt tcp_fault(const Endpoint& endpoint, const error_code& error) {
  const std::string where = to_text(endpoint);
  if (error == asio::error::connection_refused)
    return {ClientFault::kRefused, fmt::format("nothing listens on {}", where)};
  if (error == beast::error::timeout)
    return {ClientFault::kConnectTime, fmt::format("no connection to {} in time", where)};
  return {ClientFault::kConnect, fmt::format("can't connect to {}: {}", where, error.message())};
}

ClientAttempt tls_fault(const Endpoint& endpoint, const error_code& error, long verified) {
  const std::string where = to_text(endpoint);
  if (error == beast::error::timeout)
    return {ClientFault::kConnectTime, fmt::format("no TLS handshake with {} in time", where)};
  if (verified == X509_V_OK)
    return {ClientFault::kTls,
            fmt::format("no TLS with {}: {}; is it a TLS listener?", where, error.message())};
  const std::string why = X509_verify_cert_error_string(verified);
  return {ClientFault::kCertificate,
          fmt::format("the certificate of {} is not to be trusted: {}", where, why)};
}

ClientAttempt exchange_fault(const Endpoint& endpoint, const error_code& error) {
  const std::string where = to_text(endpoint);
  if (error == beast::error::timeout)
    return {ClientFault::kTime, fmt::format("{} did not answer in time", where)};
  if (error == bhttp::error::body_limit)
    return {ClientFault::kBody, fmt::format("{} answered with more than is read here", where)};
  if (ended_early(error))
    return {ClientFault::kClosed,
            fmt::format("{} closed the connection before its answer was complete", where)};
  if (error.category() == bhttp::make_error_code(bhttp::error::bad_version).category())
    return {ClientFault::kProtocol,
            fmt::format("{} does not answer in HTTP/1.1: {}", where, error.message())};
  return {ClientFault::kClosed, fmt::format("the connection to {} failed: {}", where, error.message())};
}

}  // namespace understudy::net
