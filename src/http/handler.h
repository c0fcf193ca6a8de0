#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/proxy_header.h"
#include "http/request.h"

namespace understudy::http {

/// What the access log tells about an answer, beside what the connection knows.
/// Views must hold until the handler's next call.
struct AnswerNote {
  unsigned status = 0;
  std::string_view group;
  std::string_view reason;
  std::string_view format;
  std::string_view language;
  std::string_view why;  ///< of a gate's decision
  std::string_view why_detail;
  std::size_t inline_body = 0;  ///< bytes of a body that was appended behind its head
};

/// One response. The handler appends a complete head, blank line included, to `head` (which holds
/// earlier pipelined responses: never clear it) and either appends the body there as well or points
/// `body` at it. `body` must stay valid until the handler's next call, or, where `owner` is set, as
/// long as a copy of *owner lives: a connection that can't write at once takes that copy.
struct Reply {
  std::string& head;
  std::string_view body;
  const std::shared_ptr<const void>* owner = nullptr;
  AnswerNote note;
};

/// The one way from net to answer, gate and admin. Threads: each instance belongs to one thread.
/// Must not throw and must not block.
class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

  /// How many bytes of this request's body are wanted before it is answered: up to that many are
  /// collected, and then `answer` is called with request.content. 0: the answer needs no body; it goes
  /// out at once, and the body is read away behind it. Asked only where a body comes.
  [[nodiscard]] virtual std::uint64_t wants_body(const Request&) const { return 0; }

  /// Answers a well-formed request. `request.keep_alive` already says what becomes of the connection.
  virtual void answer(const Request& request, Reply& reply) = 0;

  /// Answers a request that can't be understood; the connection closes afterwards. `partial` holds
  /// what was read before the fault.
  virtual void refuse(Fault fault, const Request& partial, Reply& reply) = 0;

  /// Whether this other end may say, in a PROXY protocol header, whose connection it brings.
  [[nodiscard]] virtual bool trusts(const Peer&) const { return false; }
  /// For the metrics: a connection was closed for its PROXY protocol header.
  virtual void proxy_refused(ProxyFault) {}

  /// For the metrics: a connection came or went.
  virtual void connection_opened() = 0;
  virtual void connection_closed() = 0;
};

}  // namespace understudy::http
