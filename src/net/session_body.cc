// Request bodies: read away behind the answer, or collected before it for a handler that wants them.
#include <utility>

#include "net/session.h"
#include "net/worker.h"

namespace understudy::net {
namespace {

using Progress = http::RequestParser::Progress;

constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

bool Session::collect(http::RequestParser& parser, std::string_view head, std::string_view rest) {
  http::Request& request = worker_.scratch_.request;
  request.peer = peer_;
  const std::uint64_t most = worker_.handler_.wants_body(request);
  if (most == 0) return false;
  if (request.content_length > most) {
    request.content.state = http::Content::State::kTooLarge;
    return false;
  }
  // Whoever has begun to send the body needs no permission any more (RFC 9110 section 10.1.1).
  const bool asks = request.expects_continue && rest.empty();
  auto wanted = std::make_unique<Wanted>(Wanted{std::string(head), {}, most});
  body_ = std::make_unique<Body>(Body{std::move(parser), 0, false, std::move(wanted)});
  if (asks) worker_.output_.append(kGoOn);
  enter(Phase::kBody);
  return true;
}

bool Session::process_wanted(std::string_view& bytes) {
  Wanted& wanted = *body_->wanted;
  const Progress progress = body_->parser.read_body(bytes, wanted.content);
  bytes.remove_prefix(body_->parser.consumed());
  body_->bytes += body_->parser.consumed();
  if (progress == Progress::kRefused) {
    bytes = {};
    refuse(http::Fault::kFraming, {});
    return false;
  }
  // Chunks without end and hardly any content are too much as well.
  const bool too_large = wanted.content.size() > wanted.most || body_->bytes / 8 > wanted.most;
  if (progress == Progress::kMore && !too_large) return false;

  // Read again: others have used the worker's request meanwhile.
  Body body = std::move(*body_);
  body_.reset();
  http::RequestParser again(worker_.scratch_);
  static_cast<void>(again.parse_head(body.wanted->head));  // as it did before
  http::Content& content = worker_.scratch_.request.content;
  content.state = too_large ? http::Content::State::kTooLarge : http::Content::State::kWhole;
  if (!too_large) content.bytes = body.wanted->content;
  answer(body.parser, bytes);
  return true;
}

bool Session::process_body(std::string_view& bytes) {
  const Progress progress = body_->parser.skip_body(bytes);
  const std::size_t used = body_->parser.consumed();
  bytes.remove_prefix(used);
  body_->bytes += used;
  if (progress == Progress::kRefused) {
    // The answer has gone out; behind broken framing nothing can be understood any more.
    body_.reset();
    bytes = {};
    http::Request broken;
    broken.peer = peer_;
    http::Reply ignored{worker_.scratch_refusal_, {}, nullptr, {}};
    worker_.handler_.refuse(http::Fault::kFraming, broken, ignored);
    worker_.scratch_refusal_.clear();
    linger();
    return false;
  }
  if (progress == Progress::kMore) {
    if (body_->bytes > worker_.limits_.drain_limit) {
      body_.reset();
      bytes = {};
      linger();
    }
    return false;
  }
  const bool close = body_->close_behind || worker_.draining_;
  body_.reset();
  if (close) {
    linger();
  } else {
    enter(Phase::kIdle);
  }
  return !close;
}

}  // namespace understudy::net
