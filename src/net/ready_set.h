#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include <sys/epoll.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace understudy::net {

/// Something that waits for its descriptor to become ready.
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  virtual ~Waiter() = default;
  /// `events` as epoll reports them.
  virtual void on_ready(std::uint32_t events) = 0;
};

/// What is done around each round of readiness.
class RoundObserver {
 public:
  RoundObserver() = default;
  RoundObserver(const RoundObserver&) = delete;
  RoundObserver& operator=(const RoundObserver&) = delete;
  virtual ~RoundObserver() = default;
  virtual void before_round() = 0;
  virtual void after_round() = 0;
};

/// Many descriptors in an epoll set of their own. A waiting connection costs neither an Asio object nor a
/// buffer, and a ready one no call into the kernel beside its own receive and send: Asio's async_wait
/// would arm the descriptor anew each time. A thread either blocks in `serve` itself
/// (the workers) or lets its io_context wait for the whole set (`start`: the control thread, which has
/// other things to wait for). Threads: one owner.
class ReadySet {
 public:
  ReadySet(boost::asio::io_context& io, RoundObserver& observer);

  /// Waits for what `events` names, until changed or removed. The waiter must stay until the end of
  /// the round in which its descriptor is removed. False: the kernel refuses.
  [[nodiscard]] bool add(int descriptor, std::uint32_t events, Waiter& waiter);
  void change(int descriptor, std::uint32_t events, Waiter& waiter);
  void remove(int descriptor);

  /// Serves inside the io_context, as long as that runs, or until `stop`.
  void start();
  void stop();

  /// Waits for readiness, `timeout` at most (negative: without limit), and serves one round.
  /// False: nothing was ready.
  bool serve(std::chrono::milliseconds timeout);

 private:
  void wait();

  static constexpr int kEvents = 256;
  /// Rounds without a look at the io_context's other work: timers and posts wait no longer than that.
  static constexpr int kRounds = 16;

  boost::asio::posix::stream_descriptor epoll_;
  RoundObserver& observer_;
  std::array<epoll_event, kEvents> events_;
};

}  // namespace understudy::net
