#include "app/server.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <future>
#include <latch>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/asio/post.hpp>

#include "app/cli/session.h"
#include "app/service_manager.h"
#include "app/version.h"
#include "base/startup_pages.h"
#include "config/settings.h"
#include "control/metrics.h"

namespace understudy::app {
namespace {

using boost::system::error_code;

/// About how much of rendered answers is kept.
constexpr std::size_t kRenderedBytes = std::size_t{64} << 20;
constexpr std::uint64_t kAdminConnections = 256;
constexpr std::chrono::seconds kCollectLimit{2};

/// Each connection is a descriptor: the soft limit has no use here.
void raise_descriptor_limit(Log& log) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    log.warning("descriptor_limit", "the limit on open files can't be raised: " + system_message(errno));
  }
}

void change_signal_mask(int how) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(how, &signals, nullptr);
}

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

/// The keeper has what it needs: with many groups the configuration as it was read is the larger part.
void release_groups(LoadedConfig& loaded) {
  loaded.read.config.groups = {};
  loaded.read.leftovers.reset();
  ::malloc_trim(0);
}

/// "1 group", "2 groups"
std::string count_of(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// The folder is there and nobody else's, or can be made so.
bool own_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0750) == 0) return true;
  struct stat found {};
  return ::lstat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == ::geteuid() &&
         (found.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

Server::Server(std::optional<std::string> config_file, LoadedConfig loaded)
    : config_file_(std::move(config_file)),
      loaded_(std::move(loaded)),
      log_(loaded_.read.config.log.level, loaded_.read.config.log.format),
      locales_(model::built_in_locales()),
      cache_(kRenderedBytes),
      keeper_(clock_, log_, locales_, [this](const auto& snapshot) { publish(snapshot); }),
      budget_(loaded_.read.config.server.max_connections),
      admin_budget_(kAdminConnections),
      identity_(loaded_.identity),
      signals_(io_),
      shutdown_timer_(io_) {}

Server::~Server() { stop_workers(); }

void Server::stop_workers() {
  for (const auto& worker : workers_) {
    if (worker->worker != nullptr) worker->worker->stop();
  }
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

int Server::run() {
  std::signal(SIGPIPE, SIG_IGN);
  // Large blocks, a compressor's for instance, go back to the system when they are freed.
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  raise_descriptor_limit(log_);
  // Signals wait until somebody listens: a SIGHUP while the configuration is read must not end the process.
  // The workers' threads begin with this mask; signals are the control thread's.
  change_signal_mask(SIG_BLOCK);
  if (const auto started = start(); !started) {
    log_.error("start_failed", started.error().message);
    return 1;
  }
  log_.info("ready", fmt::format("understudy {} answers for {} on {}", kVersion,
                                 count_of(keeper_.current()->table->count(), "group"),
                                 count_of(workers_.size(), "thread")));
  notify_service_manager("READY=1");
  release_startup_pages();
  io_.run();
  // A signal from here on finds nobody any more, and must not end the process by its default action.
  change_signal_mask(SIG_BLOCK);
  // Nobody counts any more from here on.
  stop_workers();
  const bool nobody_waits = control_->stop(sum_counters().pass_uses);
  log_.info("stopped", "understudy has stopped");
  if (!nobody_waits) {
    // A webhook's receiver that hangs must not hold up the end: everything that needs one is ended by hand.
    socket_files_.clear();
    access_log_.reset();
    std::_Exit(0);
  }
  return 0;
}

Result<void> Server::start() {
  for (const config::Problem& problem : loaded_.read.problems)
    log_.warning("config_warning", config::to_line(problem));
  if (auto loaded = keeper_.load(loaded_.read.config); !loaded) return loaded.error();
  if (!config_file_) listen_for_demonstration();
  control_ = std::make_unique<ControlPlane>(
      ControlPlane::Parts{io_, clock_, log_, locales_, keeper_, cache_, [this] { return metrics(); },
                          [this] { return collect_counters().pass_uses; }, [this] { return reload(); }},
      loaded_.read.config);
  control_->start(loaded_.read.config);
  desk_ = std::make_unique<PasswordChecks>(clock_, [this](const PasswordChecks::Right& right) {
    boost::asio::post(io_, [this, right] { desk_->note_pass(right.ticket, control_->pass_for(right)); });
  });
  if (!config_file_) switch_demonstration();
  release_groups(loaded_);
  const config::LogConfig& log = loaded_.read.config.log;
  if (log.access) {
    auto opened = net::AccessLog::open(log.access_file, clock_);
    if (!opened) return opened.error();
    access_log_ = std::move(*opened);
  }
  if (auto started = start_workers(); !started) return started;
  if (auto started = start_admin(); !started) return started;
  wait_for_signals();
  change_signal_mask(SIG_UNBLOCK);
  return {};
}

net::Limits Server::limits() const {
  const config::ServerConfig& server = loaded_.read.config.server;
  return {server.header_timeout, server.idle_timeout, server.write_timeout,
          server.drain_timeout,  server.drain_limit,  server.max_connections};
}

void Server::tell_listeners(const std::vector<net::Listener>& listeners, std::string_view which) {
  const net::Listener& listener = listeners.front();
  log_.info("listening",
            fmt::format("listening on {}{}{} ({})", listener.address, listener.proxied ? ", PROXY" : "",
                        listener.tls ? ", TLS" : "", which),
            {{"address", listener.address},
             {"listener", which},
             {"tls", listener.tls ? "yes" : "no"},
             {"proxy", listener.proxied ? "yes" : "no"}});
}

Result<std::vector<std::vector<net::Listener>>> Server::listen(const std::vector<ListenAddress>& addresses,
                                                               std::size_t workers, std::string_view which,
                                                               net::Handover handover) {
  std::vector<std::vector<net::Listener>> listeners(workers);
  for (const ListenAddress& address : addresses) {
    auto opened = net::open_listeners(address, workers, net::SocketAccess::kEverybody, handover);
    if (!opened) return opened.error();
    tell_listeners(*opened, which);
    if (address.kind == ListenAddress::Kind::kUnix) socket_files_.emplace_back(address.path);
    for (std::size_t i = 0; i < workers; ++i) listeners[i].push_back(std::move((*opened)[i]));
  }
  return listeners;
}

Result<void> Server::start_workers() {
  const config::Config& config = loaded_.read.config;
  const std::size_t count =
      config.server.workers != 0 ? config.server.workers : std::max(1U, std::thread::hardware_concurrency());
  auto listeners = listen(config.server.listen, count, "public", net::Handover::kWithData);
  if (!listeners) return listeners.error();
  auto spoe = listen(config.spoe_listen, count, "spoe", net::Handover::kWithData);
  if (!spoe) return spoe.error();
  auto agent_check = listen(config.agent_check_listen, count, "agent-check", net::Handover::kAtOnce);
  if (!agent_check) return agent_check.error();
  for (std::size_t i = 0; i < count; ++i) {
    auto& worker = *workers_.emplace_back(std::make_unique<WorkerThread>());
    worker.answerer = std::make_unique<answer::Answerer>(keeper_.current(), cache_, clock_, random_seed());
    worker.answerer->use_desk(*desk_);
    if (access_log_ != nullptr) worker.ring = &access_log_->add_ring();
    worker.desk = std::make_unique<gate::Desk>(keeper_.current(), clock_, worker.ring);
    worker.spop = std::make_unique<gate::SpopAgent>(*worker.desk);
    worker.agent_check = std::make_unique<gate::AgentCheck>(*worker.desk);
    worker.worker = std::make_unique<net::Worker>(
        net::Worker::Parts{worker.io, *worker.answerer, worker.ring, clock_, log_, budget_, limits()});
    worker.worker->use_identity(identity_);
    worker.worker->start(std::move((*listeners)[i]));
    worker.worker->start(std::move((*spoe)[i]), *worker.spop);
    worker.worker->start(std::move((*agent_check)[i]), *worker.agent_check);
  }
  if (access_log_ != nullptr) access_log_->start();
  for (const auto& worker : workers_) worker->thread = std::thread([&w = *worker->worker] { w.run(); });
  return {};
}

Result<void> Server::start_admin() {
  std::vector<net::Listener> listeners;
  for (const ListenAddress& address : loaded_.read.config.admin_listen) {
    auto opened = net::open_listeners(address, 1, net::SocketAccess::kOwnerAndGroup);
    if (!opened) {
      // Without metrics the answers still matter: an understudy that refuses to start helps nobody.
      log_.error("admin_unavailable", "no admin listener: " + opened.error().message);
      continue;
    }
    tell_listeners(*opened, "admin");
    if (address.kind == ListenAddress::Kind::kUnix) socket_files_.emplace_back(address.path);
    listeners.push_back(std::move(opened->front()));
  }
  if (listeners.empty()) return {};
  net::Limits limits = this->limits();
  limits.max_connections = kAdminConnections;
  admin_ = std::make_unique<net::Worker>(
      net::Worker::Parts{io_, control_->admin_handler(), nullptr, clock_, log_, admin_budget_, limits});
  admin_->use_identity(identity_);
  admin_->start(std::move(listeners));
  admin_->attach();
  return {};
}

/// Returns once every worker answers accordingly.
void Server::publish(const std::shared_ptr<const model::Snapshot>& snapshot) {
  if (workers_.empty()) return;
  const auto taken = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(workers_.size()));
  for (const auto& worker : workers_) {
    worker->worker->post([&answerer = *worker->answerer, &desk = *worker->desk, snapshot, taken] {
      answerer.use(snapshot);
      desk.use(snapshot);
      taken->count_down();
    });
  }
  if (!draining_) taken->wait();
}

/// Whoever tries the demonstration shall be able to switch it.
void Server::listen_for_demonstration() {
  std::vector<ListenAddress>& admin = loaded_.read.config.admin_listen;
  if (!admin.empty()) return;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const auto folder = runtime == nullptr ? std::nullopt : std::optional<std::string>(runtime);
  for (const std::string& path : cli::usual_sockets(folder, ::getuid())) {
    if (!own_folder(path.substr(0, path.rfind('/')))) continue;
    if (auto address = parse_listen_address("unix:" + path)) admin.push_back(std::move(*address));
    return;
  }
}

void Server::switch_demonstration() {
  state::SwitchChange on;
  on.mode = model::Mode::kMaintenance;
  on.reason = "the demonstration";
  static_cast<void>(
      control_->switchboard().set_mode({"understudy", "demonstration"}, "demo", on, std::nullopt));
}

void Server::wait_for_signals() {
  if (!draining_) {
    error_code ignored;  // added already: waited for again
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) signals_.add(signal, ignored);
  }
  signals_.async_wait([this](const error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      static_cast<void>(reload());
    } else if (!draining_) {
      drain();
    } else if (signal == SIGINT) {
      log_.warning("stopping_now", "interrupted a second time: stopping without waiting");
      return io_.stop();
    }
    wait_for_signals();
  });
}

control::Reloaded Server::reload() {
  notify_service_manager("RELOADING=1");
  control::Reloaded result = load_again();
  notify_service_manager("READY=1");
  result.groups = keeper_.current()->table->count();
  return result;
}

control::Reloaded Server::load_again() {
  LoadedConfig loaded = load_config(config_file_, locales_);
  control::Reloaded result;
  result.problems = loaded.read.problems;
  for (const config::Problem& problem : loaded.read.problems) {
    const bool error = problem.severity == config::Severity::kError;
    log_.write(error ? LogLevel::kError : LogLevel::kWarning, error ? "config_error" : "config_warning",
               config::to_line(problem));
  }
  const bool wrong = config::has_errors(loaded.read.problems);
  const auto gave_way = wrong ? Result<std::vector<std::string>>(Error{"the file has errors"})
                              : keeper_.load(loaded.read.config);
  if (!gave_way) {
    ++reloads_refused_;
    result.refusal = gave_way.error().message;
    log_.error("reload_refused", "the configuration in force stays: " + result.refusal);
    return result;
  }
  for (const std::string& name : *gave_way) {
    config::Problem warning;
    warning.severity = config::Severity::kWarning;
    warning.file = config_file_.value_or("(demonstration)");
    warning.key = "groups." + name;
    warning.message =
        "takes the name, id or a host of this group, which was created over the API: that one is removed";
    result.problems.push_back(std::move(warning));
  }
  if (loaded.read.config.admin_listen.empty())
    loaded.read.config.admin_listen = loaded_.read.config.admin_listen;  // the demonstration's
  control_->after_load(loaded.read.config, *gave_way);
  warn_of_restarts(loaded);
  if (access_log_ != nullptr) access_log_->reopen();
  log_.set_level(loaded.read.config.log.level);
  if (loaded.identity != nullptr) {
    identity_ = loaded.identity;
    for (const auto& worker : workers_) {
      worker->worker->post([&w = *worker->worker, identity = identity_] { w.use_identity(identity); });
    }
    if (admin_ != nullptr) admin_->use_identity(identity_);
  }
  loaded_.read.written = std::move(loaded.read.written);
  release_groups(loaded);
  ++reloads_done_;
  log_.info("reloaded",
            "the configuration was read again: " + count_of(keeper_.current()->table->count(), "group"));
  return result;
}

void Server::warn_of_restarts(const LoadedConfig& loaded) {
  const auto value = [](const LoadedConfig& config, const std::string& key) {
    const auto found = config.read.written.find(key);
    return found == config.read.written.end() ? std::string() : found->second;
  };
  for (const auto& setting : config::server_settings()) {
    const std::string key(setting.key);
    if (setting.reload == config::Reload::kYes || value(loaded, key) == value(loaded_, key)) continue;
    log_.warning("needs_restart", fmt::format("{} has changed; it comes into force with a restart", key),
                 {{"key", key}});
  }
}

void Server::drain() {
  draining_ = true;
  notify_service_manager("STOPPING=1");
  log_.info("draining", "no new connections; answers under way are finished");
  draining_left_ = workers_.size();
  for (const auto& worker : workers_) {
    worker->worker->post([this, &w = *worker->worker] {
      w.drain([this] { boost::asio::post(io_, [this] { worker_drained(); }); });
    });
  }
  shutdown_timer_.expires_after(loaded_.read.config.server.shutdown_timeout);
  shutdown_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    log_.warning("shutdown_timeout", "answers are still under way, but the time is up");
    io_.stop();
  });
}

void Server::worker_drained() {
  if (--draining_left_ == 0) io_.stop();
}

/// REQUIRES: called on the worker's thread, or after its end.
model::Counters Server::WorkerThread::counters() const {
  model::Counters sum = answerer->counters();
  sum += desk->counters();
  return sum;
}

/// REQUIRES: the workers' threads have ended.
model::Counters Server::sum_counters() const {
  model::Counters sum;
  for (const auto& worker : workers_) sum += worker->counters();
  return sum;
}

model::Counters Server::collect_counters() {
  model::Counters sum;
  std::vector<std::future<model::Counters>> parts;
  for (const auto& worker : workers_) {
    auto promise = std::make_shared<std::promise<model::Counters>>();
    parts.push_back(promise->get_future());
    worker->worker->post([&of = *worker, promise] { promise->set_value(of.counters()); });
  }
  for (auto& part : parts) {
    // A worker that is drained already takes no posts any more.
    if (part.wait_for(kCollectLimit) == std::future_status::ready) sum += part.get();
  }
  for (const auto& worker : workers_) {
    if (worker->ring != nullptr) sum.access_log_dropped += worker->ring->dropped();
  }
  return sum;
}

std::string Server::metrics() {
  return control::render_metrics(collect_counters(), *keeper_.current(),
                                 {kVersion, reloads_done_, reloads_refused_}, control_->facts());
}

}  // namespace understudy::app
