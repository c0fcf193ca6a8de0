#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "model/group_table.h"
#include "state/flag_file.h"
#include "state/path_watch.h"
#include "state/schedule.h"
#include "state/table_builder.h"

namespace understudy::state {

/// A group that has come to stand otherwise.
struct Transition {
  std::string group;
  std::string id;
  model::Mode before = model::Mode::kOpen;
  model::Mode after = model::Mode::kOpen;
  model::Lifecycle lifecycle_before = model::Lifecycle::kOpen;
  model::Lifecycle lifecycle_after = model::Lifecycle::kOpen;
  std::optional<model::Holder> holder;  ///< who holds it now, else who held it last
  std::optional<model::Holder> cause;   ///< whose coming or going it was
};

/// Owns what is in force: the groups and how each one stands, from flag files, switches, windows and the
/// time. Builds a new snapshot whenever something changes and hands it to `publish`. Threads: the control
/// thread alone, which waits for `descriptor()`, `next_look()` and `next_event()` on its behalf.
class SnapshotKeeper {
 public:
  using Publish = std::function<void(const std::shared_ptr<const model::Snapshot>&)>;
  using Tell = std::function<void(const Transition&)>;

  /// `clock`, `log` and `locales` must outlive the keeper and every snapshot it made. `publish` returns once
  /// everybody answers by the snapshot.
  SnapshotKeeper(const Clock& clock, Log& log, const model::Locales& locales, Publish publish);

  /// Told of every transition, once it is in force.
  void on_transition(Tell tell) { tell_ = std::move(tell); }

  /// Puts a checked configuration in force and publishes. Groups created over the API stay, but for those
  /// whose name, id or host the configuration takes: they give way, and their names are returned. On an error
  /// what was in force stays so.
  Result<std::vector<std::string>> load(const config::Config& config);

  /// Groups created over the API. An old group of the same id is replaced. REQUIRES: names, ids and hosts are
  /// free.
  Result<void> put_groups(const std::vector<config::GroupConfig>& configs);
  void remove_group(const std::string& id);

  /// What operators said and planned; after changing it call `refresh` for the groups concerned, by name or
  /// id.
  [[nodiscard]] Schedule& schedule() { return schedule_; }
  [[nodiscard]] const Schedule& schedule() const { return schedule_; }
  void refresh(const std::vector<std::string>& groups);

  /// Becomes readable when a flag file or a page_dir changes: then call `look_at_changes`.
  [[nodiscard]] int descriptor() const { return watch_.descriptor(); }
  void look_at_changes();

  /// When to call `look_again`: something was being written a moment ago. None: nothing to wait for.
  [[nodiscard]] std::optional<SteadyTime> next_look() const { return next_look_; }
  void look_again();

  /// When to call `look_at_time`, by the calendar; also call it whenever the calendar was set.
  [[nodiscard]] std::optional<WallTime> next_event() const;
  void look_at_time();

  /// Passes that let through from now on; null: none. Publishes.
  void use_passes(std::shared_ptr<const model::PassBook> passes);

  /// What health tells. Publishes where it changes.
  void set_degraded(bool degraded);

  /// REQUIRES: loaded.
  [[nodiscard]] const std::shared_ptr<const model::Snapshot>& current() const { return current_; }

  /// The flag file that holds the group, where one does.
  [[nodiscard]] std::optional<FlagHold> flag_of(std::size_t group) const;

 private:
  struct FlagEntry {
    FlagHold hold;
    std::vector<std::size_t> groups;
    bool failing = false;
  };

  void adopt(std::shared_ptr<const model::GroupTable> table);
  [[nodiscard]] MoreGroups created_groups(const config::Config& config,
                                          std::vector<std::string>& gave_way) const;
  void evaluate_all(std::vector<std::size_t> groups);
  void follow_flags();
  void follow_pages(std::map<PathWatch::Token, std::string>& followed,
                    const std::vector<std::string>& folders);
  bool look_at_flag(std::size_t index);
  void look_later(std::chrono::milliseconds wait);
  void reload_pages();
  void evaluate(std::size_t group, WallTime now);
  void await(std::size_t group, std::optional<WallTime> when);
  [[nodiscard]] std::shared_ptr<const model::Occasion> occasion_of(const model::Group& group,
                                                                   Verdict& verdict);
  void note_transition(const model::Group& group, const model::GroupState& before,
                       const model::GroupState& after);
  void tell_of(const Transition& transition);
  void publish();
  /// Tokens of page_dirs begin here; those of flag files are their index.
  static constexpr PathWatch::Token kFirstPage = PathWatch::Token{1} << 32;

  const Clock& clock_;
  Log& log_;
  const model::Locales& locales_;
  const Publish publish_;
  Tell tell_;

  PathWatch watch_;
  std::vector<model::Network> trusted_proxies_;
  std::string reason_header_;
  std::shared_ptr<const model::PassBook> passes_;
  bool degraded_ = false;
  std::unique_ptr<TableBuilder> builder_;
  std::shared_ptr<const model::GroupTable> table_;
  model::States states_;
  Schedule schedule_;
  std::vector<FlagEntry> flags_;
  std::unordered_map<std::size_t, std::size_t> flag_of_;  ///< by group, into `flags_`
  std::map<PathWatch::Token, std::string> pages_;         ///< page_dirs by their token
  PathWatch::Token next_page_ = kFirstPage;
  std::vector<std::size_t> unsettled_;  ///< flags to look at again
  bool pages_changed_ = false;
  std::optional<SteadyTime> next_look_;

  std::set<std::pair<WallTime, std::size_t>> events_;   ///< when a group is to be evaluated again
  std::unordered_map<std::size_t, WallTime> event_of_;  ///< the same by group
  WallTime evaluated_at_;                               ///< the latest calendar time of what is in force
  std::vector<Transition> transitions_;                 ///< to be told once published
  std::uint64_t revision_ = 0;
  std::shared_ptr<const model::Snapshot> current_;
};

}  // namespace understudy::state
