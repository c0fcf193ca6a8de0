#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/crypto.h"
#include "state/records.h"
#include "state/switchboard.h"

namespace understudy::state {
namespace {

constexpr std::string_view kPrefix = "us_";
constexpr std::size_t kIdLength = 10;  ///< "t-" and eight characters
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kMostTokens = 1000;
constexpr std::size_t kMostLabel = 100;

}  // namespace

std::vector<Versioned<model::Token>> Switchboard::tokens() const {
  std::vector<Versioned<model::Token>> out;
  for (const auto& [id, known] : tokens_) out.push_back({known.value, known.revision});
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.value.created < b.value.created; });
  return out;
}

Outcome<NewToken> Switchboard::create_token(const Caller& caller, std::string label, model::Scope scope,
                                            std::vector<std::string> groups,
                                            std::optional<WallTime> expires) {
  if (tokens_.size() >= kMostTokens)
    return invalid("label", fmt::format("there are {} tokens already; revoke some", kMostTokens));
  if (label.empty() || label.size() > kMostLabel)
    return invalid("label", fmt::format("expected 1 to {} bytes: who or what it is for", kMostLabel));
  if (expires && *expires <= parts_.clock.wall()) return invalid("expires", "expected a time to come");
  const bool needs_groups = scope == model::Scope::kOperator;
  if (needs_groups && groups.empty())
    return invalid("groups",
                   "an operator's token names the groups it may switch; expected names, or \"*\" for all");
  if (!needs_groups && !groups.empty())
    return invalid("groups",
                   fmt::format("a token with the scope {} is for all groups; expected none", to_text(scope)));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] == "*") continue;
    const auto found = find_group(groups[i]);
    if (!found) {
      Refused refused = found.error();
      refused.kind = Refused::Kind::kInvalid;
      refused.field = fmt::format("groups[{}]", i);
      return refused;
    }
    groups[i] = parts_.keeper.current()->table->group(*found).name;
  }
  NewToken made;
  made.token.id = "t-" + random_uuid().substr(0, 8);
  made.token.label = std::move(label);
  made.token.scope = scope;
  made.token.groups = std::move(groups);
  made.token.created = parts_.clock.wall();
  made.token.expires = expires;
  made.token.by = caller.who;
  const std::string random = random_token(kSecretBytes);
  made.token.hash = sha256_hex(random);
  made.secret = fmt::format("{}{}_{}", kPrefix, made.token.id, random);
  AuditNote entry = note(caller, "token.create", made.token.id);
  model::Token shown = made.token;
  shown.hash.clear();  // not even the hash is anybody's business
  entry.after = encode_token(shown);
  Batch batch;
  batch.writes.push_back({Kind::kToken, made.token.id, encode_token(made.token), 0});
  batch.audit.push_back(std::move(entry));
  if (auto done = commit(batch); !done) return done.error();
  return made;
}

Outcome<void> Switchboard::revoke_token(const Caller& caller, std::string_view id, IfRevision expected) {
  const auto known = tokens_.find(id);
  if (known == tokens_.end())
    return Refused{Refused::Kind::kNotFound, fmt::format("there is no token \"{}\"", id), "", {}, {}};
  if (expected && *expected != known->second.revision) return stale(known->second.revision);
  AuditNote entry = note(caller, "token.revoke", id);
  model::Token shown = known->second.value;
  shown.hash.clear();
  entry.before = encode_token(shown);
  Batch batch;
  batch.writes.push_back({Kind::kToken, std::string(id), std::nullopt, known->second.revision});
  batch.audit.push_back(std::move(entry));
  if (auto done = commit(batch); !done) return done.error();
  return {};
}

std::optional<model::Token> Switchboard::authenticate(std::string_view secret) {
  if (!secret.starts_with(kPrefix) || secret.size() <= kPrefix.size() + kIdLength + 1) return std::nullopt;
  const std::string_view id = secret.substr(kPrefix.size(), kIdLength);
  if (secret[kPrefix.size() + kIdLength] != '_') return std::nullopt;
  const std::string_view random = secret.substr(kPrefix.size() + kIdLength + 1);
  const auto known = tokens_.find(id);
  // Hashed in any case, so that an unknown id takes as long as a wrong secret.
  const std::string hash = sha256_hex(random);
  const std::string nothing(hash.size(), '-');
  const bool right = equal_constant_time(hash, known == tokens_.end() ? nothing : known->second.value.hash);
  if (known == tokens_.end() || !right) return std::nullopt;
  const WallTime now = parts_.clock.wall();
  model::Token token = known->second.value;
  if (token.expires && *token.expires <= now) return std::nullopt;
  const WallTime minute = std::chrono::floor<std::chrono::minutes>(now);
  // A store that can't note the use is no reason to lock its operators out, or to let them wait for it.
  if (token.last_used == minute || trouble()) return token;
  token.last_used = minute;
  Batch batch;
  batch.writes.push_back({Kind::kToken, std::string(id), encode_token(token), known->second.revision});
  static_cast<void>(commit(batch));
  if (const auto still = tokens_.find(id); still != tokens_.end()) still->second.value.last_used = minute;
  return token;
}

}  // namespace understudy::state
