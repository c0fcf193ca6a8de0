#include "state/switchboard.h"

#include <algorithm>
#include <stdexcept>
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
constexpr std::chrono::hours kLongest{24 * 366 * 10};

const Caller& nobody() {
  static const Caller kCaller{"understudy", "schedule"};
  return kCaller;
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
  std::vector<Record> records;
  const auto read = parts_.store.read_all([&](Record&& record) { records.push_back(std::move(record)); });
  if (read) {
    apply(records);
  } else {
    parts_.log.error("store_unavailable", "what the store holds is not in force: " + read.error().message,
                     {{"fault", to_text(read.error().fault)}});
  }
  parts_.store.watch([this](Revision, const std::vector<Record>& changed) { apply(changed); });
  drop_vanished();
  look_at_trouble();
  look_at_time();
}

void Switchboard::after_load(std::optional<std::chrono::seconds> hard_limit,
                             const std::vector<std::string>& gave_way) {
  parts_.keeper.schedule().set_hard_limit(hard_limit);
  for (const std::string& name : gave_way) {
    parts_.log.error(
        "group_shadowed",
        fmt::format("the configuration takes the name, id or a host of {}, which was created over the API: "
                    "it is removed",
                    name),
        {{"group", name}});
    Batch batch;
    batch.writes.push_back({Kind::kGroup, name, std::nullopt, std::nullopt});
    batch.audit.push_back(note({"understudy", "configuration"}, "group.remove", name));
    static_cast<void>(commit(std::move(batch)));
  }
  drop_vanished();
  std::vector<std::string> switched;
  for (const auto& [id, known] : parts_.keeper.schedule().switches()) switched.push_back(id);
  if (!switched.empty()) parts_.keeper.refresh(switched);
  write_pending();
}

/// Switches and windows of groups that are not there any more: when a group of that name comes back some day,
/// an old switch must not take it down.
void Switchboard::drop_vanished() {
  const model::GroupTable& table = *parts_.keeper.current()->table;
  const Schedule& schedule = parts_.keeper.schedule();
  const Caller caller{"understudy", "configuration"};
  Batch batch;
  for (const auto& [id, known] : schedule.switches()) {
    if (table.find(id) != model::GroupTable::kNone) continue;
    batch.writes.push_back({Kind::kSwitch, id, std::nullopt, std::nullopt});
    AuditNote entry = note(caller, "mode.drop", id);
    entry.before = encode_switch(known.value);
    batch.audit.push_back(std::move(entry));
  }
  for (const auto& [id, known] : schedule.windows()) {
    model::Window left = known.value;
    std::erase_if(left.groups,
                  [&](const std::string& group) { return table.find(group) == model::GroupTable::kNone; });
    if (left.groups.size() == known.value.groups.size()) continue;
    AuditNote entry = note(caller, left.groups.empty() ? "window.remove" : "window.change", id);
    entry.before = encode_window(known.value);
    if (!left.groups.empty()) entry.after = encode_window(left);
    batch.writes.push_back(
        {Kind::kWindow, id, left.groups.empty() ? std::nullopt : std::optional(entry.after), std::nullopt});
    batch.audit.push_back(std::move(entry));
  }
  if (batch.writes.empty()) return;
  parts_.log.warning(
      "groups_vanished",
      fmt::format("{} switches and windows belonged to groups that are not there any more and were dropped",
                  batch.writes.size()));
  static_cast<void>(commit(std::move(batch)));
}

/// What the store has taken comes into force, whoever wrote it.
void Switchboard::apply(const std::vector<Record>& records) {
  Schedule& schedule = parts_.keeper.schedule();
  std::vector<const Record*> groups;
  std::vector<std::string> concerned;
  const auto unreadable = [&](const Record& record, const std::string& why) {
    parts_.log.error("record_unreadable", fmt::format("the record \"{}\" in {} can't be read: {}", record.key,
                                                      parts_.store.describe(), why));
  };
  for (const Record& record : records) {
    switch (record.kind) {
      case Kind::kGroup:
        groups.push_back(&record);
        break;
      case Kind::kSwitch: {
        concerned.push_back(record.key);
        if (record.value.empty()) {
          schedule.drop_switch(record.key);
        } else if (auto value = decode_switch(record.value); value) {
          schedule.put_switch(record.key, std::move(*value), record.revision);
        } else {
          unreadable(record, value.error().message);
        }
        break;
      }
      case Kind::kWindow: {
        if (const auto* known = schedule.find_window(record.key)) {
          concerned.insert(concerned.end(), known->value.groups.begin(), known->value.groups.end());
          schedule.drop_window(record.key);
        }
        if (record.value.empty()) break;
        auto value = decode_window(record.value);
        if (!value) {
          unreadable(record, value.error().message);
        } else if (const auto problems = calendar::judge(*value, std::nullopt); !problems.empty()) {
          unreadable(record, problems.front().field + ": " + problems.front().message);
        } else {
          concerned.insert(concerned.end(), value->groups.begin(), value->groups.end());
          schedule.put_window(std::move(*value), record.revision);
        }
        break;
      }
      case Kind::kToken: {
        if (record.value.empty()) {
          tokens_.erase(record.key);
        } else if (auto value = decode_token(record.value); value) {
          tokens_[record.key] = {std::move(*value), record.revision};
        } else {
          unreadable(record, value.error().message);
        }
        break;
      }
    }
  }
  if (!groups.empty()) apply_groups(groups);
  if (!concerned.empty()) parts_.keeper.refresh(concerned);
}

Outcome<Revision> Switchboard::commit(Batch batch) {
  asked_ = true;
  const auto done = parts_.store.commit(batch);
  asked_ = false;
  look_at_trouble();
  if (!done) {
    const StoreError& error = done.error();
    if (error.fault == StoreFault::kConflict)
      return Refused{Refused::Kind::kStale, "somebody else was faster; read it again", "", {}, {}};
    parts_.log.error("store_refused", "a change was refused: " + error.message,
                     {{"fault", to_text(error.fault)}});
    return Refused{Refused::Kind::kStore, error.message, "", {}, {}};
  }
  if (tell_) {
    for (const AuditNote& entry : batch.audit) tell_(entry);
  }
  return *done;
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
  if (asked_ || !transition.holder) return;
  const model::Holder& holder = *transition.holder;
  if (holder.kind == model::Holder::Kind::kSwitch) return;  // written where it ends
  const bool window = holder.kind == model::Holder::Kind::kWindow;
  std::string_view action = window ? "window.begin" : "flag.change";
  if (window && transition.after == Mode::kOpen) action = "window.end";
  if (window && transition.lifecycle_after == Lifecycle::kOverdue) action = "window.overdue";
  AuditNote entry =
      note({window ? "window " + holder.id : "flag file " + holder.id, window ? "schedule" : "flag file"},
           action, transition.group);
  const auto mode_json = [](Mode mode) { return fmt::format(R"({{"mode":"{}"}})", to_text(mode)); };
  entry.before = mode_json(transition.before);
  entry.after = mode_json(transition.after);
  if (transition.lifecycle_after == Lifecycle::kOverdue) {
    parts_.log.warning(
        "window_overdue",
        fmt::format("{} is past the end of window {} and stays {} until somebody says `understudy off {}`",
                    transition.group, holder.id, to_text(transition.after), transition.group),
        {{"group", transition.group}, {"window", holder.id}});
  }
  pending_.push_back(std::move(entry));
}

void Switchboard::write_pending() {
  if (pending_.empty()) return;
  Batch batch;
  batch.audit = std::exchange(pending_, {});
  static_cast<void>(commit(std::move(batch)));
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
  if (!batch.writes.empty()) static_cast<void>(commit(std::move(batch)));
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
  std::size_t count = 0;
  for (const auto& [id, window] : parts_.keeper.schedule().windows()) {
    if (window.value.at_end != model::AtEnd::kStay) continue;
    for (const std::string& name : window.value.groups) {
      const std::size_t index = snapshot.table->find(name);
      if (index != model::GroupTable::kNone && snapshot.states[index].lifecycle == Lifecycle::kOverdue)
        ++count;
    }
  }
  return count;
}

std::optional<StoreError> Switchboard::trouble() const { return parts_.store.trouble(); }

Outcome<std::vector<AuditEntry>> Switchboard::audit(const AuditQuery& query) const {
  auto entries = parts_.store.audit(query);
  if (!entries) return Refused{Refused::Kind::kStore, entries.error().message, "", {}, {}};
  return std::move(*entries);
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
    if (change.ramp) next.reopening_until = now + *change.ramp;
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
  if (auto done = commit(std::move(batch)); !done) return done.error();
  return status(id);
}

}  // namespace understudy::state
