// The client of the benchmark: a fixed number of connections, each with one request under way at a time
// (a closed loop), one thread. Every answer is read to its end and checked; a wrong one ends the run.
// `bench/run` starts it; the result is one line of JSON on standard output.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer_reader.h"
#include "histogram.h"
#include "loadgen_options.h"

namespace understudy::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Verdict = AnswerReader::Verdict;

/// In a request, the six digits of every occurrence are replaced by the number of a group.
constexpr std::string_view kGroupMarker = "g000000";
constexpr auto kStallLimit = std::chrono::seconds(10);

/// Set by SIGTERM: no more requests are begun, and the result is printed as at the end of the time.
volatile std::sig_atomic_t stop_asked = 0;

/// The request's bytes, with the group's number changed from one to the next where groups are varied.
class RequestText {
 public:
  explicit RequestText(const Options& options)
      : text_(options.request), groups_(options.groups), order_(options.group_order) {
    if (groups_ == 0) return;
    for (std::size_t at = text_.find(kGroupMarker); at != std::string::npos;
         at = text_.find(kGroupMarker, at + 1)) {
      digits_at_.push_back(at + 1);
    }
    if (digits_at_.empty()) die("the request names no group to vary");
  }

  std::string_view next() {
    if (groups_ == 0) return text_;
    std::uint32_t group = order_ == GroupOrder::kInTurn ? turn_++ % groups_ : scattered();
    std::array<char, 6> digits;
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, group /= 10) {
      *digit = static_cast<char>('0' + group % 10);
    }
    for (const std::size_t at : digits_at_)
      std::copy(digits.begin(), digits.end(), text_.begin() + static_cast<std::ptrdiff_t>(at));
    return text_;
  }

 private:
  // xorshift64: the same order in every run.
  std::uint32_t scattered() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::uint32_t>(state_ % groups_);
  }

  std::string text_;
  const std::uint32_t groups_;
  const GroupOrder order_;
  std::vector<std::size_t> digits_at_;
  std::uint64_t state_ = 0x9E3779B97F4A7C15;
  std::uint32_t turn_ = 0;
};

struct Connection {
  int fd = -1;
  bool answered = false;  // with a connection per request: the answer is there, the server's close is not
  Clock::time_point begun;
  AnswerReader reader;
};

class Client {
 public:
  explicit Client(const Options& options)
      : options_(options),
        request_(options),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        events_(512),
        buffer_(256 * 1024) {
    address_.sin_family = AF_INET;
    address_.sin_port = htons(options.port);
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (epoll_ < 0) die_of_errno("epoll_create1");
  }

  /// Asks until the count or the time is reached, and leaves no request unanswered.
  void run() {
    connections_.resize(std::min<std::uint64_t>(options_.connections, options_.requests));
    start_ = Clock::now();
    deadline_ = start_ + options_.time_limit;
    next_slot_ = start_;
    for (Connection& connection : connections_) begin(connection);
    while (under_way_ > 0 || !parked_.empty()) {
      wait_and_handle();
      release_parked();
    }
    seconds_ = std::chrono::duration<double>(Clock::now() - start_).count();
  }

  /// Opens connections, asks once on each, and returns with all of them open and nothing under way.
  void open_idle(std::size_t count) {
    constexpr std::size_t kAtOnce = 64;  // below any server's backlog
    connections_.resize(count);
    deadline_ = Clock::time_point::max();
    while (started_ < count || under_way_ > 0) {
      while (started_ < count && under_way_ < kAtOnce) begin(connections_[started_]);
      wait_and_handle();
    }
  }

  void print_result() const {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds_of = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    const auto micros = [](std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e3; };
    std::printf(
        "{\"requests\":%llu,\"seconds\":%.6f,\"rps\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,"
        "\"connects\":%llu,\"client_cpu_seconds\":%.6f}\n",
        static_cast<unsigned long long>(latencies_.total()), seconds_,
        static_cast<double>(latencies_.total()) / seconds_, micros(latencies_.quantile(0.5)),
        micros(latencies_.quantile(0.99)), micros(latencies_.largest()),
        static_cast<unsigned long long>(connects_), seconds_of(used.ru_utime) + seconds_of(used.ru_stime));
  }

 private:
  [[nodiscard]] bool more_to_ask() const {
    return stop_asked == 0 && started_ < options_.requests && Clock::now() < deadline_;
  }

  // Starts the next request on `connection`, over a new connection where there is none.
  void begin(Connection& connection) {
    ++started_;
    ++under_way_;
    const bool fresh = connection.fd < 0;
    if (fresh) connect(connection);
    connection.begun = fresh ? connect_begun_ : Clock::now();
    send_request(connection.fd);
    if (fresh) watch(connection);
  }

  void connect(Connection& connection) {
    connect_begun_ = Clock::now();
    connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection.fd < 0) die_of_errno("socket");
    const int on = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto* address = reinterpret_cast<const sockaddr*>(&address_);
    if (::connect(connection.fd, address, sizeof address_) != 0 && errno != EINPROGRESS)
      die_of_errno("connect");
    connection.answered = false;
    connection.reader.restart();
    ++connects_;
  }

  // Over the loopback interface the handshake is nearly always done when connect() returns, and the request
  // goes out at once; poll() is for the rest.
  void send_request(int fd) {
    std::string_view left = request_.next();
    while (!left.empty()) {
      const ssize_t sent = send(fd, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        left.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN || errno == EINTR) {
        pollfd waiting{fd, POLLOUT, 0};
        if (poll(&waiting, 1, 5000) == 0) die("the server takes no more bytes");
      } else {
        die_of_errno("send");
      }
    }
  }

  void watch(Connection& connection) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.ptr = &connection;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event) != 0) die_of_errno("epoll_ctl");
  }

  void wait_and_handle() {
    int timeout = static_cast<int>(std::chrono::milliseconds(kStallLimit).count());
    if (!parked_.empty()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_slot_ - Clock::now()).count();
      timeout = static_cast<int>(std::clamp<long>(left, 0, timeout));
    }
    const int count = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), timeout);
    if (count == 0 && parked_.empty())
      die("no answer for " + std::to_string(kStallLimit.count()) + " seconds");
    for (int i = 0; i < count; ++i) {
      handle(*static_cast<Connection*>(events_[static_cast<std::size_t>(i)].data.ptr));
    }
  }

  // Edge-triggered: reads until the answer is complete, or nothing more is there.
  void handle(Connection& connection) {
    while (true) {
      const ssize_t received = recv(connection.fd, buffer_.data(), buffer_.size(), 0);
      if (received < 0 && errno == EINTR) continue;
      if (received < 0 && errno == EAGAIN) return;
      if (received < 0) die_of_errno("recv");
      if (received == 0) return handle_close(connection);
      const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(received));
      if (connection.answered) die("bytes after the answer");
      const Verdict verdict = connection.reader.feed(bytes, options_.expected);
      if (verdict == Verdict::kWrong) die("wrong answer: " + connection.reader.problem());
      if (verdict == Verdict::kIncomplete) continue;
      latencies_.record(static_cast<std::uint64_t>((Clock::now() - connection.begun).count()));
      if (options_.reuse == Reuse::kKeepAlive) return finish(connection);
      connection.answered = true;
    }
  }

  void handle_close(Connection& connection) {
    if (!connection.answered) die("the server closed a connection instead of answering");
    // The server has closed its end already. Resetting spares the machine a TIME_WAIT entry per request,
    // whose number is bounded and which would make later rounds differ from earlier ones.
    const linger reset{1, 0};
    setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(connection.fd);
    connection.fd = -1;
    finish(connection);
  }

  void finish(Connection& connection) {
    --under_way_;
    if (!more_to_ask() || options_.idle > 0) return;
    if (options_.rate > 0) {
      parked_.push_back(&connection);
    } else {
      begin(connection);
    }
  }

  void release_parked() {
    if (options_.rate <= 0) return;
    const auto gap =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / options_.rate));
    while (!parked_.empty() && Clock::now() >= next_slot_) {
      Connection& connection = *parked_.front();
      parked_.pop_front();
      if (!more_to_ask()) continue;
      begin(connection);
      next_slot_ += gap;
    }
  }

  const Options& options_;
  RequestText request_;
  const int epoll_;
  sockaddr_in address_{};
  std::vector<epoll_event> events_;
  std::vector<char> buffer_;
  std::vector<Connection> connections_;
  std::deque<Connection*> parked_;  // answered, waiting for their turn where a rate is kept
  Clock::time_point start_;
  Clock::time_point deadline_;
  Clock::time_point next_slot_;
  Clock::time_point connect_begun_;
  Histogram latencies_;
  std::uint64_t started_ = 0;
  std::uint64_t under_way_ = 0;
  std::uint64_t connects_ = 0;
  double seconds_ = 0;
};

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const Options& options) {
  raise_descriptor_limit();
  Client client(options);
  if (options.idle > 0) {
    client.open_idle(options.idle);
    std::printf("{\"idle\":%zu}\n", options.idle);
    std::fflush(stdout);
    while (std::getchar() != EOF) continue;
    return 0;
  }
  std::signal(SIGTERM, [](int) { stop_asked = 1; });
  client.run();
  client.print_result();
  return 0;
}

}  // namespace
}  // namespace understudy::bench

int main(int argc, char** argv) {
  return understudy::bench::run(understudy::bench::parse_options(argc, argv));
}
