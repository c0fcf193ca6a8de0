#include "net/session.h"

#include <algorithm>
#include <span>
#include <utility>

#include "net/worker.h"

namespace understudy::net {
namespace {

using Kind = IoResult::Kind;
using Progress = http::RequestParser::Progress;

/// Bodies up to this size are copied behind their heads: one short write is cheaper than a gathered one.
constexpr std::size_t kCopiedBody = 16 * 1024;
/// Output that pipelined requests may pile up before it is written.
constexpr std::size_t kMostOutput = 64 * 1024;
/// Reads in a row before other connections get their turn.
constexpr int kMostReads = 8;

}  // namespace

Session::Session(Worker& worker, FileDescriptor socket, const http::Peer& peer, SSL_CTX* tls)
    : Connection(worker, std::move(socket), tls), peer_(peer) {}

Session::~Session() { worker_.handler_.connection_closed(); }

void Session::start() {
  const auto wait = transport_.is_tls() ? worker_.limits_.header_timeout : worker_.limits_.idle_timeout;
  worker_.wheel_.set(*this, worker_.wheel_.after(wait));
  // The first request often is there already: looking at once spares the wait for it.
  on_readable();
  if (!ended_) watch();
}

void Session::on_ready(std::uint32_t events) {
  if (ended_) return;
  const bool writable = (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0;
  if (pending_ != nullptr && writable) on_writable();
  if (ended_) return;
  const bool readable = (events & (EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0;
  if ((events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0) end_is_near_ = true;
  if ((watched_ & EPOLLIN) != 0 ? readable : wants_write_to_read_) on_readable();
  if (!ended_) watch();
}

void Session::on_readable() {
  wants_write_to_read_ = false;
  std::vector<char>& input = worker_.input_;
  for (int reads = 0; reads < kMostReads; ++reads) {
    const std::size_t kept = rest_ == nullptr ? 0 : rest_->size();
    if (kept > 0) rest_->copy(input.data(), kept);
    const std::span<char> room(input.data() + kept, input.size() - kept);
    const IoResult got = transport_.read(room);
    if (got.kind == Kind::kWantRead) return;
    if (got.kind == Kind::kWantWrite) {
      wants_write_to_read_ = true;
      return;
    }
    if (got.kind == Kind::kEnd) return on_end_of_input();
    if (got.kind == Kind::kPlainHttp) {
      transport_.drop_tls();
      return refuse(http::Fault::kPlainOnTls, {});
    }
    if (got.kind == Kind::kFailed) return end();
    keep_rest(process({input.data(), kept + got.bytes}));
    if (ended_) return;
    const bool blocked = pending_ != nullptr && phase_ != Phase::kBody;
    // A short read has emptied the socket, and whatever comes next is a new event; but not an end that
    // was there already.
    const bool exhausted = got.bytes < room.size() && !transport_.is_tls() && !end_is_near_;
    if (blocked || exhausted) return;
  }
  // Others get their turn; the socket is not empty, so no new event will tell.
  if (watched_ != 0) worker_.ready_.change(transport_.descriptor(), watched_, *this);
}

void Session::keep_rest(std::string_view bytes) {
  if (ended_ || bytes.empty()) {
    rest_.reset();
  } else {
    rest_ = std::make_unique<std::string>(bytes);
  }
}

std::string_view Session::process(std::string_view bytes) {
  bool going = true;
  while (going && !ended_ && !bytes.empty()) {
    if (phase_ == Phase::kLinger) {
      lingered_ += bytes.size();
      if (lingered_ > worker_.limits_.drain_limit) end();
      return {};
    }
    if (body_ != nullptr) {
      going = body_->wanted == nullptr ? process_body(bytes) : process_wanted(bytes);
    } else if (close_when_written_ || pending_ != nullptr) {
      going = false;
    } else {
      going = process_request(bytes);
    }
  }
  if (!ended_ && !worker_.output_.empty()) flush();
  return bytes;
}

bool Session::process_request(std::string_view& bytes) {
  http::RequestParser parser(worker_.scratch_);
  switch (parser.parse_head(bytes)) {
    case Progress::kMore:
      enter(Phase::kHead);
      return false;
    case Progress::kRefused:
      refuse(parser.fault(), bytes);
      bytes = {};
      return false;
    case Progress::kDone:
      break;
  }
  const std::string_view head = bytes.substr(0, parser.consumed());
  bytes.remove_prefix(head.size());
  const bool has_body = worker_.scratch_.request.body != http::BodyKind::kNone;
  if (has_body && collect(parser, head, bytes)) return true;
  answer(parser, bytes);
  if (worker_.output_.size() > kMostOutput) flush();
  return true;
}

void Session::answer(http::RequestParser& parser, std::string_view rest) {
  http::Request& request = worker_.scratch_.request;
  request.peer = peer_;
  const bool has_body =
      request.body != http::BodyKind::kNone && request.content.state != http::Content::State::kWhole;
  const bool too_long = has_body && request.content_length > worker_.limits_.drain_limit;
  // What expects 100-continue waits with its body for an answer, and then may send it or not: only
  // the connection's end tells where the next request would begin.
  const bool unasked = request.expects_continue && request.content.state != http::Content::State::kWhole;
  if (too_long || unasked || worker_.draining_) request.keep_alive = false;
  const bool keep_alive = request.keep_alive;
  const bool lingers = unasked || too_long;

  http::Reply reply{worker_.output_, {}, nullptr, {}};
  worker_.handler_.answer(request, reply);
  if (worker_.access_ != nullptr)
    worker_.access_->note(request, reply.note, reply.body.size() + reply.note.inline_body);
  send(reply);
  if (ended_) return;
  if (lingers) return linger();
  if (has_body) {
    body_ = std::make_unique<Body>(Body{std::move(parser), 0, !keep_alive, nullptr});
    // The answer goes out now, while the body is still on its way.
    if (!worker_.output_.empty()) flush();
    enter(Phase::kBody);
  } else if (keep_alive) {
    enter(Phase::kIdle);
  } else if (rest.empty()) {
    // Nothing of the client's lies unread, so closing at once can't cut the answer off.
    if (!worker_.output_.empty()) flush();
    if (pending_ == nullptr) {
      end();
    } else {
      end_when_written_ = true;
      close_when_written_ = true;
    }
  } else {
    linger();
  }
}

void Session::refuse(http::Fault fault, std::string_view bytes) {
  http::Request& request = worker_.scratch_.request;
  if (bytes.empty()) request = http::Request{};
  request.peer = peer_;
  request.keep_alive = false;
  if (request.origin.data() == nullptr) request.origin = http::salvage_origin(bytes);
  http::Reply reply{worker_.output_, {}, nullptr, {}};
  worker_.handler_.refuse(fault, request, reply);
  if (worker_.access_ != nullptr) worker_.access_->note(request, reply.note, reply.note.inline_body);

  send(reply);
  if (!ended_) linger();
}

void Session::on_end_of_input() {
  input_ended_ = true;
  const bool cut_off = phase_ == Phase::kHead && rest_ != nullptr;
  if (body_ != nullptr && body_->wanted != nullptr) {
    refuse(http::Fault::kFraming, {});
    if (ended_) return;
  } else if (cut_off) {
    const std::string partial = *rest_;
    refuse(http::Fault::kMalformed, partial);
    if (ended_) return;
  }
  if (pending_ == nullptr) return end();
  end_when_written_ = true;
  close_when_written_ = true;
}

void Session::linger() {
  body_.reset();
  if (!worker_.output_.empty()) flush();
  if (ended_) return;
  if (pending_ != nullptr) {
    close_when_written_ = true;
    return;
  }
  if (input_ended_) return end();
  transport_.half_close();
  enter(Phase::kLinger);
}

void Session::send(const http::Reply& reply) {
  if (reply.body.empty()) return;
  if (reply.body.size() <= kCopiedBody) {
    worker_.output_.append(reply.body);
  } else {
    flush(reply.body, reply.owner);
  }
}

void Session::on_writable() {
  if (!write_pending()) return;
  if (end_when_written_) return end();
  if (close_when_written_) {
    close_when_written_ = false;
    return linger();
  }
  enter(body_ != nullptr ? Phase::kBody : Phase::kIdle);
  if (worker_.draining_ && body_ == nullptr && rest_ == nullptr) return end();
  // Requests that arrived meanwhile have been waiting.
  if (rest_ != nullptr) {
    const std::string waiting = std::move(*rest_);
    rest_.reset();
    keep_rest(process(waiting));
  }
}

void Session::enter(Phase phase) {
  const bool same_head = phase == Phase::kHead && phase_ == Phase::kHead;
  const bool was_idle = phase_ == Phase::kIdle;
  phase_ = phase;
  DeadlineWheel& wheel = worker_.wheel_;
  switch (phase) {
    case Phase::kIdle:
      // The usual way of a request: its deadline only moves ahead, unless a shorter one was set.
      if (pending_ != nullptr) {
        wheel.set(*this, wheel.after(worker_.limits_.write_timeout));
      } else if (was_idle) {
        wheel.postpone(*this, wheel.after(worker_.limits_.idle_timeout));
      } else {
        wheel.set(*this, wheel.after(worker_.limits_.idle_timeout));
      }
      break;
    case Phase::kHead:
      if (!same_head) wheel.set(*this, wheel.after(worker_.limits_.header_timeout));
      break;
    case Phase::kBody:
    case Phase::kLinger:
      wheel.set(*this, wheel.after(worker_.limits_.drain_timeout));
      break;
  }
}

void Session::watch() {
  std::uint32_t events = EPOLLET;
  const bool reads = pending_ == nullptr || body_ != nullptr;
  if (reads && !input_ended_) events |= EPOLLIN | EPOLLRDHUP;
  if (pending_ != nullptr || wants_write_to_read_) events |= EPOLLOUT;
  watch_for(events);
}

void Session::on_deadline() {
  const bool unanswered = phase_ == Phase::kHead || (body_ != nullptr && body_->wanted != nullptr);
  if (pending_ != nullptr || !unanswered) return end();
  const std::string partial = rest_ == nullptr ? std::string() : *rest_;
  rest_.reset();
  refuse(http::Fault::kTimeout, partial);
  if (!ended_) watch();
}

void Session::on_drain() {
  if (ended_ || !idle()) return;
  // A request may have arrived that nobody has looked at: it is answered, with Connection: close.
  on_readable();
  if (!ended_ && idle()) end();
  if (!ended_) watch();
}

}  // namespace understudy::net
