#include "net/proxied_session.h"

#include <cerrno>
#include <utility>

#include <sys/socket.h>

#include "net/worker.h"

namespace understudy::net {

using State = http::ProxyHeader::State;

ProxiedSession::ProxiedSession(Worker& worker, FileDescriptor socket, const http::Peer& proxy, bool tls)
    : Connection(worker, std::move(socket), nullptr), proxy_(proxy), tls_(tls) {}

void ProxiedSession::start() {
  worker_.wheel_.set(*this, worker_.wheel_.after(worker_.limits_.header_timeout));
  if (!worker_.handler_.trusts(proxy_)) return refuse(http::ProxyFault::kUntrusted);
  look(false);
  if (!ended_) watch_for(EPOLLET | EPOLLIN | EPOLLRDHUP);
}

void ProxiedSession::on_ready(std::uint32_t events) {
  if (!ended_) look((events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0);
}

void ProxiedSession::look(bool ended) {
  std::vector<char>& input = worker_.input_;
  const ssize_t got = ::recv(transport_.descriptor(), input.data(), http::kMostProxyHeader, MSG_PEEK);
  // A connection that comes and goes without a byte is a port check, and nobody's fault.
  if (got == 0) return end();
  if (got < 0) {
    const bool nothing_yet = errno == EAGAIN || errno == EINTR;
    if (!nothing_yet || ended) end();
    return;
  }
  const http::ProxyHeader header = http::parse_proxy_header({input.data(), static_cast<std::size_t>(got)});
  if (header.state == State::kDone) return hand_over(header);
  if (header.state == State::kRefused) return refuse(header.fault);
  if (ended) refuse(http::ProxyFault::kMalformed);
}

void ProxiedSession::hand_over(const http::ProxyHeader& header) {
  // All of it has been seen waiting: it comes in one piece.
  const ssize_t taken = ::recv(transport_.descriptor(), worker_.input_.data(), header.size, 0);
  if (taken != static_cast<ssize_t>(header.size)) return end();
  if (watched_ != 0) worker_.ready_.remove(transport_.descriptor());
  watched_ = 0;
  FileDescriptor socket = transport_.release();
  end();
  worker_.budget_.open.fetch_add(1, std::memory_order_relaxed);  // it takes this one's place
  worker_.open_session(std::move(socket), header.source.value_or(proxy_), tls_);
}

void ProxiedSession::refuse(http::ProxyFault fault) {
  worker_.handler_.proxy_refused(fault);
  end();
}

void ProxiedSession::on_deadline() { refuse(http::ProxyFault::kTimeout); }

}  // namespace understudy::net
