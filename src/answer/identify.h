#pragma once

#include "http/request.h"
#include "model/group_table.h"

namespace understudy::answer {

/// Which group a request belongs to: the group header, else X-Forwarded-Host from a trusted proxy or
/// Host, else the default group; GroupTable::kNone if none. Pure.
[[nodiscard]] std::size_t identify(const http::Request& request, const model::Snapshot& snapshot);

/// Whether the connection's other end is a proxy whose word counts.
[[nodiscard]] bool is_trusted(const http::Peer& peer, const model::Snapshot& snapshot);

}  // namespace understudy::answer
