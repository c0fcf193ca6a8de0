// Passes, the keys that sign them, and how often they are used.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/text.h"
#include "http/date.h"
#include "state/records.h"
#include "state/switchboard.h"

namespace understudy::state {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMostPasses = 10'000;
constexpr std::size_t kMostLabel = 100;
constexpr std::chrono::minutes kShortest{1};
constexpr std::chrono::hours kLongest{24 * 400};
constexpr std::size_t kSecretBytes = 32;

const Caller& expiry() {
  static const Caller kCaller{"understudy", "schedule"};
  return kCaller;
}

/// So many digits that nobody can foretell.
std::string random_hex(std::size_t digits) { return sha256_hex(random_bytes(16)).substr(0, digits); }

/// Which pass or key is meant may be told, and nothing else of it.
std::string shown_key(const model::PassKey& key) {
  return fmt::format(R"({{"id":"{}","created":"{}"}})", key.id, http::format_rfc3339(key.created));
}

}  // namespace

void Switchboard::set_pass_key_lifetime(std::chrono::milliseconds lifetime) {
  if (lifetime.count() > 0) pass_key_lifetime_ = lifetime;
}

void Switchboard::apply_pass(const Record& record) {
  const auto known = passes_.find(record.key);
  if (record.value.empty()) {
    if (known == passes_.end()) return;
    passes_.erase(known);
    written_uses_.erase(record.key);
    passes_changed_ = true;
    return;
  }
  auto value = decode_pass(record.value);
  if (!value) return tell_unreadable(record, value.error().message);
  if (value->id != record.key) return tell_unreadable(record, "it is another pass's");
  // That it was used changes nothing for those who ask.
  passes_changed_ = passes_changed_ || known == passes_.end() ||
                    known->second.value.expires != value->expires ||
                    known->second.value.group != value->group;
  passes_[record.key] = {std::move(*value), record.revision};
}

void Switchboard::apply_pass_key(const Record& record) {
  passes_changed_ = true;
  if (record.value.empty()) {
    pass_keys_.erase(record.key);
  } else if (auto value = decode_pass_key(record.value); value && value->id == record.key) {
    pass_keys_[record.key] = std::move(*value);
  } else {
    tell_unreadable(record, value ? "it is another key's" : value.error().message);
  }
}

void Switchboard::publish_passes() {
  if (!std::exchange(passes_changed_, false)) return;
  std::vector<model::Pass> passes;
  passes.reserve(passes_.size());
  for (const auto& [id, known] : passes_) passes.push_back(known.value);
  std::vector<model::PassKey> keys;
  for (const auto& [id, key] : pass_keys_) keys.push_back(key);
  parts_.keeper.use_passes(keys.empty() ? nullptr : std::make_shared<const model::PassBook>(passes, keys));
}

const model::PassKey* Switchboard::newest_pass_key() const {
  const auto newest =
      std::max_element(pass_keys_.begin(), pass_keys_.end(),
                       [](const auto& a, const auto& b) { return a.second.created < b.second.created; });
  return newest == pass_keys_.end() ? nullptr : &newest->second;
}

model::PassKey Switchboard::add_pass_key(Batch& batch, const Caller& caller) const {
  model::PassKey key{random_hex(8), random_bytes(kSecretBytes), parts_.clock.wall()};
  // The newest signs, even where the clock was set back since the last one was made.
  if (const auto* newest = newest_pass_key())
    key.created = std::max(key.created, newest->created + std::chrono::milliseconds(1));
  AuditNote entry = note(caller, "pass.key", key.id);
  entry.after = shown_key(key);
  batch.writes.push_back({Kind::kPassKey, key.id, encode_pass_key(key), 0});
  batch.audit.push_back(std::move(entry));
  return key;
}

Outcome<std::vector<Versioned<model::Pass>>> Switchboard::passes(std::string_view group) const {
  std::string id;
  if (!group.empty()) {
    const auto index = find_group(group);
    if (!index) return index.error();
    id = parts_.keeper.current()->table->group(*index).id;
  }
  std::vector<Versioned<model::Pass>> out;
  for (const auto& [key, known] : passes_) {
    if (group.empty() || known.value.group == id) out.push_back({known.value, known.revision});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.value.created < b.value.created; });
  return out;
}

Outcome<Versioned<model::Pass>> Switchboard::pass(std::string_view id) const {
  const auto known = passes_.find(id);
  // Whoever sends a token in place of its id must not read it again in a log.
  if (known == passes_.end())
    return Refused{Refused::Kind::kNotFound, "there is no pass of this id", "", {}, {}};
  return Versioned<model::Pass>{known->second.value, known->second.revision};
}

Outcome<NewPass> Switchboard::create_pass(const Caller& caller, const PassRequest& request) {
  const WallTime now = parts_.clock.wall();
  const auto index = find_group(request.group);
  if (!index) {
    Refused refused = index.error();
    refused.kind = Refused::Kind::kInvalid;
    return refused;
  }
  if (passes_.size() >= kMostPasses)
    return invalid("group", fmt::format("there are {} passes already; revoke some", kMostPasses));
  if (request.label.size() > kMostLabel)
    return invalid("label", fmt::format("expected at most {} bytes: who or what it is for", kMostLabel));
  // A whole second of grace: asked for "1m", the expiry's fraction is cut off.
  const WallTime expires = std::chrono::floor<seconds>(request.expires);
  if (expires + seconds(1) < now + kShortest || expires > now + kLongest)
    return invalid("expires", "expected a time that is 1 minute to 400 days away");

  Batch batch;
  const model::PassKey* newest = newest_pass_key();
  const bool worn_out = newest == nullptr || newest->created + pass_key_lifetime_ <= now;
  const model::PassKey key = worn_out ? add_pass_key(batch, caller) : *newest;
  NewPass made;
  made.pass.id = "p-" + random_hex(16);
  const model::Group& group = parts_.keeper.current()->table->group(*index);
  made.pass.group = group.id;
  if (!group.hosts.empty()) made.host = group.hosts.front();
  made.pass.label = request.label;
  made.pass.created = now;
  made.pass.expires = expires;
  made.pass.by = caller.who;
  made.pass.key = key.id;
  AuditNote entry = note(caller, "pass.create", made.pass.id);
  entry.after = encode_pass(made.pass);
  batch.writes.push_back({Kind::kPass, made.pass.id, entry.after, 0});
  batch.audit.push_back(std::move(entry));
  if (auto done = commit(batch); !done) return done.error();
  made.token = model::sign_pass(made.pass, key);
  return made;
}

Outcome<void> Switchboard::revoke_pass(const Caller& caller, std::string_view id, IfRevision expected) {
  const auto known = pass(id);
  if (!known) return known.error();
  if (expected && *expected != known->revision) return stale(known->revision);
  AuditNote entry = note(caller, "pass.revoke", id);
  entry.before = encode_pass(known->value);
  Batch batch;
  batch.writes.push_back({Kind::kPass, std::string(id), std::nullopt, known->revision});
  batch.audit.push_back(std::move(entry));
  if (auto done = commit(batch); !done) return done.error();
  return {};
}

Outcome<std::string> Switchboard::rotate_pass_keys(const Caller& caller) {
  Batch batch;
  const model::PassKey key = add_pass_key(batch, caller);
  if (auto done = commit(batch); !done) return done.error();
  remove_expired_passes();
  return key.id;
}

void Switchboard::add_pass_drops(Batch& batch, const Caller& caller,
                                 const std::function<bool(const std::string&)>& gone) const {
  for (const auto& [id, known] : passes_) {
    if (!gone(known.value.group)) continue;
    batch.writes.push_back({Kind::kPass, id, std::nullopt, std::nullopt});
    AuditNote entry = note(caller, "pass.drop", id);
    entry.before = encode_pass(known.value);
    batch.audit.push_back(std::move(entry));
  }
}

/// Passes whose time is up let nobody through any more; the audit trail keeps how often they were used. With
/// them go keys that no pass is signed with, but for the newest.
void Switchboard::remove_expired_passes() {
  const WallTime now = parts_.clock.wall();
  Batch batch;
  std::unordered_set<std::string_view> needed;
  for (const auto& [id, known] : passes_) {
    if (known.value.expires > now) {
      needed.insert(known.value.key);
      continue;
    }
    AuditNote entry = note(expiry(), "pass.end", id);
    entry.before = encode_pass(known.value);
    batch.writes.push_back({Kind::kPass, id, std::nullopt, known.revision});
    batch.audit.push_back(std::move(entry));
  }
  const model::PassKey* newest = newest_pass_key();
  for (const auto& [id, key] : pass_keys_) {
    if (&key == newest || needed.contains(id)) continue;
    AuditNote entry = note(expiry(), "pass.key_end", id);
    entry.before = shown_key(key);
    batch.writes.push_back({Kind::kPassKey, id, std::nullopt, std::nullopt});
    batch.audit.push_back(std::move(entry));
  }
  if (!batch.writes.empty()) static_cast<void>(commit(batch));
}

void Switchboard::note_pass_uses(const PassUses& uses) {
  if (trouble()) return;
  Batch batch;
  std::vector<std::pair<std::string, std::uint64_t>> written;
  for (const auto& [id, use] : uses) {
    // A worker may still count for a pass that is gone.
    const auto known = passes_.find(id);
    if (known == passes_.end()) continue;
    const auto before = written_uses_.find(id);
    const std::uint64_t so_far = before == written_uses_.end() ? 0 : before->second;
    if (use.count <= so_far) continue;  // or a worker did not answer in time
    written.emplace_back(id, use.count);
    model::Pass used = known->second.value;
    used.uses += use.count - so_far;
    used.last_used = std::chrono::floor<std::chrono::minutes>(use.last);
    batch.writes.push_back({Kind::kPass, id, encode_pass(used), known->second.revision});
  }
  if (!batch.writes.empty() && !commit(batch)) return;
  for (auto& [id, count] : written) written_uses_[id] = count;
  remove_expired_passes();
}

}  // namespace understudy::state
