#include "control/api.h"

#include <utility>

#include <fmt/format.h>

#include "base/embedded.h"
#include "control/api_body.h"
#include "control/preconditions.h"

namespace understudy::control {
namespace {

Response openapi(const http::Request& request) {
  const EmbeddedFile& document = embedded_file("docs/openapi.json");
  const std::string tag = fmt::format("\"{}\"", document.sha256.substr(0, 32));
  const std::vector<HeaderLine> headers = {{"ETag", tag}};
  if (is_copy_good(request, document.sha256.substr(0, 32))) return {304, "", headers, ""};
  return {200, std::string(kJsonType), headers, std::string(document.content)};
}

bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

}  // namespace

Api::Api(Parts parts)
    : parts_(std::move(parts)), authenticator_(parts_.clock, [this](std::string_view secret) {
        return parts_.switchboard.authenticate(secret);
      }) {}

bool Api::owns(std::string_view path) {
  return path == kApiPrefix || (path.starts_with(kApiPrefix) && path[kApiPrefix.size()] == '/');
}

std::uint64_t Api::wants_body(const http::Request& request) const {
  if (!owns(request.path()) || is_safe(request.method_name)) return 0;
  const auto match = match_route(request.method_name, request.path());
  if (!match || match->route->method == "DELETE") return 0;
  const bool refused =
      !request.peer.unix_socket && (!parts_.hosts.is_ours(request.host) || !bearer_of(request));
  return refused ? 0 : kMostBody;
}

Response Api::answer(const http::Request& request) {
  auto reply = pass(request);
  return reply ? std::move(*reply) : to_response(reply.error());
}

Answer<void> Api::check_host(const http::Request& request) const {
  if (request.peer.unix_socket || parts_.hosts.is_ours(request.host)) return {};
  return Problem{ProblemKind::kMisdirected,
                 fmt::format("Host: {} is no address of this listener; names are listed in admin.hosts",
                             presentable(request.host))};
}

/// What a call has to pass, in this order: nothing is told to a page that only pretends to be at home here,
/// and what is wrong with the address shows before what is wrong with the caller.
Api::Reply Api::pass(const http::Request& request) {
  const bool over_network = !request.peer.unix_socket;
  if (auto meant = check_host(request); !meant) return meant.error();
  const auto match = match_route(request.method_name, request.path());
  if (!match) return match.error();
  if (match->route == nullptr) return Response{204, "", {{"Allow", match->allow}}, ""};
  if (over_network && !is_safe(request.method_name) && is_foreign_origin(request)) {
    return Problem{ProblemKind::kForbidden,
                   fmt::format("pages of another origin change nothing here; Origin was {}",
                               presentable(request.origin))};
  }
  std::optional<std::string> in_query;
  if (match->route->need == Need::kFeed) in_query = query_value(request.target, "token");
  auto secret = bearer_of(request);
  if (!secret && in_query) secret = *in_query;
  const auto who = authenticator_.identify(request.peer, secret);
  if (!who) return who.error();
  if (auto allowed = check_scope(*who, match->route->need); !allowed) return allowed.error();
  return dispatch({request, *who, match->argument, match->route->operation});
}

Api::Reply Api::dispatch(const Call& call) {
  switch (call.operation) {
    case Operation::kStatus:
      return status(call);
    case Operation::kListGroups:
      return list_groups(call);
    case Operation::kCreateGroup:
      return create_group(call);
    case Operation::kGetGroup:
      return get_group(call);
    case Operation::kChangeGroup:
      return change_group(call);
    case Operation::kDeleteGroup:
      return delete_group(call);
    case Operation::kGroupStatus:
    case Operation::kGetMode:
      return group_status(call);
    case Operation::kSetMode:
      return set_mode(call);
    case Operation::kPreview:
      return preview(call);
    case Operation::kDecision:
      return decision(call);
    case Operation::kExportCalendar:
      return export_calendar(call);
    case Operation::kImportCalendar:
      return import_calendar(call);
    case Operation::kListWindows:
      return list_windows(call);
    case Operation::kAddWindow:
      return add_window(call);
    case Operation::kGetWindow:
      return get_window(call);
    case Operation::kChangeWindow:
      return change_window(call);
    case Operation::kDeleteWindow:
      return delete_window(call);
    case Operation::kListTokens:
      return list_tokens(call);
    case Operation::kCreateToken:
      return create_token(call);
    case Operation::kRevokeToken:
      return revoke_token(call);
    case Operation::kAudit:
      return audit(call);
    case Operation::kReload:
      return reload(call);
    case Operation::kOpenapi:
      return openapi(call.request);
  }
  return Problem{ProblemKind::kNotFound, "nothing is here"};
}

Answer<state::GroupStatus> Api::find_group(std::string_view name) const {
  auto found = parts_.switchboard.status(name);
  if (!found) return to_problem(found.error(), ProblemKind::kUnknownGroup);
  return std::move(*found);
}

}  // namespace understudy::control
