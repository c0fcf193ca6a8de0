#include "control/authenticate.h"

#include <algorithm>
#include <array>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pwd.h>

#include "base/text.h"

namespace understudy::control {
namespace {

constexpr std::size_t kMostUserNames = 1024;

Problem unauthorized(std::string detail, std::string challenge) {
  Problem problem{ProblemKind::kUnauthorized, std::move(detail)};
  problem.headers.emplace_back("WWW-Authenticate", std::move(challenge));
  return problem;
}

bool is_mapped(const std::array<std::uint8_t, 16>& address) {
  constexpr std::array<std::uint8_t, 12> kPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return std::equal(kPrefix.begin(), kPrefix.end(), address.begin());
}

std::string find_user_name(std::uint32_t user) {
  std::array<char, 16384> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const bool known =
      ::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
  if (!known || !is_utf8(entry.pw_name)) return fmt::format("uid {}", user);
  return fmt::format("{} (uid {})", printable(entry.pw_name), user);
}

}  // namespace

bool Identity::may_operate(std::string_view group) const {
  if (scope == model::Scope::kAdmin) return true;
  if (scope == model::Scope::kViewer) return false;
  return std::any_of(groups.begin(), groups.end(),
                     [&](const std::string& name) { return name == "*" || name == group; });
}

Answer<void> check_scope(const Identity& who, Need need) {
  model::Scope least = model::Scope::kViewer;
  if (need == Need::kOperator) least = model::Scope::kOperator;
  if (need == Need::kAdmin) least = model::Scope::kAdmin;
  if (who.scope >= least) return {};
  return Problem{ProblemKind::kForbidden, fmt::format("this needs a token of scope {}; yours is of scope {}",
                                                      to_text(least), to_text(who.scope))};
}

std::optional<std::string_view> bearer_of(const http::Request& request) {
  std::string_view value = request.other("Authorization");
  if (value.data() == nullptr || !iequals(take_until(value, ' '), "Bearer")) return std::nullopt;
  value = trim(value);
  if (value.empty() || value.find(' ') != std::string_view::npos) return std::nullopt;
  return value;
}

std::string describe_peer(const http::Peer& peer) {
  if (peer.unix_socket) return "unix socket";
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = is_mapped(peer.address);
  const std::uint8_t* const bytes = peer.address.data() + (v4 ? 12 : 0);
  ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
  return v4 ? fmt::format("{}:{}", text.data(), peer.port) : fmt::format("[{}]:{}", text.data(), peer.port);
}

Authenticator::Authenticator(const Clock& clock, FindToken find_token)
    : clock_(clock), find_token_(std::move(find_token)) {}

Answer<Identity> Authenticator::identify(const http::Peer& peer, std::optional<std::string_view> secret) {
  if (peer.unix_socket) {
    return Identity{model::Scope::kAdmin, {}, {user_name(peer.user), describe_peer(peer)}};
  }
  if (!secret) {
    return unauthorized(
        "expected \"Authorization: Bearer us_…\"; a token comes from: understudy token create",
        "Bearer realm=\"understudy\"");
  }
  const SteadyTime now = clock_.steady();
  if (const auto wait = throttle_.wait(peer.address, now); wait.count() > 0) {
    ++throttled_;
    Problem problem{
        ProblemKind::kThrottled,
        fmt::format("too many wrong tokens came from this address: try again in {} s", wait.count())};
    problem.headers.emplace_back("Retry-After", std::to_string(wait.count()));
    return problem;
  }
  const auto token = find_token_(*secret);
  if (!token) {
    ++wrong_tokens_;
    throttle_.note_failure(peer.address, now);
    return unauthorized("this token is wrong, revoked or expired",
                        "Bearer realm=\"understudy\", error=\"invalid_token\"");
  }
  return Identity{token->scope,
                  token->groups,
                  {fmt::format("token {} ({})", token->label, token->id), describe_peer(peer)}};
}

const std::string& Authenticator::user_name(std::uint32_t user) {
  if (user_names_.size() >= kMostUserNames) user_names_.clear();
  const auto [entry, fresh] = user_names_.try_emplace(user);
  if (fresh) entry->second = user == http::Peer::kNoUser ? "somebody" : find_user_name(user);
  return entry->second;
}

}  // namespace understudy::control
