#include "control/host_check.h"

#include <algorithm>
#include <optional>

#include <boost/asio/ip/address.hpp>

#include "base/text.h"
#include "http/origin.h"

namespace understudy::control {
namespace {

using boost::asio::ip::address;

std::optional<address> parse_address(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (!is_ip_address(text)) return std::nullopt;
  boost::system::error_code error;
  return boost::asio::ip::make_address(std::string(text), error);
}

/// The host alone, lower case, an address in its shortest form and without brackets.
std::string normal(std::string_view host) {
  if (const auto number = parse_address(host)) return number->to_string();
  if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);  // the root of all names
  return lower(host);
}

}  // namespace

HostCheck::HostCheck(const std::vector<ListenAddress>& listeners, const std::vector<std::string>& names) {
  for (const ListenAddress& listener : listeners) {
    if (listener.kind == ListenAddress::Kind::kUnix) continue;
    const auto number = parse_address(listener.host);
    if (!number) continue;
    known_.push_back(number->to_string());
    if (number->is_unspecified()) numbers_ = Numbers::kAny;
    if (number->is_unspecified() || number->is_loopback()) known_.emplace_back("localhost");
  }
  for (const std::string& name : names) known_.push_back(normal(name));
}

bool HostCheck::is_ours(std::string_view host) const {
  const std::string_view name = http::host_without_port(host);
  if (name.empty()) return false;
  if (numbers_ == Numbers::kAny && parse_address(name)) return true;
  return std::find(known_.begin(), known_.end(), normal(name)) != known_.end();
}

bool is_foreign_origin(const http::Request& request) {
  if (request.origin.data() == nullptr) return false;
  if (request.several_origins) return true;
  const auto origin = http::parse_origin(request.origin);
  if (!origin) return true;
  const std::string_view name = http::host_without_port(request.host);
  std::string_view port = request.host.substr(name.size());
  if (port.starts_with(':')) port.remove_prefix(1);
  const auto same_port = [&] {
    if (port.empty()) return origin->port.empty() || http::is_default_port(origin->scheme, origin->port);
    return origin->port == port || (origin->port.empty() && http::is_default_port(origin->scheme, port));
  };
  return !iequals(origin->host, name) || !same_port();
}

}  // namespace understudy::control
