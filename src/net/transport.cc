#include "net/transport.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace understudy::net {
namespace {

using Kind = IoResult::Kind;

IoResult outcome(ssize_t moved, Kind when_blocked) {
  if (moved > 0) return {Kind::kDone, static_cast<std::size_t>(moved)};
  if (moved == 0) return {Kind::kEnd};
  const bool again = errno == EAGAIN || errno == EINTR;
  return {again ? when_blocked : Kind::kFailed};
}

}  // namespace

Transport::Transport(FileDescriptor socket, SSL_CTX* tls) : socket_(std::move(socket)) {
  if (tls == nullptr) return;
  tls_ = SSL_new(tls);
  if (tls_ == nullptr) return;
  SSL_set_fd(tls_, socket_.get());
  SSL_set_accept_state(tls_);
}

Transport::~Transport() { SSL_free(tls_); }

bool Transport::has_buffered() const { return tls_ != nullptr && SSL_pending(tls_) > 0; }

IoResult Transport::tls_outcome(int result) const {
  switch (SSL_get_error(tls_, result)) {
    case SSL_ERROR_WANT_READ:
      return {Kind::kWantRead};
    case SSL_ERROR_WANT_WRITE:
      return {Kind::kWantWrite};
    case SSL_ERROR_ZERO_RETURN:
      return {Kind::kEnd};
    default: {
      const bool plain = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
      ERR_clear_error();
      return {plain ? Kind::kPlainHttp : Kind::kFailed};
    }
  }
}

IoResult Transport::read(std::span<char> into) {
  if (tls_ == nullptr) return outcome(::recv(socket_.get(), into.data(), into.size(), 0), Kind::kWantRead);
  const int got = SSL_read(tls_, into.data(), static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX)));
  return got > 0 ? IoResult{Kind::kDone, static_cast<std::size_t>(got)} : tls_outcome(got);
}

IoResult Transport::write(std::string_view first, std::string_view second) {
  if (tls_ != nullptr) {
    const std::string_view piece = first.empty() ? second : first;
    const int put =
        SSL_write(tls_, piece.data(), static_cast<int>(std::min<std::size_t>(piece.size(), INT_MAX)));
    return put > 0 ? IoResult{Kind::kDone, static_cast<std::size_t>(put)} : tls_outcome(put);
  }
  if (second.empty())
    return outcome(::send(socket_.get(), first.data(), first.size(), MSG_NOSIGNAL), Kind::kWantWrite);
  // writev and sendmsg take what they only read through pointers without const.
  std::array<iovec, 2> pieces = {
      {{const_cast<char*>(first.data()), first.size()}, {const_cast<char*>(second.data()), second.size()}}};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return outcome(::sendmsg(socket_.get(), &message, MSG_NOSIGNAL), Kind::kWantWrite);
}

void Transport::drop_tls() {
  SSL_free(tls_);
  tls_ = nullptr;
}

void Transport::half_close() {
  if (tls_ != nullptr) SSL_shutdown(tls_);
  ::shutdown(socket_.get(), SHUT_WR);
}

}  // namespace understudy::net
