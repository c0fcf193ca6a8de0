#include "app/control_plane.h"

#include <charconv>
#include <random>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/preview.h"
#include "app/show_decision.h"
#include "app/version.h"
#include "calendar/time_text.h"
#include "control/api_json.h"
#include "net/client.h"
#include "state/late_store.h"
#include "state/memory_store.h"
#include "state/records.h"
#include "state/sqlite_store.h"

namespace understudy::app {
namespace {

using boost::asio::posix::stream_descriptor;
using boost::system::error_code;

/// How often a store that refused a change is asked whether it takes them again.
constexpr std::chrono::seconds kStoreWait{5};

/// Asio wants a descriptor that it may close.
int duplicate(int descriptor) { return ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0); }

std::unique_ptr<state::Store> open_store(const std::string& path, const Clock& clock) {
  if (path == config::kMemoryStore) return std::make_unique<state::MemoryStore>();
  return std::make_unique<state::LateStore>(
      path, [path, &clock]() -> state::StoreResult<std::unique_ptr<state::Store>> {
        auto opened = state::SqliteStore::open(path, clock);
        if (!opened) return opened.error();
        return std::unique_ptr<state::Store>(std::move(*opened));
      });
}

std::optional<std::chrono::seconds> hard_limit(const config::Config& config) {
  if (config.hard_limit.count() == 0) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(config.hard_limit);
}

/// One attempt to tell a webhook.
Result<control::SendOutcome> send_to(const config::WebhookConfig& webhook,
                                     const control::WebhookHeaders& headers, const std::string& body) {
  const auto endpoint = net::parse_endpoint(webhook.url);
  if (!endpoint) return Error{"the url can't be used"};
  net::ClientRequest request;
  request.method = "POST";
  request.headers = headers;
  request.body = body;
  net::ClientLimits limits;
  limits.connect = webhook.timeout;
  limits.whole = webhook.timeout;
  limits.body = std::size_t{64} << 10;
  const auto response = net::exchange(*endpoint, request, limits);
  if (!response) return response.error();
  control::SendOutcome outcome;
  outcome.status = static_cast<int>(response->status);
  const std::string_view wait = response->header("Retry-After");
  std::int64_t seconds = 0;
  const auto read = std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
  if (read.ec == std::errc() && read.ptr == wait.data() + wait.size() && seconds >= 0)
    outcome.retry_after = std::chrono::seconds(seconds);
  return outcome;
}

Random seeded_random() {
  std::random_device device;
  return Random((std::uint64_t{device()} << 32) | device());
}

/// "mode.set" is a "mode" event, and so is what windows and flag files do to a mode.
std::string event_of(const std::string& action) {
  for (const std::string_view moved : {"window.begin", "window.end", "window.overdue", "flag.change"}) {
    if (action == moved) return "mode";
  }
  return action.substr(0, action.find('.'));
}

/// As /api/v1/status shows it.
std::string trouble_json(const state::StoreError& trouble) {
  return boost::json::serialize(
      boost::json::object{{"fault", to_text(trouble.fault)}, {"message", trouble.message}});
}

/// "shop: maintenance until Sat 21 Nov 2026 23:30 UTC, by root (uid 0): database upgrade"
std::string sentence_of(const state::GroupStatus& status, const state::AuditNote& note) {
  std::string out = fmt::format("{}: {}", status.group, to_text(status.mode));
  if (status.lifecycle == model::Lifecycle::kOverdue) out += ", overdue";
  if (status.lifecycle == model::Lifecycle::kReopening) out += ", reopening";
  if (status.until) out += " until " + calendar::describe_time(*status.until, "UTC");
  out += ", by " + note.who;
  if (!status.reason.empty()) out += ": " + status.reason;
  return out;
}

}  // namespace

ControlPlane::ControlPlane(Parts parts, const config::Config& config)
    : parts_(std::move(parts)),
      store_(open_store(config.store_path, parts_.clock)),
      switchboard_(std::make_unique<state::Switchboard>(
          state::Switchboard::Parts{parts_.clock, parts_.log, *store_, parts_.keeper, parts_.locales})),
      webhooks_(std::make_unique<control::Webhooks>(
          control::Webhooks::Parts{parts_.clock, parts_.log, seeded_random(), send_to}, config.webhooks)),
      api_(std::make_unique<control::Api>(control::Api::Parts{
          parts_.clock, *switchboard_, control::HostCheck(config.admin_listen, config.admin_hosts),
          std::string(kVersion), store_->describe(), [this] { return parts_.keeper.current()->revision; },
          [this](const control::PreviewQuery& query) { return preview(query); },
          [this](const control::DecisionQuery& query) { return decide(query); }, parts_.reload,
          [this] { return hook_states(); }})),
      admin_handler_(std::make_unique<control::AdminHandler>(control::AdminHandler::Parts{
          parts_.clock, *api_, parts_.metrics,
          [this]() -> std::string_view { return store_->trouble() ? "degraded" : "ok"; }})),
      files_(parts_.io, duplicate(parts_.keeper.descriptor())),
      time_(parts_.io, duplicate(wall_timer_.descriptor())),
      look_timer_(parts_.io),
      store_timer_(parts_.io) {
  switchboard_->on_change([this](const state::AuditNote& note) { tell_webhooks(note); });
}

ControlPlane::~ControlPlane() = default;

void ControlPlane::start(const config::Config& config) {
  switchboard_->start(hard_limit(config));
  watch_files();
  watch_time();
  look_at_store();
  arm();
}

void ControlPlane::after_load(const config::Config& config, const std::vector<std::string>& gave_way) {
  switchboard_->after_load(hard_limit(config), gave_way);
  webhooks_->use(config.webhooks);
  api_->use_hosts(control::HostCheck(config.admin_listen, config.admin_hosts));
  arm();
}

void ControlPlane::watch_files() {
  files_.async_wait(stream_descriptor::wait_read, [this](const error_code& error) {
    if (error) return;
    switchboard_->look_at_changes();
    arm();
    watch_files();
  });
}

void ControlPlane::watch_time() {
  time_.async_wait(stream_descriptor::wait_read, [this](const error_code& error) {
    if (error) return;
    wall_timer_.acknowledge();
    switchboard_->look_at_time();
    arm();
    watch_time();
  });
}

void ControlPlane::arm() {
  wall_timer_.arm(parts_.keeper.next_event());
  const auto next = parts_.keeper.next_look();
  if (!next) return;
  look_timer_.expires_at(*next);
  look_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    switchboard_->look_again();
    arm();
  });
}

/// A store in trouble is tried again, so that health tells when it is well.
void ControlPlane::look_at_store() {
  store_timer_.expires_after(kStoreWait);
  store_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    if (switchboard_->trouble()) {
      switchboard_->probe();
      arm();
    }
    tell_of_store();
    look_at_store();
  });
}

void ControlPlane::tell_of_store() {
  const auto trouble = switchboard_->trouble();
  if (trouble.has_value() == !told_trouble_.empty()) return;
  control::WebhookEvent event;
  event.event = "store";
  event.at = parts_.clock.wall();
  event.who = "understudy";
  event.from = store_->describe();
  event.action = trouble ? "store.trouble" : "store.well";
  event.target = store_->describe();
  event.before = std::exchange(told_trouble_, trouble ? trouble_json(*trouble) : std::string());
  event.after = told_trouble_;
  webhooks_->post(event);
}

void ControlPlane::tell_webhooks(const state::AuditNote& note) {
  control::WebhookEvent event;
  event.event = event_of(note.action);
  event.at = note.at;
  event.who = note.who;
  event.from = note.from;
  event.action = note.action;
  event.target = note.target;
  event.before = note.before;
  event.after = note.after;
  if (event.event == "mode") {
    event.groups = {note.target};
    if (const auto status = switchboard_->status(note.target)) {
      event.status = boost::json::serialize(control::to_json(*status));
      event.sentence = sentence_of(*status, note);
    }
  } else if (event.event == "group") {
    event.groups = {note.target};
  } else if (event.event == "window") {
    // A window that was removed is known from what it was.
    if (const auto window = state::decode_window(note.after.empty() ? note.before : note.after))
      event.groups = window->groups;
  }
  webhooks_->post(event);
  arm();
}

state::Outcome<control::Preview> ControlPlane::preview(const control::PreviewQuery& query) const {
  if (auto known = switchboard_->status(query.group); !known) return known.error();
  return preview_answer(query, parts_.keeper.current(), parts_.cache, parts_.clock);
}

state::Outcome<control::DecisionShown> ControlPlane::decide(const control::DecisionQuery& query) const {
  if (auto known = switchboard_->status(query.group); !known) return known.error();
  return show_decision(query, *parts_.keeper.current(), parts_.clock.wall());
}

std::vector<control::HookStatus> ControlPlane::hook_states() const {
  std::vector<control::HookStatus> out;
  for (const control::Webhooks::State& state : webhooks_->states()) {
    out.push_back({state.name, state.pending, state.counts.delivered,
                   state.counts.failed + state.counts.dropped, state.last_error});
  }
  return out;
}

control::ControlFacts ControlPlane::facts() const {
  control::ControlFacts facts;
  facts.store_well = !store_->trouble();
  facts.overdue = switchboard_->overdue();
  facts.windows = parts_.keeper.schedule().windows().size();
  const control::Api::Counts counts = api_->counts();
  facts.wrong_tokens = counts.wrong_tokens;
  facts.throttled = counts.throttled;
  facts.webhooks = hook_states();
  return facts;
}

}  // namespace understudy::app
