#include "state/snapshot_keeper.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "state/table_builder.h"

namespace understudy::state {
namespace {

using std::chrono::milliseconds;

/// How long a file that is being written may stay unlooked at. A change is in force within 100 ms.
constexpr milliseconds kWritingWait{20};
constexpr milliseconds kPageWait{60};

}  // namespace

SnapshotKeeper::SnapshotKeeper(const Clock& clock, Log& log, const model::Locales& locales, Publish publish)
    : clock_(clock), log_(log), locales_(locales), publish_(std::move(publish)) {}

Result<void> SnapshotKeeper::load(const config::Config& config) {
  std::vector<std::string> folders;
  for (const config::GroupConfig& group : config.groups) {
    if (!group.page_dir.empty()) folders.push_back(group.page_dir);
  }
  // Followed before they are read, so that no change in between is missed.
  std::map<PathWatch::Token, std::string> pages;
  follow_pages(pages, folders);
  auto built = build_table(config, locales_);
  std::map<PathWatch::Token, std::string>& obsolete = built ? pages_ : pages;
  for (const auto& [token, folder] : obsolete) watch_.forget(token);
  if (!built) return built.error();
  pages_ = std::move(pages);
  for (const std::string& warning : built->warnings) log_.warning("page_dir_left_out", warning);
  trusted_proxies_ = config.server.trusted_proxies;
  reason_header_ = config.server.reason_header;
  table_ = built->table;
  follow_flags();
  for (std::size_t i = 0; i < flags_.size(); ++i) look_at_flag(i);
  publish();
  return {};
}

void SnapshotKeeper::follow_pages(std::map<PathWatch::Token, std::string>& followed,
                                  const std::vector<std::string>& folders) {
  std::set<std::string> known;
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
  for (FlagEntry& entry : flags_) before.emplace(entry.path, std::move(entry));
  flags_.clear();
  states_.assign(table_->groups().size(), {});
  unsettled_.clear();
  next_look_.reset();
  std::unordered_map<std::string, std::size_t> by_path;
  const auto& groups = table_->groups();
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].flag_file.empty()) continue;
    const auto [found, added] = by_path.emplace(groups[i].flag_file, flags_.size());
    if (added) {
      const auto known = before.find(groups[i].flag_file);
      const bool is_known = known != before.end();
      flags_.push_back({groups[i].flag_file,
                        {},
                        is_known ? known->second.flag : Flag{},
                        is_known && known->second.failing});
    }
    FlagEntry& entry = flags_[found->second];
    entry.groups.push_back(i);
    if (entry.flag.mode != model::Mode::kOpen) states_[i] = {entry.flag.mode, entry.flag.since, std::nullopt};
  }
}

bool SnapshotKeeper::look_at_flag(std::size_t index) {
  FlagEntry& entry = flags_[index];
  auto followed = watch_.follow(index, entry.path);
  auto flag = followed ? read_flag_file(entry.path, clock_.wall()) : Result<Flag>(followed.error());
  if (!flag) {
    // It can't be told what the operator wants: what was in force stays so, and it is said aloud once.
    if (!entry.failing) {
      log_.error("flag_file_unreadable",
                 fmt::format("flag file {} can't be watched, the mode stays {}: {}", entry.path,
                             to_text(entry.flag.mode), flag.error().message));
    }
    entry.failing = true;
    return false;
  }
  entry.failing = false;
  if (flag->mode == entry.flag.mode) return false;
  entry.flag = *flag;
  for (const std::size_t group : entry.groups) {
    states_[group] = model::GroupState{flag->mode, flag->since, std::nullopt};
    changed_groups_.push_back(group);
  }
  return true;
}

void SnapshotKeeper::look_later(milliseconds wait) {
  const SteadyTime at = clock_.steady() + wait;
  if (!next_look_ || at < *next_look_) next_look_ = at;
}

void SnapshotKeeper::look_at_changes() {
  bool changed = false;
  for (const PathWatch::Change& change : watch_.take_changes()) {
    if (change.token >= kFirstPage) {
      pages_changed_ = true;
      look_later(kPageWait);
      continue;
    }
    const bool writing = change.kind == PathWatch::Kind::kWriting;
    const auto flag = read_flag_file(flags_[change.token].path, clock_.wall());
    if (writing && flag && flag->empty) {
      // Just made or cut to nothing: whoever writes is about to say what it shall hold.
      unsettled_.push_back(change.token);
      look_later(kWritingWait);
      continue;
    }
    changed = look_at_flag(change.token) || changed;
  }
  if (changed) publish();
}

void SnapshotKeeper::look_again() {
  next_look_.reset();
  bool changed = false;
  for (const std::size_t index : std::exchange(unsettled_, {})) changed = look_at_flag(index) || changed;
  if (changed) publish();
  if (std::exchange(pages_changed_, false)) reload_pages();
}

void SnapshotKeeper::reload_pages() {
  for (const auto& [token, folder] : pages_) {
    if (auto watched = watch_.follow_tree(token, folder); !watched) {
      log_.warning("page_dir_unwatched", watched.error().message);
    }
  }
  auto built = with_fresh_pages(*table_);
  if (!built) {
    log_.error("page_dir_refused",
               "page_dir changed, the page read before stays in force: " + built.error().message);
    return;
  }
  for (const std::string& warning : built->warnings) log_.warning("page_dir_left_out", warning);
  table_ = built->table;
  log_.info("page_dir_reloaded", "page_dir changed and was read again");
  publish();
}

void SnapshotKeeper::set_mode(std::string_view group, model::Mode mode) {
  states_.at(table_->find(group)) = {mode, clock_.wall(), std::nullopt};
  publish();
}

void SnapshotKeeper::publish() {
  auto snapshot = std::make_shared<model::Snapshot>();
  snapshot->revision = ++revision_;
  snapshot->table = table_;
  snapshot->states = states_;
  snapshot->trusted_proxies = trusted_proxies_;
  snapshot->reason_header = reason_header_;
  current_ = std::move(snapshot);
  publish_(current_);
  for (const std::size_t group : std::exchange(changed_groups_, {})) {
    const model::Group& changed = table_->groups()[group];
    const std::string_view mode = to_text(states_[group].mode);
    log_.info("mode_changed", fmt::format("{} is {} (flag file {})", changed.name, mode, changed.flag_file),
              {{"group", changed.name}, {"mode", mode}, {"by", "flag file"}});
  }
}

}  // namespace understudy::state
