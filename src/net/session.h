#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/handler.h"
#include "http/request_parser.h"
#include "net/connection.h"

namespace understudy::net {

/// One connection of HTTP. Driven by readiness: bytes are read into the worker's buffer, and an idle
/// connection holds none of its own; only what a split request, a body under way or a slow reader
/// leaves behind is kept, on the heap, until it is dealt with.
class Session final : public Connection {
 public:
  Session(Worker& worker, FileDescriptor socket, const http::Peer& peer, SSL_CTX* tls);

  ~Session() override;

  void start() override;
  void on_ready(std::uint32_t events) override;
  void on_deadline() override;
  /// An idle connection closes, any other after its answer.
  void on_drain() override;
  [[nodiscard]] bool idle() const override {
    return phase_ == Phase::kIdle && pending_ == nullptr && !ended_;
  }

 private:
  enum class Phase : std::uint8_t {
    kIdle,    ///< between two requests
    kHead,    ///< a request's head has begun
    kBody,    ///< a body is being read: away, behind its answer, or for its handler, before it
    kLinger,  ///< answered and half-closed; reading until the client closes, so that it gets the answer
  };
  /// A request whose handler wants the body first.
  struct Wanted {
    std::string head;  ///< kept, for the request's views
    std::string content;
    std::uint64_t most = 0;
  };
  /// A body under way.
  struct Body {
    http::RequestParser parser;
    std::uint64_t bytes = 0;
    bool close_behind = false;
    std::unique_ptr<Wanted> wanted;  ///< null: it has been answered, and is read away
  };

  void on_readable();
  void on_writable();
  /// Goes through what has arrived; returns what could not be used yet.
  [[nodiscard]] std::string_view process(std::string_view bytes);
  /// One request at the front of `bytes`. False: nothing more can be done now.
  bool process_request(std::string_view& bytes);
  bool process_body(std::string_view& bytes);
  bool process_wanted(std::string_view& bytes);
  /// Begins to collect a body, where the handler wants it. False: it is to be answered now.
  bool collect(http::RequestParser& parser, std::string_view head, std::string_view rest);
  /// Answers the worker's current request. `parser` stands where its body goes on, if that is unread.
  void answer(http::RequestParser& parser, std::string_view rest);
  void refuse(http::Fault fault, std::string_view bytes);
  void on_end_of_input();
  void linger();
  void keep_rest(std::string_view bytes);

  /// Takes a reply that the handler appended to the worker's output.
  void send(const http::Reply& reply);
  void watch();
  void enter(Phase phase);

  std::unique_ptr<std::string> rest_;  ///< bytes of a request that is not complete
  std::unique_ptr<Body> body_;
  http::Peer peer_;
  Phase phase_ = Phase::kIdle;
  std::uint64_t lingered_ = 0;        ///< bytes read since the half-close
  bool wants_write_to_read_ = false;  ///< TLS must write before it can read on
  bool close_when_written_ = false;   ///< half-close and linger once `pending_` is gone
  bool end_when_written_ = false;
  bool end_is_near_ = false;  ///< the other end has closed or failed: read until that shows
  bool input_ended_ = false;
};

}  // namespace understudy::net
