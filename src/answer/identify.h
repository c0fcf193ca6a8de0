#pragma once

#include <string_view>

#include "http/request.h"
#include "model/group_table.h"

namespace understudy::answer {

/// Which group a request belongs to: the group header, else X-Forwarded-Host from a trusted proxy or
/// Host, else the default group; GroupTable::kNone if none. Pure.
[[nodiscard]] std::size_t identify(const http::Request& request, const model::Snapshot& snapshot);

/// The same from a name or id and a host; both may be empty. Pure.
[[nodiscard]] std::size_t identify(std::string_view group, std::string_view host,
                                   const model::Snapshot& snapshot);

/// Whether the connection's other end is a proxy whose word counts.
[[nodiscard]] bool is_trusted(const http::Peer& peer, const model::Snapshot& snapshot);

}  // namespace understudy::answer
