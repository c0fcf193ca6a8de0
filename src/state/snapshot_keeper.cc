#include "state/snapshot_keeper.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
namespace understudy::state {
namespace {

using std::chrono::milliseconds;

/// How long a file that is being written may stay unlooked at. A change is in force within 100 ms.
constexpr milliseconds kWritingWait{20};
constexpr milliseconds kPageWait{60};

}  // namespace

SnapshotKeeper::SnapshotKeeper(const Clock& clock, Log& log, const model::Locales& locales, Publish publish)
    : clock_(clock), log_(log), locales_(locales), publish_(std::move(publish)) {}

Result<std::vector<std::string>> SnapshotKeeper::load(const config::Config& config) {
  std::vector<std::string> folders;
  for (const config::GroupConfig& group : config.groups) {
    if (!group.page_dir.empty()) folders.push_back(group.page_dir);
  }
  // Followed before they are read, so that no change in between is missed.
  std::map<PathWatch::Token, std::string> pages;
  follow_pages(pages, folders);
  auto builder = std::make_unique<TableBuilder>(locales_);
  std::vector<std::string> gave_way;
  auto built = build_table(config, *builder, created_groups(config, gave_way));
  std::map<PathWatch::Token, std::string>& obsolete = built ? pages_ : pages;
  for (const auto& [token, folder] : obsolete) watch_.forget(token);
  if (!built) return built.error();
  pages_ = std::move(pages);
  for (const std::string& warning : builder->take_warnings()) log_.warning("page_dir_left_out", warning);
  builder->prune();
  builder_ = std::move(builder);
  trusted_proxies_ = config.server.trusted_proxies;
  reason_header_ = config.server.reason_header;
  adopt(*built);
  publish();
  return gave_way;
}

MoreGroups SnapshotKeeper::created_groups(const config::Config& config,
                                          std::vector<std::string>& gave_way) const {
  MoreGroups more;
  if (table_ == nullptr) return more;
  std::vector<std::size_t> created;
  table_->for_each([&](std::size_t index, const model::Group& group) {
    if (!group.from_file) created.push_back(index);
  });
  if (created.empty()) return more;
  std::unordered_set<std::string_view> taken;
  for (const config::GroupConfig& group : config.groups) {
    taken.insert(group.name);
    taken.insert(group.id);
    for (const std::string& host : group.hosts) taken.insert(host);
  }
  for (const std::size_t index : created) {
    const model::Group& group = table_->group(index);
    const bool shadowed = taken.contains(group.name) || taken.contains(group.id) ||
                          std::any_of(group.hosts.begin(), group.hosts.end(),
                                      [&](const std::string& host) { return taken.contains(host); });
    if (shadowed) {
      gave_way.push_back(group.name);
      continue;
    }
    if (index == table_->default_group()) more.default_group = more.groups.size();
    more.groups.push_back(group);
  }
  return more;
}

Result<void> SnapshotKeeper::put_groups(const std::vector<config::GroupConfig>& configs) {
  std::vector<model::Group> added;
  added.reserve(configs.size());
  std::vector<std::size_t> removed;
  std::size_t default_of_added = model::GroupTable::kNone;
  for (const config::GroupConfig& config : configs) {
    auto built = builder_->build(config);
    if (!built) return built.error();
    built->from_file = false;
    if (config.is_default) default_of_added = added.size();
    const std::size_t old = table_->find(config.id);
    if (old != model::GroupTable::kNone) removed.push_back(old);
    added.push_back(std::move(*built));
  }
  const bool default_goes =
      std::find(removed.begin(), removed.end(), table_->default_group()) != removed.end();
  constexpr std::size_t kMany = 256;
  if (configs.size() > kMany || table_->wants_compacting()) {
    const std::unordered_set<std::size_t> gone(removed.begin(), removed.end());
    std::vector<model::Group> groups;
    groups.reserve(table_->count() + added.size());
    std::size_t default_group = model::GroupTable::kNone;
    table_->for_each([&](std::size_t index, const model::Group& group) {
      if (gone.contains(index)) return;
      if (index == table_->default_group()) default_group = groups.size();
      groups.push_back(group);
    });
    if (default_of_added != model::GroupTable::kNone) default_group = groups.size() + default_of_added;
    for (model::Group& group : added) groups.push_back(std::move(group));
    builder_->prune();
    adopt(std::make_shared<const model::GroupTable>(next_number(), std::move(groups), default_group,
                                                    table_->neutral()));
  } else {
    std::size_t default_group = default_goes ? model::GroupTable::kNone : table_->default_group();
    if (default_of_added != model::GroupTable::kNone) default_group = table_->size() + default_of_added;
    std::size_t next = table_->size();
    for (const std::size_t index : removed) await(index, std::nullopt);
    const auto before = table_;
    table_ = table_->changed(next_number(), removed, std::move(added), default_group);
    states_.grow(table_->size());
    for (const config::GroupConfig& config : configs) {
      const std::size_t old = before->find(config.id);
      if (old != model::GroupTable::kNone) states_.set(next, states_[old]);
      evaluate(next++, clock_.wall());
    }
  }
  publish();
  return {};
}

void SnapshotKeeper::remove_group(const std::string& id) {
  const std::size_t index = table_->find(id);
  if (index == model::GroupTable::kNone) return;
  await(index, std::nullopt);
  states_.set(index, {});
  table_ =
      table_->changed(next_number(), {index}, {},
                      index == table_->default_group() ? model::GroupTable::kNone : table_->default_group());
  publish();
}

/// Takes over another table: what each group stood like goes with it, and is evaluated anew.
void SnapshotKeeper::adopt(std::shared_ptr<const model::GroupTable> table) {
  const auto before = std::exchange(table_, std::move(table));
  const model::States states_before = std::exchange(states_, {});
  states_.reset(table_->size());
  events_.clear();
  event_of_.clear();
  follow_flags();
  std::vector<std::size_t> groups;
  if (before != nullptr) {
    before->for_each([&](std::size_t index, const model::Group& group) {
      const model::GroupState& state = states_before[index];
      if (state.mode == model::Mode::kOpen && state.occasion == nullptr) return;
      const std::size_t here = table_->find(group.id);
      if (here == model::GroupTable::kNone) return;
      states_.set(here, state);
      groups.push_back(here);
    });
  }
  for (const FlagEntry& entry : flags_) groups.insert(groups.end(), entry.groups.begin(), entry.groups.end());
  for (const auto& [id, known] : schedule_.switches()) groups.push_back(table_->find(id));
  for (const auto& [id, window] : schedule_.windows()) {
    for (const std::string& name : window.value.groups) groups.push_back(table_->find(name));
  }
  for (std::size_t i = 0; i < flags_.size(); ++i) look_at_flag(i);
  evaluate_all(std::move(groups));
}

void SnapshotKeeper::evaluate_all(std::vector<std::size_t> groups) {
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  const WallTime now = clock_.wall();
  for (const std::size_t group : groups) {
    if (group != model::GroupTable::kNone) evaluate(group, now);
  }
}

void SnapshotKeeper::refresh(const std::vector<std::string>& groups) {
  std::vector<std::size_t> indexes;
  indexes.reserve(groups.size());
  for (const std::string& group : groups) indexes.push_back(table_->find(group));
  evaluate_all(std::move(indexes));
  publish();
}

void SnapshotKeeper::follow_pages(std::map<PathWatch::Token, std::string>& followed,
                                  const std::vector<std::string>& folders) {
  std::unordered_set<std::string> known;
  for (const std::string& folder : folders) {
    if (!known.insert(folder).second) continue;
    if (auto watched = watch_.follow_tree(next_page_, folder); !watched) {
      log_.warning("page_dir_unwatched", watched.error().message);
    }
    followed.emplace(next_page_++, folder);
  }
}

void SnapshotKeeper::follow_flags() {
  for (std::size_t token = 0; token < flags_.size(); ++token) watch_.forget(token);
  // What a flag file said before holds until it is told otherwise: no mode is lost, or told twice.
  std::unordered_map<std::string, FlagEntry> before;
  for (FlagEntry& entry : flags_) before.emplace(entry.hold.path, std::move(entry));
  flags_.clear();
  flag_of_.clear();
  unsettled_.clear();
  next_look_.reset();
  std::unordered_map<std::string, std::size_t> by_path;
  table_->for_each([&](std::size_t index, const model::Group& group) {
    if (group.flag_file.empty()) return;
    const auto [found, added] = by_path.emplace(group.flag_file, flags_.size());
    if (added) {
      FlagEntry entry;
      if (const auto known = before.find(group.flag_file); known != before.end()) {
        entry.hold = known->second.hold;
        entry.failing = known->second.failing;
      }
      entry.hold.path = group.flag_file;
      flags_.push_back(std::move(entry));
    }
    flags_[found->second].groups.push_back(index);
    flag_of_[index] = found->second;
  });
}

/// Whether the file says something else than before; its groups are to be evaluated then.
bool SnapshotKeeper::look_at_flag(std::size_t index) {
  FlagEntry& entry = flags_[index];
  auto followed = watch_.follow(index, entry.hold.path);
  auto flag = followed ? read_flag_file(entry.hold.path, clock_.wall()) : Result<Flag>(followed.error());
  if (!flag) {
    // It can't be told what the operator wants: what was in force stays so, and it is said aloud once.
    if (!entry.failing) {
      log_.error("flag_file_unreadable",
                 fmt::format("flag file {} can't be watched, the mode stays {}: {}", entry.hold.path,
                             to_text(entry.hold.flag.mode), flag.error().message));
    }
    entry.failing = true;
    return false;
  }
  entry.failing = false;
  if (flag->mode == entry.hold.flag.mode) return false;
  entry.hold.flag = *flag;
  return true;
}

void SnapshotKeeper::look_later(milliseconds wait) {
  const SteadyTime at = clock_.steady() + wait;
  if (!next_look_ || at < *next_look_) next_look_ = at;
}

void SnapshotKeeper::look_at_changes() {
  std::vector<std::size_t> changed;
  const auto look = [&](std::size_t flag) {
    if (!look_at_flag(flag)) return;
    changed.insert(changed.end(), flags_[flag].groups.begin(), flags_[flag].groups.end());
  };
  for (const PathWatch::Change& change : watch_.take_changes()) {
    if (change.token >= kFirstPage) {
      pages_changed_ = true;
      look_later(kPageWait);
      continue;
    }
    const bool writing = change.kind == PathWatch::Kind::kWriting;
    const auto flag = read_flag_file(flags_[change.token].hold.path, clock_.wall());
    if (writing && flag && flag->empty) {
      // Just made or cut to nothing: whoever writes is about to say what it shall hold.
      unsettled_.push_back(change.token);
      look_later(kWritingWait);
      continue;
    }
    look(change.token);
  }
  if (changed.empty()) return;
  evaluate_all(std::move(changed));
  publish();
}

void SnapshotKeeper::look_again() {
  next_look_.reset();
  std::vector<std::size_t> changed;
  for (const std::size_t flag : std::exchange(unsettled_, {})) {
    if (look_at_flag(flag))
      changed.insert(changed.end(), flags_[flag].groups.begin(), flags_[flag].groups.end());
  }
  if (!changed.empty()) {
    evaluate_all(std::move(changed));
    publish();
  }
  if (std::exchange(pages_changed_, false)) reload_pages();
}

void SnapshotKeeper::reload_pages() {
  for (const auto& [token, folder] : pages_) {
    if (auto watched = watch_.follow_tree(token, folder); !watched) {
      log_.warning("page_dir_unwatched", watched.error().message);
    }
  }
  auto built = with_fresh_pages(*table_, *builder_);
  if (!built) {
    log_.error("page_dir_refused",
               "page_dir changed, the page read before stays in force: " + built.error().message);
    return;
  }
  for (const std::string& warning : builder_->take_warnings()) log_.warning("page_dir_left_out", warning);
  adopt(*built);
  log_.info("page_dir_reloaded", "page_dir changed and was read again");
  publish();
}

std::optional<WallTime> SnapshotKeeper::next_event() const {
  if (events_.empty()) return std::nullopt;
  return events_.begin()->first;
}

void SnapshotKeeper::look_at_time() {
  const WallTime now = clock_.wall();
  std::vector<std::size_t> due;
  if (now < evaluated_at_) {
    // The calendar was set back: whatever time has done may have to be undone.
    for (const auto& [id, known] : schedule_.switches()) due.push_back(table_->find(id));
    for (const auto& [id, window] : schedule_.windows()) {
      for (const std::string& name : window.value.groups) due.push_back(table_->find(name));
    }
  }
  for (const auto& [when, group] : events_) {
    if (when > now) break;
    due.push_back(group);
  }
  evaluated_at_ = now;
  if (due.empty()) return;
  evaluate_all(std::move(due));
  publish();
}

void SnapshotKeeper::use_passes(std::shared_ptr<const model::PassBook> passes) {
  passes_ = std::move(passes);
  publish();
}

void SnapshotKeeper::set_degraded(bool degraded) {
  if (std::exchange(degraded_, degraded) != degraded) publish();
}

std::optional<FlagHold> SnapshotKeeper::flag_of(std::size_t group) const {
  const auto found = flag_of_.find(group);
  if (found == flag_of_.end() || flags_[found->second].hold.flag.mode == model::Mode::kOpen)
    return std::nullopt;
  return flags_[found->second].hold;
}

/// Has the group evaluated again at that time, or not at all.
void SnapshotKeeper::await(std::size_t group, std::optional<WallTime> when) {
  if (const auto found = event_of_.find(group); found != event_of_.end()) {
    events_.erase({found->second, group});
    event_of_.erase(found);
  }
  if (!when) return;
  events_.emplace(*when, group);
  event_of_.emplace(group, *when);
}

std::shared_ptr<const model::Occasion> SnapshotKeeper::occasion_of(const model::Group& group,
                                                                   Verdict& verdict) {
  if (verdict.holders.empty() && !verdict.next && !verdict.reopening_until) return nullptr;
  auto occasion = std::make_shared<model::Occasion>();
  const auto said = std::find_if(
      verdict.holders.begin(), verdict.holders.end(),
      [&](const model::Holder& holder) { return holder.mode == verdict.mode && !holder.texts.empty(); });
  if (said != verdict.holders.end()) {
    std::tie(occasion->texts, occasion->presentation) =
        builder_->with_occasion(group, verdict.mode, said->texts);
  }
  occasion->holders = std::move(verdict.holders);
  occasion->next = std::move(verdict.next);
  occasion->reopening_since = verdict.reopening_since;
  occasion->reopening_until = verdict.reopening_until;
  occasion->reopening_from = verdict.reopening_from;
  return occasion;
}

void SnapshotKeeper::evaluate(std::size_t index, WallTime now) {
  evaluated_at_ = std::max(evaluated_at_, now);
  const model::Group& group = table_->group(index);
  const auto flag = flag_of_.find(index);
  const FlagHold* hold = flag == flag_of_.end() ? nullptr : &flags_[flag->second].hold;
  Verdict verdict = schedule_.judge(group.name, group.id, hold, now);
  await(index, verdict.changes_at);
  model::GroupState state;
  state.mode = verdict.mode;
  state.lifecycle = verdict.lifecycle;
  state.since = verdict.since;
  state.until = verdict.until;
  state.occasion = occasion_of(group, verdict);
  note_transition(group, states_[index], state);
  states_.set(index, std::move(state));
}

void SnapshotKeeper::note_transition(const model::Group& group, const model::GroupState& before,
                                     const model::GroupState& after) {
  if (before.mode == after.mode && before.lifecycle == after.lifecycle) return;
  const auto strictest = [](const model::GroupState& state) {
    const bool held = state.occasion != nullptr && !state.occasion->holders.empty();
    return held ? std::optional(state.occasion->holders.front()) : std::nullopt;
  };
  Transition transition{group.name,       group.id,        before.mode,      after.mode,
                        before.lifecycle, after.lifecycle, strictest(after), std::nullopt};
  if (!transition.holder) transition.holder = strictest(before);
  transition.cause = after.mode < before.mode ? strictest(before) : transition.holder;
  transitions_.push_back(std::move(transition));
}

void SnapshotKeeper::publish() {
  auto snapshot = std::make_shared<model::Snapshot>();
  snapshot->revision = ++revision_;
  snapshot->table = table_;
  snapshot->states = states_.share();
  snapshot->trusted_proxies = trusted_proxies_;
  snapshot->reason_header = reason_header_;
  snapshot->passes = passes_;
  snapshot->degraded = degraded_;
  // The one before is given up here, not by the last worker that used it: freeing many groups takes its time.
  const auto before = std::exchange(current_, std::move(snapshot));
  publish_(current_);
  for (const Transition& transition : std::exchange(transitions_, {})) {
    if (transition.before != transition.after) tell_of(transition);
    if (tell_) tell_(transition);
  }
}

void SnapshotKeeper::tell_of(const Transition& transition) {
  const std::string_view mode = to_text(transition.after);
  std::string by = "configuration";
  std::string how = by;
  if (transition.holder) {
    by = transition.holder->by;
    how = by;
    const bool ended = transition.after == model::Mode::kOpen && transition.holder->until &&
                       *transition.holder->until <= clock_.wall();
    if (ended && transition.holder->kind == model::Holder::Kind::kSwitch) how = by = "understudy";
    if (transition.holder->kind == model::Holder::Kind::kFlagFile) how = "flag file " + transition.holder->id;
    if (transition.holder->kind == model::Holder::Kind::kWindow) how = "window " + transition.holder->id;
  }
  log_.info("mode_changed", fmt::format("{} is {} ({})", transition.group, mode, how),
            {{"group", transition.group}, {"mode", mode}, {"by", by}});
}

}  // namespace understudy::state
