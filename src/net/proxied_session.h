#pragma once

#include "http/handler.h"
#include "net/connection.h"

namespace understudy::net {

/// The beginning of an HTTP connection that a proxy relays with a PROXY protocol header. Only looks at the
/// bytes (MSG_PEEK) until the header is whole; then takes it off and hands the socket to a Session, for which
/// the header's source is the other end. Closed without a word where the header is missing or broken, or the
/// proxy is not trusted: to guess would let anybody choose an address.
class ProxiedSession final : public Connection {
 public:
  ProxiedSession(Worker& worker, FileDescriptor socket, const http::Peer& proxy, bool tls);

  void start() override;
  void on_ready(std::uint32_t events) override;
  void on_deadline() override;
  void on_drain() override { end(); }
  [[nodiscard]] bool idle() const override { return false; }

 private:
  void look(bool ended);
  void refuse(http::ProxyFault fault);
  void hand_over(const http::ProxyHeader& header);

  const http::Peer proxy_;
  const bool tls_;  ///< behind the header
};

}  // namespace understudy::net
