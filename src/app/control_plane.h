#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "answer/render.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wall_timer.h"
#include "config/config.h"
#include "control/admin_handler.h"
#include "control/api.h"
#include "control/metrics.h"
#include "control/webhooks.h"
#include "model/locale.h"
#include "state/snapshot_keeper.h"
#include "state/store.h"
#include "state/switchboard.h"

namespace understudy::app {

/// What the control thread does beside listening: the store and the switchboard over it, the calendar, flag
/// files and page_dirs, webhooks, and the admin API. Threads: the control thread, whose io_context it waits
/// in.
class ControlPlane {
 public:
  struct Parts {
    boost::asio::io_context& io;
    const Clock& clock;
    Log& log;
    const model::Locales& locales;
    state::SnapshotKeeper& keeper;
    answer::RenderCache& cache;
    std::function<std::string()> metrics;
    std::function<control::Reloaded()> reload;
  };

  /// Opens the store. One that can't be opened now is tried again with every change.
  ControlPlane(Parts parts, const config::Config& config);
  ~ControlPlane();

  /// Puts what the store holds in force. REQUIRES: the keeper has loaded `config`.
  void start(const config::Config& config);
  /// After the keeper has loaded another configuration.
  void after_load(const config::Config& config, const std::vector<std::string>& gave_way);

  /// Before the end: webhooks get no more events. False: one is being told right now, and may take its time.
  [[nodiscard]] bool stop() { return webhooks_->stop(); }

  [[nodiscard]] http::Handler& admin_handler() { return *admin_handler_; }
  [[nodiscard]] state::Switchboard& switchboard() { return *switchboard_; }
  [[nodiscard]] control::ControlFacts facts() const;

 private:
  void watch_files();
  void watch_time();
  /// When to look again changes with everything that is done.
  void arm();
  void look_at_store();
  void tell_of_store();
  void tell_webhooks(const state::AuditNote& note);
  [[nodiscard]] state::Outcome<control::Preview> preview(const control::PreviewQuery& query) const;
  [[nodiscard]] state::Outcome<control::DecisionShown> decide(const control::DecisionQuery& query) const;
  [[nodiscard]] std::vector<control::HookStatus> hook_states() const;

  const Parts parts_;
  std::unique_ptr<state::Store> store_;
  std::unique_ptr<state::Switchboard> switchboard_;
  std::unique_ptr<control::Webhooks> webhooks_;
  std::unique_ptr<control::Api> api_;
  std::unique_ptr<control::AdminHandler> admin_handler_;
  WallTimer wall_timer_;
  boost::asio::posix::stream_descriptor files_;
  boost::asio::posix::stream_descriptor time_;
  boost::asio::steady_timer look_timer_;
  boost::asio::steady_timer store_timer_;
  std::string told_trouble_;  ///< of the store, as webhooks were told; empty: all is well
};

}  // namespace understudy::app
