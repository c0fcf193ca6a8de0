#include "net/line_exchange.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/files.h"

namespace understudy::net {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

union SocketAddress {
  sockaddr any;
  sockaddr_un local;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

/// The address's length; 0: it can't be used.
socklen_t fill(SocketAddress& out, const ListenAddress& address) {
  std::memset(&out, 0, sizeof out);
  if (address.kind == ListenAddress::Kind::kUnix) {
    if (address.path.size() >= sizeof out.local.sun_path) return 0;
    out.local.sun_family = AF_UNIX;
    address.path.copy(out.local.sun_path, address.path.size());
    return sizeof out.local;
  }
  if (::inet_pton(AF_INET, address.host.c_str(), &out.v4.sin_addr) == 1) {
    out.v4.sin_family = AF_INET;
    out.v4.sin_port = htons(address.port);
    return sizeof out.v4;
  }
  if (::inet_pton(AF_INET6, address.host.c_str(), &out.v6.sin6_addr) != 1) return 0;
  out.v6.sin6_family = AF_INET6;
  out.v6.sin6_port = htons(address.port);
  return sizeof out.v6;
}

/// Whether the socket became ready for `events` in time; errors show with the next call.
bool wait_for(int socket, short events, Deadline until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd entry{socket, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    return ready > 0;
  }
}

Error failed(std::string_view what, int error_number) {
  return Error{fmt::format("{}: {}", what, system_message(error_number))};
}

Result<void> connect_to(int socket, const ListenAddress& address, Deadline until) {
  SocketAddress where;
  const socklen_t length = fill(where, address);
  if (length == 0) return Error{"the address can't be used"};
  int error = 0;
  while (::connect(socket, &where.any, length) != 0) {
    error = errno;
    if (error == EINPROGRESS) {
      if (!wait_for(socket, POLLOUT, until)) return Error{"no connection in time"};
      socklen_t size = sizeof error;
      if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
      break;
    }
    // A Unix socket's queue is full: somebody listens, and is busy. There is nothing to wait for but time.
    if (error != EAGAIN && error != EINTR) break;
    if (std::chrono::steady_clock::now() >= until) return Error{"no connection in time"};
    ::poll(nullptr, 0, 5);
    error = 0;
  }
  if (error != 0 && error != EISCONN) return failed("can't connect", error);
  return {};
}

}  // namespace

Result<std::string> exchange_line(const ListenAddress& address, std::string_view line,
                                  const LineLimits& limits) {
  assert(line.find('\n') == std::string_view::npos);
  const auto now = std::chrono::steady_clock::now();
  const Deadline until = now + limits.whole;
  const int family = address.kind == ListenAddress::Kind::kUnix    ? AF_UNIX
                     : address.host.find(':') == std::string::npos ? AF_INET
                                                                   : AF_INET6;
  const FileDescriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return failed("no socket", errno);
  if (auto done = connect_to(socket.get(), address, now + std::min(limits.connect, limits.whole)); !done)
    return done.error();
  const std::string request = std::string(line) + "\n";
  std::string_view rest = request;
  while (!rest.empty()) {
    if (!wait_for(socket.get(), POLLOUT, until)) return Error{"no answer in time"};
    const ssize_t sent = ::send(socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return failed("the connection broke", errno);
    if (sent > 0) rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string reply;
  char block[65536];
  for (;;) {
    if (!wait_for(socket.get(), POLLIN, until)) return Error{"no answer in time"};
    const ssize_t got = ::recv(socket.get(), block, sizeof block, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return failed("the connection broke", errno);
    if (got == 0) return {boost::system::in_place_value, std::move(reply)};
    reply.append(block, static_cast<std::size_t>(got));
    if (reply.size() > limits.reply)
      return Error{fmt::format("an answer of more than {} bytes", limits.reply)};
  }
}

}  // namespace understudy::net
