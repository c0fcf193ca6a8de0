#pragma once

// For tests alone: a switchboard with all that it needs, on a clock that stands still.

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "calendar/time_text.h"
#include "state/snapshot_keeper.h"
#include "state/store.h"
#include "state/switchboard.h"
#include "state/test_snapshot.h"

namespace understudy::state {

inline const std::string kShopId = "9e428b69-47e2-48b7-a694-bb2222bf48c3";
inline const std::string kDocsId = "1a2b7c1e-5d0f-4c53-9d0e-8a6b5f3c2d10";
inline const std::string kShopOnly = "[groups.shop]\nid = \"" + kShopId + "\"\nhosts = [\"shop.example\"]\n";
inline const std::string kDocsToo = "[groups.docs]\nid = \"" + kDocsId + "\"\nhosts = [\"docs.example\"]\n";
inline const std::string kShopAndDocs = kShopOnly + kDocsToo;

inline const Caller kAda{"ada (uid 1000)", "unix socket"};
inline const Caller kBob{"bob (uid 1001)", "192.0.2.7:51234"};

/// A moment by its UTC date and time: "2026-11-21T12:00:00".
inline WallTime at(std::string_view utc) { return calendar::from_local(utc, "UTC").value(); }

inline const WallTime kNoon = at("2026-11-21T12:00:00");

/// What runs between two restarts. `clock` and `store` must outlive it, and it every later change of the
/// store.
class Board {
 public:
  Board(const Clock& clock, Store& store, std::string_view settings = kShopAndDocs,
        std::optional<std::chrono::seconds> hard_limit = std::nullopt)
      : store_(store), keeper_(clock, log_, test_locales(), [this](const auto&) { ++published_; }) {
    if (!keeper_.load(test_config(settings))) throw std::logic_error("the configuration was refused");
    switchboard_ =
        std::make_unique<Switchboard>(Switchboard::Parts{clock, log_, store, keeper_, test_locales()});
    switchboard_->start(hard_limit);
  }

  Switchboard& operator*() { return *switchboard_; }
  Switchboard* operator->() { return switchboard_.get(); }
  [[nodiscard]] SnapshotKeeper& keeper() { return keeper_; }
  [[nodiscard]] std::size_t published() const { return published_; }

  /// SIGHUP with another file.
  void reload(std::string_view settings, std::optional<std::chrono::seconds> hard_limit = std::nullopt) {
    switchboard_->after_load(hard_limit, keeper_.load(test_config(settings)).value());
  }

  /// What a worker goes by.
  [[nodiscard]] const model::GroupState& answered(std::string_view group = "shop") const {
    const model::Snapshot& snapshot = *keeper_.current();
    return snapshot.states[snapshot.table->find(group)];
  }
  [[nodiscard]] model::Mode mode(std::string_view group = "shop") const { return answered(group).mode; }
  [[nodiscard]] bool degraded() const { return keeper_.current()->degraded; }

  /// "mode.set shop ada (uid 1000)", the oldest first.
  [[nodiscard]] std::vector<std::string> told(const std::string& target = "") {
    std::vector<std::string> lines;
    for (const AuditEntry& entry : notes(target))
      lines.insert(lines.begin(),
                   fmt::format("{} {} {}", entry.note.action, entry.note.target, entry.note.who));
    return lines;
  }
  /// The newest first.
  [[nodiscard]] std::vector<AuditEntry> notes(const std::string& target = "") {
    return store_.audit({std::nullopt, 1000, target}).value();
  }

 private:
  Store& store_;
  Log log_{LogLevel::kError, LogFormat::kJson};
  std::size_t published_ = 0;
  SnapshotKeeper keeper_;
  std::unique_ptr<Switchboard> switchboard_;
};

inline SwitchChange to_mode(model::Mode mode) {
  SwitchChange change;
  change.mode = mode;
  return change;
}
inline SwitchChange on(std::optional<WallTime> until = std::nullopt) {
  SwitchChange change = to_mode(model::Mode::kMaintenance);
  change.until = until;
  return change;
}
inline SwitchChange off() { return to_mode(model::Mode::kOpen); }

/// In UTC, of the shop.
inline model::Window planned(std::string start, std::string end,
                             model::Mode mode = model::Mode::kMaintenance) {
  model::Window window;
  window.title = "Database";
  window.groups = {"shop"};
  window.mode = mode;
  window.start = std::move(start);
  window.end = std::move(end);
  return window;
}

/// The first field that a refusal names, and its kind.
template <typename T>
std::pair<Refused::Kind, std::string> refusal(const Outcome<T>& outcome) {
  if (outcome) throw std::logic_error("it was not refused");
  return {outcome.error().kind, outcome.error().field};
}

}  // namespace understudy::state
