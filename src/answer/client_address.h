#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "answer/question.h"
#include "http/request.h"
#include "model/group_table.h"

namespace understudy::answer {

/// The address of the client behind the proxies: the connection's, unless that is a trusted proxy's; then
/// X-Forwarded-For is walked from the right, and the first address that is no trusted proxy is the client's.
/// None where that can't be known: an entry that is no address, a Unix socket's peer that forwards none, more
/// than 128 entries. A list of trusted proxies alone: the leftmost. IPv4-mapped IPv6 is IPv4; ports and
/// brackets are understood.
[[nodiscard]] std::optional<Address> client_address(const http::Peer& peer, std::string_view forwarded_for,
                                                    const model::Snapshot& snapshot);

/// "203.0.113.7", "2001:db8::1"; a port behind it is left out, with brackets around IPv6.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
[[nodiscard]] std::string to_text(const Address& address);

}  // namespace understudy::answer
