// The floor of the benchmark: a server that receives, sends the bytes it was given, and does nothing else.
// It parses nothing: whatever one recv() returns counts as one request. What another server costs above this
// one is the price of what that server does; what this one costs is the kernel's.
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr int kBacklog = 4096;
constexpr std::size_t kBufferSize = 64 * 1024;

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "null_server: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

int listen_on(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) die("socket");
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("bind");
  if (listen(listener, kBacklog) != 0) die("listen");
  return listener;
}

void wait_for(int fd, short events) {
  pollfd waiting{fd, events, 0};
  poll(&waiting, 1, 1000);
}

// Sends all of `answer`. It nearly always fits the socket's buffer at once; waits where it does not.
// Returns false when the client is gone.
bool send_all(int fd, std::string_view answer) {
  while (true) {
    const ssize_t sent = send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(answer.size())) return true;
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent > 0) answer.remove_prefix(static_cast<std::size_t>(sent));
    wait_for(fd, POLLOUT);
  }
}

class NullServer {
 public:
  NullServer(int listener, std::string answer)
      : listener_(listener), epoll_(epoll_create1(EPOLL_CLOEXEC)), answer_(std::move(answer)) {
    if (epoll_ < 0) die("epoll_create1");
    watch(listener_, EPOLLIN);
  }

  // Edge-triggered: an answered connection is not polled a second time, as it would be level-triggered, and
  // nothing is missed, because a client sends its next request only after it has read the answer.
  [[noreturn]] void serve_kept_connections() {
    while (true) {
      const int count = wait();
      for (int i = 0; i < count; ++i) {
        const int fd = events_[static_cast<std::size_t>(i)].data.fd;
        if (fd != listener_) {
          answer_once(fd);
        } else if (const int accepted = accept_one(); accepted >= 0) {
          watch(accepted, EPOLLIN | EPOLLET);
        }
      }
    }
  }

  // With TCP_DEFER_ACCEPT a connection is handed over once its request has arrived, so that it need not be
  // watched at all: accept, recv, send, close is the least that a connection per request can cost.
  [[noreturn]] void serve_single_requests() {
    const int seconds = 1;
    setsockopt(listener_, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
    while (true) {
      wait();
      const int fd = accept_one();
      if (fd < 0) continue;
      if (receive(fd) < 0 && errno == EAGAIN) {
        wait_for(fd, POLLIN);
        receive(fd);
      }
      send_all(fd, answer_);
      close(fd);
    }
  }

 private:
  int wait() { return epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), -1); }

  ssize_t receive(int fd) { return recv(fd, buffer_.data(), buffer_.size(), 0); }

  void watch(int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
  }

  // One for each time that epoll says so: accepting until nothing is left would end with a call that makes a
  // socket and a file, finds no connection, and throws them away, which costs a tenth of a whole request.
  // Returns -1 where there is none after all.
  int accept_one() {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) die("accept4");
    return fd;
  }

  void answer_once(int fd) {
    const ssize_t received = receive(fd);
    if (received > 0 ? !send_all(fd, answer_) : (received == 0 || errno != EAGAIN)) close(fd);
  }

  const int listener_;
  const int epoll_;
  const std::string answer_;
  std::array<epoll_event, 512> events_;
  std::array<char, kBufferSize> buffer_;
};

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  const bool closing = argc == 4 && std::string_view(argv[3]) == "--close";
  if (argc != 3 && !closing) {
    std::fprintf(stderr, "usage: null_server PORT ANSWER_FILE [--close]\n");
    return 2;
  }
  std::ifstream file(argv[2], std::ios::binary);
  std::string answer{std::istreambuf_iterator<char>(file), {}};
  if (answer.empty()) die(argv[2]);
  raise_descriptor_limit();
  static NullServer server(listen_on(static_cast<std::uint16_t>(std::atoi(argv[1]))), std::move(answer));
  if (closing) server.serve_single_requests();
  server.serve_kept_connections();
}
