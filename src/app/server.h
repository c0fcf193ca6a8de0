#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "answer/answerer.h"
#include "app/control_plane.h"
#include "app/load_config.h"
#include "app/password_checks.h"
#include "base/clock.h"
#include "base/log.h"
#include "gate/agent_check.h"
#include "gate/desk.h"
#include "gate/spop_stream.h"
#include "model/locale.h"
#include "net/access_log.h"
#include "net/worker.h"
#include "state/snapshot_keeper.h"

namespace understudy::app {

/// `understudy serve`: wires the folders together and owns the threads. The thread that calls `run`
/// is the control thread: signals, reload, flag files, the admin listener. Each worker has a thread
/// and an io_context of its own.
class Server {
 public:
  /// `config_file` none: the demonstration group, in maintenance.
  Server(std::optional<std::string> config_file, LoadedConfig loaded);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Serves until SIGTERM or SIGINT; returns the process's exit code.
  [[nodiscard]] int run();

 private:
  struct WorkerThread {
    boost::asio::io_context io{1};
    std::unique_ptr<answer::Answerer> answerer;
    std::unique_ptr<gate::Desk> desk;
    std::unique_ptr<gate::SpopAgent> spop;
    std::unique_ptr<gate::AgentCheck> agent_check;
    std::unique_ptr<net::Worker> worker;
    net::AccessRing* ring = nullptr;
    std::thread thread;

    /// What was counted over HTTP and by the desk.
    [[nodiscard]] model::Counters counters() const;
  };

  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<void> start_workers();
  [[nodiscard]] Result<void> start_admin();
  /// Opens each address for every worker: the listeners of each.
  [[nodiscard]] Result<std::vector<std::vector<net::Listener>>> listen(
      const std::vector<ListenAddress>& addresses, std::size_t workers, std::string_view which,
      net::Handover handover);
  void tell_listeners(const std::vector<net::Listener>& listeners, std::string_view which);
  void publish(const std::shared_ptr<const model::Snapshot>& snapshot);
  void stop_workers();
  void listen_for_demonstration();
  void switch_demonstration();
  void wait_for_signals();
  [[nodiscard]] control::Reloaded reload();
  [[nodiscard]] control::Reloaded load_again();
  void warn_of_restarts(const LoadedConfig& loaded);
  void drain();
  void worker_drained();
  [[nodiscard]] model::Counters sum_counters() const;
  [[nodiscard]] model::Counters collect_counters();
  [[nodiscard]] std::string metrics();
  [[nodiscard]] net::Limits limits() const;

  const std::optional<std::string> config_file_;
  LoadedConfig loaded_;
  SystemClock clock_;
  Log log_;
  const model::Locales locales_;
  boost::asio::io_context io_{1};
  answer::RenderCache cache_;
  state::SnapshotKeeper keeper_;
  net::ConnectionBudget budget_;
  net::ConnectionBudget admin_budget_;
  std::shared_ptr<const net::TlsIdentity> identity_;
  std::unique_ptr<net::AccessLog> access_log_;
  std::vector<net::SocketFile> socket_files_;
  std::unique_ptr<PasswordChecks> desk_;
  std::vector<std::unique_ptr<WorkerThread>> workers_;
  std::unique_ptr<ControlPlane> control_;
  std::unique_ptr<net::Worker> admin_;

  boost::asio::signal_set signals_;
  boost::asio::steady_timer shutdown_timer_;
  std::size_t draining_left_ = 0;
  bool draining_ = false;
  std::uint64_t reloads_done_ = 0;
  std::uint64_t reloads_refused_ = 0;
};

}  // namespace understudy::app
