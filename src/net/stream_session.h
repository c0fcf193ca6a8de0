#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/stream.h"
#include "net/connection.h"

namespace understudy::net {

/// One connection of a protocol other than HTTP: moves bytes between the socket and its stream. Like a
/// Session it reads into the worker's buffer and keeps only what the stream has not used yet.
class StreamSession final : public Connection {
 public:
  StreamSession(Worker& worker, FileDescriptor socket, std::unique_ptr<http::Stream> stream);

  void start() override;
  void on_ready(std::uint32_t events) override;
  void on_deadline() override;
  void on_drain() override;
  /// Those who wait for an answer here are many behind one connection: none is closed for another's sake.
  [[nodiscard]] bool idle() const override { return false; }

 private:
  void on_readable();
  void offer(std::string_view bytes);
  /// Writes what the stream has said, and closes where it says so.
  void obey(http::Stream::Step step);
  /// Nothing more will be said: half-closes, and reads on until the other end closes, as a reset would take
  /// the last words away.
  void close_gently();
  void watch();

  const std::unique_ptr<http::Stream> stream_;
  std::unique_ptr<std::string> rest_;  ///< not used yet
  std::size_t lingered_ = 0;           ///< bytes read since the half-close
  bool closing_ = false;               ///< half-close once `pending_` is gone
  bool half_closed_ = false;
  bool input_ended_ = false;
  bool end_is_near_ = false;  ///< the other end has closed or failed: read until that shows
};

}  // namespace understudy::net
