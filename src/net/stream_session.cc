#include "net/stream_session.h"

#include <cassert>
#include <span>
#include <utility>

#include "net/worker.h"

namespace understudy::net {
namespace {

using Kind = IoResult::Kind;

/// Reads in a row before other connections get their turn.
constexpr int kMostReads = 8;
/// How long, and how much, a connection is read after its last words.
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kMostLingered = std::size_t{1} << 20;

}  // namespace

StreamSession::StreamSession(Worker& worker, FileDescriptor socket, std::unique_ptr<http::Stream> stream)
    : Connection(worker, std::move(socket), nullptr), stream_(std::move(stream)) {
  assert(stream_->most_input() <= http::Stream::kMostInput);
}

void StreamSession::start() {
  worker_.wheel_.set(*this, worker_.wheel_.after(stream_->patience()));
  on_readable();
  if (!ended_) watch();
}

void StreamSession::on_ready(std::uint32_t events) {
  if (ended_) return;
  if ((events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0) end_is_near_ = true;
  if (pending_ != nullptr && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
    if (!write_pending()) return;
    worker_.wheel_.set(*this, worker_.wheel_.after(stream_->patience()));
    if (closing_) {
      close_gently();
    } else if (rest_ != nullptr) {
      // What arrived meanwhile has been waiting.
      const std::unique_ptr<std::string> waiting = std::move(rest_);
      offer(*waiting);
    }
  }
  if (!ended_ && pending_ == nullptr) on_readable();
  if (!ended_) watch();
}

void StreamSession::on_readable() {
  std::vector<char>& input = worker_.input_;
  for (int reads = 0; reads < kMostReads && !ended_ && pending_ == nullptr; ++reads) {
    const std::size_t kept = rest_ == nullptr ? 0 : rest_->size();
    if (kept > 0) rest_->copy(input.data(), kept);
    const std::span<char> room(input.data() + kept, input.size() - kept);
    const IoResult got = transport_.read(room);
    if (got.kind == Kind::kWantRead) return;
    if (got.kind == Kind::kEnd) {
      input_ended_ = true;
      if (half_closed_) return end();
      if (closing_) return;
      const auto step = stream_->on_silence(worker_.output_);
      return obey({step.used, true});
    }
    if (got.kind != Kind::kDone) return end();
    if (half_closed_) {
      lingered_ += got.bytes;
      if (lingered_ > kMostLingered) return end();
    } else {
      offer({input.data(), kept + got.bytes});
    }
    // A short read has emptied the socket, and whatever comes next is a new event; but not an end that
    // was there already.
    if (got.bytes < room.size() && !end_is_near_) return;
  }
  if (!ended_ && watched_ != 0) worker_.ready_.change(transport_.descriptor(), watched_, *this);
}

void StreamSession::offer(std::string_view bytes) {
  const http::Stream::Step step = stream_->on_bytes(bytes, worker_.output_);
  bytes.remove_prefix(step.used);
  const bool began = rest_ == nullptr;
  rest_ = bytes.empty() ? nullptr : std::make_unique<std::string>(bytes);
  // Patience is for something whole: whoever sends a byte now and then gains nothing.
  if (step.used > 0 || began) worker_.wheel_.set(*this, worker_.wheel_.after(stream_->patience()));
  const bool stuck = bytes.size() >= stream_->most_input();
  obey({step.used, step.close || stuck});
}

void StreamSession::obey(http::Stream::Step step) {
  if (!worker_.output_.empty()) flush();
  if (ended_ || !step.close) return;
  closing_ = true;
  rest_.reset();
  if (pending_ == nullptr) close_gently();
}

void StreamSession::close_gently() {
  if (input_ended_) return end();
  if (half_closed_) return;
  half_closed_ = true;
  transport_.half_close();
  worker_.wheel_.set(*this, worker_.wheel_.after(kLinger));
}

void StreamSession::watch() {
  std::uint32_t events = EPOLLET;
  if (pending_ == nullptr && !input_ended_) events |= EPOLLIN | EPOLLRDHUP;
  if (pending_ != nullptr) events |= EPOLLOUT;
  watch_for(events);
}

void StreamSession::on_deadline() {
  if (pending_ != nullptr || half_closed_) return end();
  const std::size_t kept = rest_ == nullptr ? 0 : rest_->size();
  const http::Stream::Step step = stream_->on_silence(worker_.output_);
  if (step.used >= kept) {
    rest_.reset();
  } else {
    rest_->erase(0, step.used);
  }
  worker_.wheel_.set(*this, worker_.wheel_.after(stream_->patience()));
  obey(step);
  if (!ended_) watch();
}

void StreamSession::on_drain() {
  if (ended_ || closing_) return;
  // What has arrived is answered before the goodbye.
  if (pending_ == nullptr) on_readable();
  if (ended_ || closing_) return;
  obey({stream_->on_drain(worker_.output_).used, true});
  if (!ended_) watch();
}

}  // namespace understudy::net
