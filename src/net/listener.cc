#include "net/listener.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace understudy::net {
namespace {

constexpr int kBacklog = 4096;

struct SocketName {
  sockaddr_storage storage{};
  socklen_t length = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketName to_socket_name(const ListenAddress& address) {
  SocketName name;
  if (address.kind == ListenAddress::Kind::kUnix) {
    auto& unix_name = reinterpret_cast<sockaddr_un&>(name.storage);
    unix_name.sun_family = AF_UNIX;
    address.path.copy(unix_name.sun_path, sizeof unix_name.sun_path - 1);
    name.length = sizeof(sockaddr_un);
  } else if (address.host.find(':') != std::string::npos) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(name.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    ::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr);
    name.length = sizeof(sockaddr_in6);
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(name.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    ::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr);
    name.length = sizeof(sockaddr_in);
  }
  return name;
}

std::uint16_t bound_port(int socket) {
  SocketName name;
  name.length = sizeof name.storage;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&name.storage), &name.length) != 0) return 0;
  return name.storage.ss_family == AF_INET6 ? ntohs(reinterpret_cast<sockaddr_in6&>(name.storage).sin6_port)
                                            : ntohs(reinterpret_cast<sockaddr_in&>(name.storage).sin_port);
}

void set_option(int socket, int level, int option) {
  const int on = 1;
  ::setsockopt(socket, level, option, &on, sizeof on);
}

std::string advice(int error, const ListenAddress& address) {
  if (error == EADDRINUSE) return "another program listens there; stop it, or choose another address";
  if (error == EACCES && address.port > 0 && address.port < 1024) {
    return "ports below 1024 need CAP_NET_BIND_SERVICE; choose a higher one, or grant it";
  }
  if (error == ENOENT) return "the folder is missing; create it";
  if (error == EADDRNOTAVAIL) return "no interface of this machine has this address";
  return "choose another address or mend the permissions";
}

Error failed(const ListenAddress& address, int error) {
  return Error{fmt::format("can't listen on {}: {} ({})", address.text, system_message(error),
                           advice(error, address))};
}

/// A program that died leaves its socket's file behind: nobody answers there, so it may go.
void remove_stale_socket(const ListenAddress& address, const SocketName& name) {
  struct stat info {};
  if (::lstat(address.path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), name.get(), name.length) != 0 && errno == ECONNREFUSED)
    ::unlink(address.path.c_str());
}

std::string describe(const ListenAddress& address, int socket) {
  if (address.kind == ListenAddress::Kind::kUnix) return address.text;
  const bool v6 = address.host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", address.host, bound_port(socket))
            : fmt::format("{}:{}", address.host, bound_port(socket));
}

Result<Listener> open_one(const ListenAddress& address, SocketAccess access, Handover handover) {
  const bool unix_socket = address.kind == ListenAddress::Kind::kUnix;
  const SocketName name = to_socket_name(address);
  FileDescriptor socket(::socket(name.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return failed(address, errno);
  if (unix_socket) {
    remove_stale_socket(address, name);
    // The file has its permissions from the moment it exists.
    const mode_t before = ::umask(access == SocketAccess::kEverybody ? 0111 : 0117);
    const int bound = ::bind(socket.get(), name.get(), name.length);
    const int error = errno;
    ::umask(before);
    if (bound != 0) return failed(address, error);
  } else {
    set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR);
    set_option(socket.get(), SOL_SOCKET, SO_REUSEPORT);
    set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY);  // inherited by what is accepted
    // A connection is handed over when its first bytes are there, or after a second without any: one
    // that comes with its request costs one wake-up fewer.
    if (handover == Handover::kWithData) set_option(socket.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT);
    if (name.storage.ss_family == AF_INET6) set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY);
    if (::bind(socket.get(), name.get(), name.length) != 0) return failed(address, errno);
  }
  if (::listen(socket.get(), kBacklog) != 0) return failed(address, errno);
  Listener listener;
  listener.tls = address.kind == ListenAddress::Kind::kTls;
  listener.proxied = address.proxied;
  listener.unix_socket = unix_socket;
  listener.access = access;
  listener.address = describe(address, socket.get());
  listener.socket = std::move(socket);
  return listener;
}

/// With SO_REUSEPORT a second server would quietly take half of the connections: look first.
bool is_taken(const ListenAddress& address) {
  if (address.port == 0 || address.kind == ListenAddress::Kind::kUnix) return false;
  const SocketName name = to_socket_name(address);
  const FileDescriptor probe(::socket(name.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  set_option(probe.get(), SOL_SOCKET, SO_REUSEADDR);
  if (name.storage.ss_family == AF_INET6) set_option(probe.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  return ::bind(probe.get(), name.get(), name.length) != 0 && errno == EADDRINUSE;
}

}  // namespace

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  struct stat info {};
  if (::lstat(path_.c_str(), &info) == 0) inode_ = info.st_ino;
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), inode_(std::exchange(other.inode_, 0)) {}

SocketFile::~SocketFile() {
  struct stat info {};
  if (inode_ != 0 && ::lstat(path_.c_str(), &info) == 0 && info.st_ino == inode_) ::unlink(path_.c_str());
}

Result<std::vector<Listener>> open_listeners(const ListenAddress& address, std::size_t workers,
                                             SocketAccess access, Handover handover) {
  if (is_taken(address)) return failed(address, EADDRINUSE);
  std::vector<Listener> listeners;
  ListenAddress next = address;
  for (std::size_t i = 0; i < workers; ++i) {
    if (address.kind == ListenAddress::Kind::kUnix && i > 0) {
      const Listener& first = listeners.front();
      Listener same;
      same.socket = FileDescriptor(::fcntl(first.socket.get(), F_DUPFD_CLOEXEC, 0));
      if (!same.socket.valid()) return failed(address, errno);
      same.unix_socket = true;
      same.access = access;
      same.address = first.address;
      listeners.push_back(std::move(same));
      continue;
    }
    auto opened = open_one(next, access, handover);
    if (!opened) return opened.error();
    if (address.kind != ListenAddress::Kind::kUnix) next.port = bound_port(opened->socket.get());
    listeners.push_back(std::move(*opened));
  }
  return listeners;
}

}  // namespace understudy::net
