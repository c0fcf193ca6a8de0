#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "control/problem.h"
#include "http/request.h"

namespace understudy::control {

constexpr std::string_view kApiPrefix = "/api/v1";

enum class Operation : std::uint8_t {
  kStatus,
  kListGroups,
  kCreateGroup,
  kGetGroup,
  kChangeGroup,
  kDeleteGroup,
  kGroupStatus,
  kGetMode,
  kSetMode,
  kPreview,
  kDecision,
  kExportCalendar,
  kImportCalendar,
  kListWindows,
  kAddWindow,
  kGetWindow,
  kChangeWindow,
  kDeleteWindow,
  kListTokens,
  kCreateToken,
  kRevokeToken,
  kAudit,
  kReload,
  kOpenapi,
};

/// Who may call; narrower questions, about groups for instance, are the operation's.
enum class Need : std::uint8_t {
  kViewer,
  kOperator,
  kAdmin,
  kFeed,  ///< a viewer, whose token may stand in the query: calendar programs send no header
};

struct Route {
  std::string_view method;
  std::string_view path;  ///< behind the prefix; "{…}" is one segment
  Operation operation;
  Need need;
};

/// All of the admin API.
[[nodiscard]] std::span<const Route> routes();

/// A path's routes: which of them is asked for is the method's to say.
struct Match {
  const Route* route = nullptr;  ///< null: OPTIONS
  std::string argument;          ///< the "{…}" segment, decoded
  std::string allow;             ///< for the Allow header
};

/// Finds a call's route. Problems: no such path (with the nearest known), another method (with Allow), a
/// segment that is no percent-encoded UTF-8. HEAD goes where GET goes. REQUIRES: `path` begins with
/// kApiPrefix.
[[nodiscard]] Answer<Match> match_route(std::string_view method, std::string_view path);

/// Undoes percent-encoding once (RFC 3986 section 2.1). None if it is malformed, no UTF-8, or holds a control
/// character.
[[nodiscard]] std::optional<std::string> decode_percent(std::string_view text);

}  // namespace understudy::control
