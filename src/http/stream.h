#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/request.h"

namespace understudy::http {

/// One connection of a protocol other than HTTP: SPOP, HAProxy's agent-check. One thread, must not block or
/// throw.
class Stream {
 public:
  static constexpr std::size_t kMostInput = 60 * 1024;
  struct Step {
    std::size_t used = 0;  ///< of the bytes offered; the rest is offered again with what comes next
    bool close = false;    ///< once everything in `out` is written
  };
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// Bytes have arrived; answers are appended to `out`.
  virtual Step on_bytes(std::string_view bytes, std::string& out) = 0;
  /// Nothing more has been used for `patience()`, or the other end has finished sending.
  virtual Step on_silence(std::string& out) = 0;
  /// The server goes down: say goodbye.
  virtual Step on_drain(std::string& out) = 0;
  /// How long to wait from now on. Asked after each step.
  [[nodiscard]] virtual std::chrono::milliseconds patience() const = 0;
  /// Most bytes that may wait for being used, below `kMostInput`. What offers as many and uses none is
  /// closed.
  [[nodiscard]] virtual std::size_t most_input() const = 0;
};

/// Makes a stream for each connection. One thread.
class StreamHandler {
 public:
  StreamHandler() = default;
  StreamHandler(const StreamHandler&) = delete;
  StreamHandler& operator=(const StreamHandler&) = delete;
  virtual ~StreamHandler() = default;
  [[nodiscard]] virtual std::unique_ptr<Stream> open(const Peer& peer) = 0;
};

}  // namespace understudy::http
