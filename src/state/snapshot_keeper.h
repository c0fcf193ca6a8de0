#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "model/group.h"
#include "state/flag_file.h"
#include "state/path_watch.h"

namespace understudy::state {

/// Owns what is in force: the groups of the configuration and each group's mode. Builds a new
/// snapshot whenever one of them changes and hands it to `publish`. Threads: the control thread alone,
/// which waits for `descriptor()` and for `next_look()` on its behalf.
class SnapshotKeeper {
 public:
  using Publish = std::function<void(const std::shared_ptr<const model::Snapshot>&)>;

  /// `clock`, `log` and `locales` must outlive the keeper and every snapshot it made.
  SnapshotKeeper(const Clock& clock, Log& log, const model::Locales& locales, Publish publish);

  /// Puts a checked configuration in force and publishes. On an error what was in force stays so.
  Result<void> load(const config::Config& config);

  /// Puts a mode on a group that no flag file commands, until the next load. REQUIRES: the group exists.
  void set_mode(std::string_view group, model::Mode mode);

  /// Becomes readable when a flag file or a page_dir changes: then call `look_at_changes`.
  [[nodiscard]] int descriptor() const { return watch_.descriptor(); }
  void look_at_changes();

  /// When to call `look_again`: something was being written a moment ago. None: nothing to wait for.
  [[nodiscard]] std::optional<SteadyTime> next_look() const { return next_look_; }
  void look_again();

  /// REQUIRES: loaded.
  [[nodiscard]] const std::shared_ptr<const model::Snapshot>& current() const { return current_; }

 private:
  struct FlagEntry {
    std::string path;
    std::vector<std::size_t> groups;
    Flag flag;
    bool failing = false;
  };

  void follow_flags();
  void follow_pages(std::map<PathWatch::Token, std::string>& followed,
                    const std::vector<std::string>& folders);
  bool look_at_flag(std::size_t index);
  void look_later(std::chrono::milliseconds wait);
  void publish();
  void reload_pages();
  /// Tokens of page_dirs begin here; those of flag files are their index.
  static constexpr PathWatch::Token kFirstPage = PathWatch::Token{1} << 32;

  const Clock& clock_;
  Log& log_;
  const model::Locales& locales_;
  const Publish publish_;

  PathWatch watch_;
  std::vector<model::Network> trusted_proxies_;
  std::string reason_header_;
  std::shared_ptr<const model::GroupTable> table_;
  std::vector<model::GroupState> states_;
  std::vector<FlagEntry> flags_;
  std::map<PathWatch::Token, std::string> pages_;  ///< page_dirs by their token
  PathWatch::Token next_page_ = kFirstPage;
  std::vector<std::size_t> unsettled_;       ///< flags to look at again
  std::vector<std::size_t> changed_groups_;  ///< to be told once published
  bool pages_changed_ = false;
  std::optional<SteadyTime> next_look_;
  std::uint64_t revision_ = 0;
  std::shared_ptr<const model::Snapshot> current_;
};

}  // namespace understudy::state
