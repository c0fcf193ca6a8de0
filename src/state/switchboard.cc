#include "state/switchboard.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "config/checks.h"
#include "http/date.h"
#include "state/records.h"

namespace understudy::state {
namespace {

using model::Lifecycle;
using model::Mode;

constexpr std::size_t kMostReason = 1000;
constexpr std::size_t kMostTitle = 500;
constexpr std::size_t kMostMessage = 8192;
constexpr std::size_t kMostTexts = 200;
constexpr std::size_t kMostSuggestedFrom = 10000;
constexpr std::size_t kMostPending = 10000;
constexpr std::size_t kMostRemembered = 1000;
constexpr std::chrono::hours kLongest{24 * 366 * 10};

const Caller& nobody() {
  static const Caller kCaller{"understudy", "schedule"};
  return kCaller;
}

const Caller& configuration() {
  static const Caller kCaller{"understudy", "configuration"};
  return kCaller;
}

/// What a ramp that begins now leads out of; one ramp in another's place comes from where that one came.
Mode mode_left(const model::GroupState& state) {
  if (state.mode != Mode::kOpen) return state.mode;
  const bool reopening = state.occasion != nullptr && state.occasion->reopening_until;
  return reopening ? state.occasion->reopening_from : Mode::kMaintenance;
}

}  // namespace

void throw_exception_from_error(const Refused& error, const boost::source_location&) {
  throw std::logic_error("a refused outcome was used: " + error.message);
}

Refused Switchboard::stale(Revision now) {
  return {Refused::Kind::kStale,
          fmt::format("somebody else was faster: it is revision {} now; read it again", now),
          "",
          {},
          {}};
}

Refused Switchboard::invalid(std::string field, std::string message) {
  return {Refused::Kind::kInvalid, std::move(message), std::move(field), {}, {}};
}

std::optional<Refused> Switchboard::judge_words(const std::string& reason,
                                                const std::vector<model::OccasionText>& texts) {
  if (reason.size() > kMostReason)
    return invalid("reason", fmt::format("expected at most {} bytes", kMostReason));
  if (texts.size() > kMostTexts) return invalid("texts", fmt::format("at most {} languages", kMostTexts));
  for (const model::OccasionText& text : texts) {
    const std::string field = fmt::format("texts.{}", text.tag);
    if (!config::is_language_tag(text.tag))
      return invalid(field, "expected a language tag such as \"en\" or \"pt-BR\"");
    if (text.text.title.empty() && text.text.message.empty())
      return invalid(field, "expected a title, a message or both");
    if (text.text.title.size() > kMostTitle)
      return invalid(field + ".title", fmt::format("expected at most {} bytes", kMostTitle));
    if (text.text.message.size() > kMostMessage)
      return invalid(field + ".message", fmt::format("expected at most {} bytes", kMostMessage));
    const auto same = [&](const model::OccasionText& other) { return iequals(other.tag, text.tag); };
    if (std::find_if(texts.begin(), texts.end(), same) != texts.begin() + (&text - texts.data()))
      return invalid(field, "this language is there already");
  }
  return std::nullopt;
}

std::optional<Refused> Switchboard::judge_change(const SwitchChange& change, WallTime now) {
  if (auto wrong = judge_words(change.reason, change.texts)) return wrong;
  if (change.mode == Mode::kOpen) {
    if (change.until)
      return invalid("until", "an open group has no end; expected it with maintenance or read-only");
    if (change.ramp && (change.ramp->count() <= 0 || *change.ramp > std::chrono::hours(24)))
      return invalid("ramp", "expected 1s to 24h");
    return std::nullopt;
  }
  if (change.ramp) return invalid("ramp", "expected it with the mode open alone");
  if (change.until && *change.until <= now)
    return invalid("until",
                   fmt::format("{} is past; expected a time to come", http::format_rfc3339(*change.until)));
  if (change.until && *change.until > now + kLongest)
    return invalid("until", "expected at most ten years ahead");
  return std::nullopt;
}

Switchboard::Switchboard(const Parts& parts) : parts_(parts) {
  parts_.keeper.on_transition([this](const Transition& transition) { note_transition(transition); });
}

void Switchboard::start(std::optional<std::chrono::seconds> hard_limit) {
  parts_.keeper.schedule().set_hard_limit(hard_limit);
  if (const auto failed = read_store()) {
    parts_.log.error("store_unavailable", "what the store holds is not in force: " + failed->message,
                     {{"fault", to_text(failed->fault)}});
  }
  parts_.store.watch([this](Revision, const std::vector<Record>& changed) { apply(changed); });
  look_at_trouble();
  look_at_time();
}

std::optional<StoreError> Switchboard::read_store() {
  std::vector<Record> records;
  const auto read = parts_.store.read_all([&](Record&& record) { records.push_back(std::move(record)); });
  if (!read) return read.error();
  read_ = true;
  apply(records);
  give_way(std::exchange(shadowed_, {}));
  drop_vanished();
  forget_what_was_told();
  return std::nullopt;
}

void Switchboard::after_load(std::optional<std::chrono::seconds> hard_limit,
                             const std::vector<std::string>& gave_way) {
  parts_.keeper.schedule().set_hard_limit(hard_limit);
  give_way(gave_way);
  drop_vanished();
  std::vector<std::string> switched;
  for (const auto& [id, known] : parts_.keeper.schedule().switches()) switched.push_back(id);
  if (!switched.empty()) parts_.keeper.refresh(switched);
  end_switches();
  write_pending();
}

void Switchboard::give_way(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto record = parts_.store.read(Kind::kGroup, name);
    if (record && !*record) continue;
    parts_.log.error(
        "group_shadowed",
        fmt::format("the configuration takes the name, id or a host of {}, which was created over the API: "
                    "it is removed",
                    name),
        {{"group", name}});
    AuditNote entry = note(configuration(), "group.remove", name);
    if (record) entry.before = (*record)->value;
    Batch batch;
    batch.writes.push_back({Kind::kGroup, name, std::nullopt, std::nullopt});
    batch.audit.push_back(std::move(entry));
    static_cast<void>(commit(batch));
  }
}

/// Switches, windows and passes of groups that are not there any more: when a group of that name comes back
/// some day, an old switch must not take it down.
void Switchboard::drop_vanished() {
  const model::GroupTable& table = *parts_.keeper.current()->table;
  Batch batch;
  add_drops(batch, configuration(),
            [&](const std::string& group) { return table.find(group) == model::GroupTable::kNone; });
  if (batch.writes.empty()) return;
  parts_.log.warning(
      "groups_vanished",
      fmt::format(
          "{} switches, windows and passes belonged to groups that are not there any more and were dropped",
          batch.writes.size()));
  static_cast<void>(commit(batch));
}

void Switchboard::add_drops(Batch& batch, const Caller& caller,
                            const std::function<bool(const std::string&)>& gone) const {
  const Schedule& schedule = parts_.keeper.schedule();
  for (const auto& [id, known] : schedule.switches()) {
    if (!gone(id)) continue;
    batch.writes.push_back({Kind::kSwitch, id, std::nullopt, std::nullopt});
    AuditNote entry = note(caller, "mode.drop", id);
    entry.before = encode_switch(known.value);
    batch.audit.push_back(std::move(entry));
  }
  for (const auto& [id, known] : schedule.windows()) {
    model::Window left = known.value;
    if (std::erase_if(left.groups, gone) == 0) continue;
    AuditNote entry = note(caller, left.groups.empty() ? "window.remove" : "window.change", id);
    entry.before = encode_window(known.value);
    if (!left.groups.empty()) entry.after = encode_window(left);
    batch.writes.push_back(
        {Kind::kWindow, id, left.groups.empty() ? std::nullopt : std::optional(entry.after), std::nullopt});
    batch.audit.push_back(std::move(entry));
  }
  add_pass_drops(batch, caller, gone);
}

/// What the store has taken comes into force, whoever wrote it.
void Switchboard::apply(const std::vector<Record>& records) {
  std::vector<const Record*> groups;
  std::vector<std::string> concerned;
  for (const Record& record : records) {
    switch (record.kind) {
      case Kind::kGroup:
        groups.push_back(&record);
        break;
      case Kind::kSwitch:
        apply_switch(record);
        concerned.push_back(record.key);
        break;
      case Kind::kWindow:
        apply_window(record, concerned);
        break;
      case Kind::kToken:
        apply_token(record);
        break;
      case Kind::kPass:
        apply_pass(record);
        break;
      case Kind::kPassKey:
        apply_pass_key(record);
        break;
    }
  }
  if (!groups.empty()) apply_groups(groups);
  if (!concerned.empty()) parts_.keeper.refresh(concerned);
  publish_passes();
}

void Switchboard::apply_switch(const Record& record) {
  Schedule& schedule = parts_.keeper.schedule();
  if (record.value.empty()) return schedule.drop_switch(record.key);
  auto value = decode_switch(record.value);
  if (value) return schedule.put_switch(record.key, std::move(*value), record.revision);
  tell_unreadable(record, value.error().message);
  // Known by its revision all the same, so that the group can be switched.
  const auto* known = schedule.find_switch(record.key);
  schedule.put_switch(record.key, known == nullptr ? model::Switch() : known->value, record.revision);
}

void Switchboard::apply_window(const Record& record, std::vector<std::string>& concerned) {
  Schedule& schedule = parts_.keeper.schedule();
  if (const auto* known = schedule.find_window(record.key)) {
    concerned.insert(concerned.end(), known->value.groups.begin(), known->value.groups.end());
    schedule.drop_window(record.key);
  }
  if (record.value.empty()) return;
  auto value = decode_window(record.value);
  if (!value) return tell_unreadable(record, value.error().message);
  if (const auto problems = calendar::judge(*value, std::nullopt); !problems.empty())
    return tell_unreadable(record, problems.front().field + ": " + problems.front().message);
  concerned.insert(concerned.end(), value->groups.begin(), value->groups.end());
  schedule.put_window(std::move(*value), record.revision);
}

void Switchboard::apply_token(const Record& record) {
  if (record.value.empty()) {
    tokens_.erase(record.key);
  } else if (auto value = decode_token(record.value); value) {
    tokens_[record.key] = {std::move(*value), record.revision};
  } else {
    tell_unreadable(record, value.error().message);
  }
}

void Switchboard::tell_unreadable(const Record& record, std::string_view why) const {
  parts_.log.error("record_unreadable",
                   fmt::format("the record \"{}\" in {} can't be read and is not in force: {}",
                               printable(cut(record.key, 100)), parts_.store.describe(), why));
}

Outcome<Revision> Switchboard::commit(const Batch& batch) {
  const bool was_in_trouble = in_trouble_;
  // Not over what is there and nobody has seen.
  std::optional<StoreError> failed = read_ ? std::nullopt : read_store();
  Revision revision = 0;
  if (!failed) {
    asked_ = true;
    const auto done = parts_.store.commit(batch);
    asked_ = false;
    if (done) {
      revision = *done;
    } else {
      failed = done.error();
    }
  }
  look_at_trouble();
  if (failed) {
    if (failed->fault == StoreFault::kConflict)
      return Refused{Refused::Kind::kStale, "somebody else was faster; read it again", "", {}, {}};
    if (!batch.writes.empty() || !batch.audit.empty()) {
      parts_.log.error("store_refused", "a change was refused: " + failed->message,
                       {{"fault", to_text(failed->fault)}});
    }
    return Refused{Refused::Kind::kStore, failed->message, "", {}, {}};
  }
  if (tell_) {
    for (const AuditNote& entry : batch.audit) tell_(entry);
  }
  if (was_in_trouble) {
    end_switches();
    write_pending();
  }
  return revision;
}

void Switchboard::look_at_trouble() {
  const std::optional<StoreError> now = trouble();
  if (now.has_value() != std::exchange(in_trouble_, now.has_value())) {
    if (now) {
      parts_.log.error("store_trouble", "changes are refused, and what is in force stays: " + now->message,
                       {{"fault", to_text(now->fault)}});
    } else {
      parts_.log.info("store_well", "the store takes changes again");
    }
  }
  parts_.keeper.set_degraded(now.has_value());
}

AuditNote Switchboard::note(const Caller& caller, std::string_view action, std::string_view target) const {
  AuditNote entry;
  entry.at = parts_.clock.wall();
  entry.who = caller.who;
  entry.from = caller.from;
  entry.action = action;
  entry.target = target;
  return entry;
}

/// What windows and flag files do by themselves goes into the audit trail as well.
void Switchboard::note_transition(const Transition& transition) {
  if (tell_move_) tell_move_(transition);
  const bool overdue =
      transition.lifecycle_after == Lifecycle::kOverdue && transition.lifecycle_before != Lifecycle::kOverdue;
  if (overdue && transition.holder) {
    parts_.log.warning(
        "window_overdue",
        fmt::format("{} is past the end of window {} and stays {} until somebody says `understudy off {}`",
                    transition.group, transition.holder->id, to_text(transition.after), transition.group),
        {{"group", transition.group}, {"window", transition.holder->id}});
  }
  if (asked_ || !transition.cause) return;
  const model::Holder& cause = *transition.cause;
  if (cause.kind == model::Holder::Kind::kSwitch) return;  // written where it ends
  const bool window = cause.kind == model::Holder::Kind::kWindow;
  std::string_view action = "flag.change";
  if (window) {
    action = transition.after < transition.before ? "window.end"
             : overdue                            ? "window.overdue"
                                                  : "window.begin";
  }
  AuditNote entry =
      note({window ? "window " + cause.id : "flag file " + cause.id, window ? "schedule" : "flag file"},
           action, transition.group);
  const auto mode_json = [](Mode mode) { return fmt::format(R"({{"mode":"{}"}})", to_text(mode)); };
  entry.before = mode_json(transition.before);
  entry.after = mode_json(transition.after);
  pending_.push_back(std::move(entry));
}

/// What a window had done before a restart stands in the audit trail already.
void Switchboard::forget_what_was_told() {
  if (pending_.empty()) return;
  const auto entries = parts_.store.audit({std::nullopt, kMostRemembered, ""});
  if (!entries) return;
  std::map<std::string_view, const AuditNote*> last;  // of each group, the newest of its kind
  for (const AuditEntry& entry : *entries) {
    if (entry.note.action.starts_with("window.") && entry.note.from == nobody().from)
      last.emplace(entry.note.target, &entry.note);
  }
  std::erase_if(pending_, [&](const AuditNote& pending) {
    const auto known = last.find(pending.target);
    return known != last.end() && known->second->action == pending.action &&
           known->second->who == pending.who && known->second->after == pending.after;
  });
}

/// What can't be written stays to be written later, when the store is well again.
void Switchboard::write_pending() {
  if (pending_.empty()) return;
  Batch batch;
  batch.audit = std::exchange(pending_, {});
  std::vector<AuditNote> kept = batch.audit;
  if (commit(batch)) return;
  kept.insert(kept.end(), pending_.begin(), pending_.end());
  if (kept.size() > kMostPending)
    kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(kMostPending));
  pending_ = std::move(kept);
}

void Switchboard::look_at_changes() {
  parts_.keeper.look_at_changes();
  write_pending();
}

void Switchboard::look_again() {
  parts_.keeper.look_again();
  write_pending();
}

void Switchboard::look_at_time() {
  parts_.keeper.look_at_time();
  end_switches();
  write_pending();
}

/// Switches whose time is up are open already; the store and the audit trail shall say so, too.
void Switchboard::end_switches() {
  const Schedule& schedule = parts_.keeper.schedule();
  const WallTime now = parts_.clock.wall();
  Batch batch;
  for (const auto& [id, known] : schedule.switches()) {
    const auto end = schedule.end_of(known.value);
    if (known.value.mode == Mode::kOpen || !end || *end > now) continue;
    const std::size_t index = parts_.keeper.current()->table->find(id);
    if (index == model::GroupTable::kNone) continue;
    model::Switch ended;
    ended.by = nobody().who;
    ended.closed_through = known.value.closed_through;
    AuditNote entry = note(nobody(), known.value.until ? "mode.end" : "mode.limit",
                           parts_.keeper.current()->table->group(index).name);
    entry.before = encode_switch(known.value);
    entry.after = encode_switch(ended);
    batch.writes.push_back({Kind::kSwitch, id, entry.after, known.revision});
    batch.audit.push_back(std::move(entry));
  }
  if (!batch.writes.empty()) static_cast<void>(commit(batch));
}

Refused Switchboard::no_group(std::string_view name) const {
  std::vector<std::string> names;
  parts_.keeper.current()->table->for_each([&](std::size_t, const model::Group& group) {
    if (names.size() < kMostSuggestedFrom) names.push_back(group.name);
  });
  Refused refused{Refused::Kind::kNotFound,
                  fmt::format("there is no group \"{}\"", printable(cut(name, 100))),
                  "group",
                  {},
                  {}};
  if (auto meant = nearest(name, names)) refused.suggestions.push_back(std::move(*meant));
  return refused;
}

Outcome<std::size_t> Switchboard::find_group(std::string_view name) const {
  const std::size_t index = parts_.keeper.current()->table->find(name);
  if (index == model::GroupTable::kNone) return no_group(name);
  return index;
}

GroupStatus Switchboard::status_of(std::size_t index) const {
  const model::Snapshot& snapshot = *parts_.keeper.current();
  const model::Group& group = snapshot.table->group(index);
  const model::GroupState& state = snapshot.states[index];
  GroupStatus status;
  status.group = group.name;
  status.id = group.id;
  status.from_file = group.from_file;
  status.mode = state.mode;
  status.lifecycle = state.lifecycle;
  status.since = state.since;
  status.until = state.until;
  if (state.occasion != nullptr) {
    status.holders = state.occasion->holders;
    status.next = state.occasion->next;
    status.reopening_until = state.occasion->reopening_until;
  }
  if (!status.holders.empty()) {
    status.by = status.holders.front().by;
    status.reason = status.holders.front().reason;
  }
  for (const model::Holder& holder : status.holders) {
    if (status.texts.empty() && holder.mode == status.mode) status.texts = holder.texts;
  }
  if (const auto* known = parts_.keeper.schedule().find_switch(group.id)) status.revision = known->revision;
  return status;
}

Outcome<GroupStatus> Switchboard::status(std::string_view group) const {
  const auto index = find_group(group);
  if (!index) return index.error();
  return status_of(*index);
}

/// Indexes ordered by name, made once for a table.
const std::vector<std::uint32_t>& Switchboard::by_name() const {
  const model::GroupTable& table = *parts_.keeper.current()->table;
  if (names_revision_ != table.revision()) {
    names_.clear();
    names_.reserve(table.count());
    table.for_each(
        [&](std::size_t index, const model::Group&) { names_.push_back(static_cast<std::uint32_t>(index)); });
    std::sort(names_.begin(), names_.end(),
              [&](std::uint32_t a, std::uint32_t b) { return table.group(a).name < table.group(b).name; });
    names_revision_ = table.revision();
  }
  return names_;
}

std::vector<std::uint32_t> Switchboard::page_of(const Page& page) const {
  const model::GroupTable& table = *parts_.keeper.current()->table;
  const auto& names = by_name();
  const auto from = page.after.empty() ? names.begin()
                                       : std::upper_bound(names.begin(), names.end(), page.after,
                                                          [&](const std::string& after, std::uint32_t index) {
                                                            return after < table.group(index).name;
                                                          });
  const auto count = std::min<std::ptrdiff_t>(names.end() - from, static_cast<std::ptrdiff_t>(page.limit));
  return {from, from + count};
}

std::vector<GroupStatus> Switchboard::statuses(const Page& page) const {
  std::vector<GroupStatus> out;
  for (const std::uint32_t index : page_of(page)) out.push_back(status_of(index));
  return out;
}

std::size_t Switchboard::group_count() const { return parts_.keeper.current()->table->count(); }

std::size_t Switchboard::overdue() const {
  const model::Snapshot& snapshot = *parts_.keeper.current();
  std::unordered_set<std::size_t> groups;  // several windows may keep one
  for (const auto& [id, window] : parts_.keeper.schedule().windows()) {
    if (window.value.at_end != model::AtEnd::kStay) continue;
    for (const std::string& name : window.value.groups) {
      const std::size_t index = snapshot.table->find(name);
      if (index != model::GroupTable::kNone && snapshot.states[index].lifecycle == Lifecycle::kOverdue)
        groups.insert(index);
    }
  }
  return groups.size();
}

std::optional<StoreError> Switchboard::trouble() const { return parts_.store.trouble(); }

Outcome<std::vector<AuditEntry>> Switchboard::audit(const AuditQuery& query) const {
  auto entries = parts_.store.audit(query);
  if (!entries) return Refused{Refused::Kind::kStore, entries.error().message, "", {}, {}};
  return std::move(*entries);
}

Outcome<Switchboard::Past> Switchboard::audit_of_group(AuditQuery query) const {
  constexpr std::size_t kLookedAt = 1000;
  constexpr int kMostLooks = 20;
  const std::string group = std::exchange(query.target, {});
  const std::size_t wanted = std::exchange(query.limit, kLookedAt);
  const auto known = find_group(group);
  const std::string id = known ? parts_.keeper.current()->table->group(*known).id : std::string();
  const auto concerns = [&](const AuditNote& note) {
    if (note.target == group) return true;
    if (note.action.starts_with("pass.")) {
      const auto pass = decode_pass(note.after.empty() ? note.before : note.after);
      return pass && pass->group == id;
    }
    if (!note.action.starts_with("window.")) return false;
    // A window that was moved to other groups concerns both.
    for (const std::string& json : {note.before, note.after}) {
      const auto window = json.empty() ? Result<model::Window>(Error{}) : decode_window(json);
      if (window && std::find(window->groups.begin(), window->groups.end(), group) != window->groups.end())
        return true;
    }
    return false;
  };
  Past past;
  for (int looks = 0; looks < kMostLooks; ++looks) {
    auto entries = audit(query);
    if (!entries) return entries.error();
    for (AuditEntry& entry : *entries) {
      query.before = entry.id;
      if (!concerns(entry.note)) continue;
      past.entries.push_back(std::move(entry));
      if (past.entries.size() < wanted) continue;
      past.next = query.before;
      return past;
    }
    if (entries->size() < kLookedAt) return past;
  }
  past.next = query.before;
  return past;
}

Outcome<GroupStatus> Switchboard::set_mode(const Caller& caller, std::string_view group,
                                           const SwitchChange& change, IfRevision expected) {
  const auto index = find_group(group);
  if (!index) return index.error();
  const WallTime now = parts_.clock.wall();
  if (auto wrong = judge_change(change, now)) return std::move(*wrong);
  const model::Group& target = parts_.keeper.current()->table->group(*index);
  const std::string name = target.name;
  const std::string id = target.id;
  const auto flag = parts_.keeper.flag_of(*index);
  if (change.mode == Mode::kOpen && flag) {
    return Refused{Refused::Kind::kConflict,
                   fmt::format("{} is {} by its flag file {}; remove that file to open it", name,
                               to_text(flag->flag.mode), flag->path),
                   "mode",
                   {},
                   {}};
  }
  const auto* known = parts_.keeper.schedule().find_switch(id);
  const Revision revision = known == nullptr ? 0 : known->revision;
  if (expected && *expected != revision) return stale(revision);

  model::Switch next;
  next.mode = change.mode;
  next.reason = change.reason;
  next.texts = change.texts;
  next.until = change.until;
  next.by = caller.who;
  if (known != nullptr) next.closed_through = known->value.closed_through;
  if (change.mode == Mode::kOpen) {
    next.closed_through = now;
    if (change.ramp) {
      next.reopening_until = now + *change.ramp;
      next.reopening_from = mode_left(parts_.keeper.current()->states[*index]);
    }
  } else {
    const bool goes_on = known != nullptr && known->value.mode == change.mode &&
                         (!parts_.keeper.schedule().end_of(known->value) ||
                          *parts_.keeper.schedule().end_of(known->value) > now);
    next.since = goes_on ? known->value.since : now;
  }
  AuditNote entry = note(caller, "mode.set", name);
  if (known != nullptr) entry.before = encode_switch(known->value);
  entry.after = encode_switch(next);
  Batch batch;
  batch.writes.push_back({Kind::kSwitch, id, entry.after, revision});
  batch.audit.push_back(std::move(entry));
  if (auto done = commit(batch); !done) return done.error();
  return status(id);
}

}  // namespace understudy::state
