#include "net/connection.h"

#include <algorithm>
#include <utility>

#include "net/worker.h"

namespace understudy::net {
namespace {

using Kind = IoResult::Kind;

}  // namespace

Connection::Connection(Worker& worker, FileDescriptor socket, SSL_CTX* tls)
    : worker_(worker), transport_(std::move(socket), tls) {}

void Connection::flush(std::string_view body, const std::shared_ptr<const void>* owner) {
  std::string_view first = worker_.output_;
  if (pending_ == nullptr) {
    while (!first.empty() || !body.empty()) {
      const IoResult put =
          transport_.write(first.empty() ? body : first, first.empty() ? std::string_view() : body);
      if (put.kind == Kind::kWantWrite || put.kind == Kind::kWantRead) break;
      if (put.kind != Kind::kDone) {
        worker_.output_.clear();
        return end();
      }
      const std::size_t of_first = std::min(put.bytes, first.size());
      first.remove_prefix(of_first);
      body.remove_prefix(put.bytes - of_first);
    }
  }
  if (!first.empty() || !body.empty()) {
    // A slow reader: what is left waits, and what follows it as well.
    const bool behind_tail = pending_ != nullptr && !pending_->tail.empty();
    if (pending_ == nullptr) pending_ = std::make_unique<Pending>();
    if (behind_tail) pending_->bytes.append(std::exchange(pending_->tail, {}));
    pending_->bytes.append(first);
    if (owner != nullptr) {
      pending_->tail = body;
      pending_->owner = *owner;
    } else {
      pending_->bytes.append(body);
    }
    worker_.wheel_.set(*this, worker_.wheel_.after(worker_.limits_.write_timeout));
  }
  worker_.output_.clear();
}

bool Connection::write_pending() {
  while (!pending_->empty()) {
    const std::string_view first = std::string_view(pending_->bytes).substr(pending_->written);
    const IoResult put = transport_.write(first.empty() ? pending_->tail : first,
                                          first.empty() ? std::string_view() : pending_->tail);
    if (put.kind == Kind::kWantWrite || put.kind == Kind::kWantRead) return false;
    if (put.kind != Kind::kDone) {
      end();
      return false;
    }
    const std::size_t of_first = std::min(put.bytes, first.size());
    pending_->written += of_first;
    pending_->tail.remove_prefix(put.bytes - of_first);
    worker_.wheel_.set(*this, worker_.wheel_.after(worker_.limits_.write_timeout));
  }
  pending_.reset();
  return true;
}

void Connection::register_for(std::uint32_t events) {
  if (watched_ != 0) {
    worker_.ready_.change(transport_.descriptor(), events, *this);
  } else if (!worker_.ready_.add(transport_.descriptor(), events, *this)) {
    return end();
  }
  watched_ = events;
}

void Connection::end() {
  if (ended_) return;
  ended_ = true;
  worker_.connection_ended(*this);
}

}  // namespace understudy::net
