#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/deadlines.h"
#include "net/ready_set.h"
#include "net/transport.h"

namespace understudy::net {

class Worker;

/// What connections of every protocol have in common: the socket, what could not be written yet, and their
/// way out. Owned by the worker, on whose thread everything happens; ends itself through
/// `Worker::connection_ended`, and is destroyed at the end of that round.
class Connection : public Waiter, public Timed {
 public:
  /// Reads what may be there already, and waits for the rest.
  virtual void start() = 0;
  /// The deadline has passed.
  virtual void on_deadline() = 0;
  /// The server is going down: ends now, or when what is under way is done.
  virtual void on_drain() = 0;
  /// Whether it may be closed to make room for another.
  [[nodiscard]] virtual bool idle() const = 0;

  [[nodiscard]] bool secure_as_asked(bool tls) const { return transport_.is_tls() == tls; }
  void end();

 protected:
  Connection(Worker& worker, FileDescriptor socket, SSL_CTX* tls);
  ~Connection() override = default;

  /// What could not be written at once.
  struct Pending {
    std::string bytes;
    std::size_t written = 0;
    std::string_view tail;
    std::shared_ptr<const void> owner;  ///< of `tail`
    [[nodiscard]] bool empty() const { return written == bytes.size() && tail.empty(); }
  };

  /// Writes the worker's output and `body`; what is left goes to `pending_`.
  void flush(std::string_view body = {}, const std::shared_ptr<const void>* owner = nullptr);
  /// Writes what can be written of `pending_`. True: it is done, and `pending_` null; false: it waits, or the
  /// connection has ended. REQUIRES: `pending_` is there.
  bool write_pending();
  /// Has `on_ready` called for these events; ends where the kernel refuses.
  void watch_for(std::uint32_t events) {
    if (events != watched_) register_for(events);
  }

  Worker& worker_;
  Transport transport_;
  std::unique_ptr<Pending> pending_;
  std::uint32_t watched_ = 0;  ///< events waited for; 0: not registered yet
  bool ended_ = false;

 private:
  friend class Worker;
  void register_for(std::uint32_t events);
};

}  // namespace understudy::net
