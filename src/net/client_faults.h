#pragma once

#include <boost/system/error_code.hpp>

#include "net/client.h"

namespace understudy::net {

// What failed, as a fault and in words that say where, and what to do.

[[nodiscard]] ClientAttempt unix_fault(const std::string& path, const boost::system::error_code& error);
[[nodiscard]] ClientAttempt tcp_fault(const Endpoint& endpoint, const boost::system::error_code& error);
/// `verified`: OpenSSL's verdict on the certificate (X509_V_…).
[[nodiscard]] ClientAttempt tls_fault(const Endpoint& endpoint, const boost::system::error_code& error,
                                      long verified);
/// While sending and reading.
[[nodiscard]] ClientAttempt exchange_fault(const Endpoint& endpoint, const boost::system::error_code& error);

}  // namespace understudy::net
