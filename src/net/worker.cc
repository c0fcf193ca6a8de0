#include "net/worker.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>

#include "net/proxied_session.h"
#include "net/session.h"
#include "net/stream_session.h"

namespace understudy::net {
namespace {

/// The worker's read buffer: the largest head and a good piece of a body.
constexpr std::size_t kInput = 64 * 1024;

http::Peer to_peer(const sockaddr_storage& storage) {
  http::Peer peer;
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    peer.address[10] = peer.address[11] = 0xFF;
    std::memcpy(peer.address.data() + 12, &v4.sin_addr, 4);
    peer.port = ntohs(v4.sin_port);
  } else if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    std::memcpy(peer.address.data(), &v6.sin6_addr, 16);
    peer.port = ntohs(v6.sin6_port);
  } else {
    peer.unix_socket = true;
  }
  return peer;
}

/// Who has connected to a Unix socket (socket(7)): as of that moment, whatever the process becomes later.
std::uint32_t user_of(int socket) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  const bool known = ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0;
  return known ? credentials.uid : http::Peer::kNoUser;
}

}  // namespace

Worker::Worker(const Parts& parts)
    : io_(parts.io),
      handler_(parts.handler),
      access_(parts.access),
      clock_(parts.clock),
      log_(parts.log),
      budget_(parts.budget),
      limits_(parts.limits),
      epoch_(clock_.steady()),
      ready_(io_, *this),
      bell_(io_),
      timer_(io_),
      input_(kInput) {
  output_.reserve(kInput);
}

Worker::~Worker() {
  wheel_.for_each([](Timed& timed) { static_cast<Connection&>(timed).end(); });
  after_round();
}

void Worker::start(std::vector<Listener> listeners) { listen(std::move(listeners), nullptr); }

void Worker::start(std::vector<Listener> listeners, http::StreamHandler& streams) {
  listen(std::move(listeners), &streams);
}

void Worker::listen(std::vector<Listener> listeners, http::StreamHandler* streams) {
  for (Listener& listener : listeners) {
    acceptors_.push_back(std::make_unique<Acceptor>(*this, std::move(listener), streams));
    const int socket = acceptors_.back()->listener().socket.get();
    if (!ready_.add(socket, EPOLLIN, *acceptors_.back())) {
      log_.error("listen_failed", fmt::format("can't wait for connections: {}", system_message(errno)));
    }
  }
}

Worker::Bell::Bell(boost::asio::io_context& io) : io_(io), event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!event_.valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Worker::Bell::on_ready(std::uint32_t) {
  eventfd_t rung = 0;
  ::eventfd_read(event_.get(), &rung);
  io_.restart();
  io_.poll();
}

void Worker::Bell::ring() const { ::eventfd_write(event_.get(), 1); }

void Worker::attach() {
  attached_ = true;
  ready_.start();
}

void Worker::run() {
  running_ = true;
  if (!ready_.add(bell_.descriptor(), EPOLLIN, bell_)) running_ = false;
  while (running_) {
    const bool ticking = sessions_ > 0 || accepting_paused_;
    if (ready_.serve(ticking ? kTick : std::chrono::milliseconds(-1))) continue;
    before_round();
    after_round();
  }
}

void Worker::post(std::function<void()> task) {
  boost::asio::post(io_, std::move(task));
  if (!attached_) bell_.ring();
}

void Worker::stop() {
  post([this] { running_ = false; });
}

Tick Worker::tick_now() const { return static_cast<Tick>((clock_.steady() - epoch_) / kTick); }

void Worker::before_round() { look_at_time(); }

void Worker::after_round() {
  for (Connection* connection : std::exchange(ended_, {}))
    delete connection;  // NOLINT: connections own themselves, see begin
  closed_acceptors_.clear();
  check_drained();
}

void Worker::look_at_time() {
  const Tick now = tick_now();
  if (now == wheel_.now()) return;
  if (accepting_paused_) resume_accepting();
  wheel_.advance(now, [](Timed& timed) { static_cast<Connection&>(timed).on_deadline(); });
}

void Worker::arm_timer() {
  if (!attached_ || timer_armed_ || (sessions_ == 0 && !accepting_paused_)) return;
  timer_armed_ = true;
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    timer_armed_ = false;
    if (error) return;
    look_at_time();
    after_round();
    arm_timer();
  });
}

void Worker::Acceptor::on_ready(std::uint32_t) {
  // One at a time: asking until nothing is left ends each time with a failing accept4, which allocates a
  // socket first. Level triggering brings us back for the next one.
  worker_.accept_one(*this);
}

bool Worker::accept_one(const Acceptor& acceptor) {
  const Listener& listener = acceptor.listener();
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  FileDescriptor socket(::accept4(listener.socket.get(), reinterpret_cast<sockaddr*>(&name), &length,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket.valid()) {
    const int error = errno;
    if (error == ECONNABORTED || error == EINTR) return true;
    const bool exhausted = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
    if (exhausted && !make_room()) {
      log_.warning("accept_failed", fmt::format("no connection can be accepted: {}", system_message(error)));
      pause_accepting();
    }
    return false;
  }
  if (budget_.open.fetch_add(1, std::memory_order_relaxed) >= budget_.most && !make_room()) {
    budget_.open.fetch_sub(1, std::memory_order_relaxed);
    constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 10\r\nConnection: "
        "close\r\n\r\n";
    // What doesn't fit into an empty socket buffer is not worth waiting for.
    const bool speaks_http = acceptor.streams() == nullptr && !listener.tls;
    if (speaks_http) static_cast<void>(Transport(std::move(socket), nullptr).write(kFull));
    return true;
  }
  http::Peer peer = to_peer(name);
  peer.unix_socket = listener.unix_socket;
  if (listener.unix_socket && listener.access == SocketAccess::kOwnerAndGroup) {
    peer.user = user_of(socket.get());
  }
  open_connection(std::move(socket), peer, acceptor);
  return true;
}

void Worker::open_connection(FileDescriptor socket, const http::Peer& peer, const Acceptor& acceptor) {
  if (acceptor.streams() != nullptr) {
    begin(new StreamSession(*this, std::move(socket), acceptor.streams()->open(peer)));  // NOLINT: see begin
  } else if (acceptor.listener().proxied) {
    begin(new ProxiedSession(*this, std::move(socket), peer, acceptor.listener().tls));  // NOLINT
  } else {
    open_session(std::move(socket), peer, acceptor.listener().tls);
  }
}

void Worker::open_session(FileDescriptor socket, const http::Peer& peer, bool tls) {
  SSL_CTX* context = tls && identity_ != nullptr ? identity_->context() : nullptr;
  auto* session = new Session(*this, std::move(socket), peer, context);  // NOLINT: see begin
  handler_.connection_opened();
  begin(session);
  if (!session->secure_as_asked(tls)) session->end();
}

/// Connections own themselves until they end: the wheel holds them meanwhile, and after_round deletes them.
void Worker::begin(Connection* connection) {
  ++sessions_;
  connection->start();
  arm_timer();
}

/// Closes the connection that has been idle longest, as far as the wheel tells.
bool Worker::make_room() {
  Timed* oldest =
      wheel_.find([](const Timed& timed) { return static_cast<const Connection&>(timed).idle(); });
  if (oldest == nullptr) return false;
  static_cast<Connection*>(oldest)->end();
  return true;
}

void Worker::pause_accepting() {
  if (accepting_paused_) return;
  accepting_paused_ = true;
  for (const auto& acceptor : acceptors_) ready_.remove(acceptor->listener().socket.get());
  arm_timer();
}

void Worker::resume_accepting() {
  accepting_paused_ = false;
  for (const auto& acceptor : acceptors_) {
    if (!ready_.add(acceptor->listener().socket.get(), EPOLLIN, *acceptor)) return pause_accepting();
  }
}

void Worker::connection_ended(Connection& connection) {
  if (connection.watched_ != 0) ready_.remove(connection.transport_.descriptor());
  connection.unlink();
  --sessions_;
  budget_.open.fetch_sub(1, std::memory_order_relaxed);
  ended_.push_back(&connection);
}

void Worker::drain(std::function<void()> done) {
  draining_ = true;
  drained_ = std::move(done);
  for (const auto& acceptor : acceptors_) {
    // Whoever has connected before is served; closing the socket would reset them.
    if (!accepting_paused_) ready_.remove(acceptor->listener().socket.get());
    while (accept_one(*acceptor)) {
    }
  }
  // Destroyed at the end of the round, in which an event of theirs may still stand.
  closed_acceptors_ = std::exchange(acceptors_, {});
  accepting_paused_ = false;
  wheel_.for_each([](Timed& timed) { static_cast<Connection&>(timed).on_drain(); });
}

void Worker::check_drained() {
  if (!draining_ || sessions_ > 0 || !drained_) return;
  running_ = false;
  ready_.stop();
  timer_.cancel();
  std::exchange(drained_, nullptr)();
}

}  // namespace understudy::net
