#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "http/access_sink.h"
#include "http/handler.h"
#include "http/request_parser.h"
#include "http/stream.h"
#include "net/deadlines.h"
#include "net/limits.h"
#include "net/listener.h"
#include "net/ready_set.h"
#include "net/tls.h"

namespace understudy::net {

class Connection;

/// Shared by all workers of a server.
struct ConnectionBudget {
  explicit ConnectionBudget(std::uint64_t most_connections) : most(most_connections) {}
  const std::uint64_t most;
  std::atomic<std::uint64_t> open{0};
};

/// One thread's share of the connections: it accepts, reads, hands requests to its handler and
/// writes. Everything a request needs on its way is here and belongs to this thread alone.
/// Either its thread calls `run`, or it lives inside an io_context that runs anyway (`attach`).
/// Threads: one, but for the constructor, `start`, `post` and `stop`.
class Worker final : private RoundObserver {
 public:
  struct Parts {
    boost::asio::io_context& io;
    http::Handler& handler;
    http::AccessSink* access;  ///< null: no access log
    const Clock& clock;
    Log& log;
    ConnectionBudget& budget;
    Limits limits;
  };

  explicit Worker(const Parts& parts);
  ~Worker() override;

  /// Accepts on these listeners from now on. REQUIRES: neither attached nor running yet.
  void start(std::vector<Listener> listeners);
  /// The same for listeners of another protocol than HTTP. `streams` must outlive the worker.
  void start(std::vector<Listener> listeners, http::StreamHandler& streams);

  /// Serves on the calling thread until `stop` or the end of a drain.
  void run();
  /// Serves inside the io_context instead.
  void attach();

  /// Has `task` called on the worker's thread. Threads: any.
  void post(std::function<void()> task);
  /// Ends `run`, whatever is under way. Threads: any.
  void stop();

  /// The certificate for connections accepted from now on.
  void use_identity(std::shared_ptr<const TlsIdentity> identity) { identity_ = std::move(identity); }

  /// Stops accepting, closes idle connections, lets answers under way finish; then calls `done` and ends
  /// `run`. REQUIRES: called from a posted task.
  void drain(std::function<void()> done);

  [[nodiscard]] std::size_t sessions() const { return sessions_; }

 private:
  friend class Connection;
  friend class Session;
  friend class StreamSession;
  friend class ProxiedSession;

  /// Accepts connections on one listener.
  class Acceptor final : public Waiter {
   public:
    Acceptor(Worker& worker, Listener listener, http::StreamHandler* streams)
        : worker_(worker), listener_(std::move(listener)), streams_(streams) {}
    void on_ready(std::uint32_t events) override;
    [[nodiscard]] const Listener& listener() const { return listener_; }
    [[nodiscard]] http::StreamHandler* streams() const { return streams_; }

   private:
    Worker& worker_;
    Listener listener_;
    http::StreamHandler* streams_;  ///< null: HTTP
  };

  /// Wakes `run` up for what was posted.
  class Bell final : public Waiter {
   public:
    explicit Bell(boost::asio::io_context& io);
    void on_ready(std::uint32_t events) override;
    void ring() const;
    [[nodiscard]] int descriptor() const { return event_.get(); }

   private:
    boost::asio::io_context& io_;
    FileDescriptor event_;
  };

  void before_round() override;
  void after_round() override;

  /// False: nothing more can be accepted at the moment.
  bool accept_one(const Acceptor& acceptor);
  void open_connection(FileDescriptor socket, const http::Peer& peer, const Acceptor& acceptor);
  void open_session(FileDescriptor socket, const http::Peer& peer, bool tls);
  void begin(Connection* connection);
  void listen(std::vector<Listener> listeners, http::StreamHandler* streams);
  bool make_room();
  void pause_accepting();
  void resume_accepting();
  void connection_ended(Connection& connection);
  void look_at_time();
  void arm_timer();
  void check_drained();
  [[nodiscard]] Tick tick_now() const;

  boost::asio::io_context& io_;
  http::Handler& handler_;
  http::AccessSink* const access_;
  const Clock& clock_;
  Log& log_;
  ConnectionBudget& budget_;
  const Limits limits_;
  const SteadyTime epoch_;

  ReadySet ready_;
  Bell bell_;
  std::atomic<bool> running_{false};
  bool attached_ = false;
  DeadlineWheel wheel_;
  boost::asio::steady_timer timer_;
  bool timer_armed_ = false;
  bool accepting_paused_ = false;
  bool draining_ = false;
  std::function<void()> drained_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::vector<std::unique_ptr<Acceptor>> closed_acceptors_;
  std::shared_ptr<const TlsIdentity> identity_;

  // What every request uses on its way, one after the other.
  std::vector<char> input_;
  std::string output_;
  std::string scratch_refusal_;  ///< where a refusal goes that can no longer be sent
  http::ParserScratch scratch_;
  std::vector<Connection*> ended_;  ///< destroyed at the end of the round
  std::size_t sessions_ = 0;        ///< connections of every protocol
};

}  // namespace understudy::net
