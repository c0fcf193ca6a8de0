#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/problem.h"
#include "control/authenticate.h"
#include "control/host_check.h"
#include "control/problem.h"
#include "control/query.h"
#include "control/response.h"
#include "control/routes.h"
#include "http/request.h"
#include "model/cause.h"
#include "model/counters.h"
#include "model/reason.h"
#include "state/switchboard.h"

namespace understudy::control {

/// Which answer to show.
struct PreviewQuery {
  std::string group;  ///< by name
  model::Reason reason = model::Reason::kMaintenance;
  model::Format format = model::Format::kJson;
  std::string language;  ///< BCP 47; empty: what a client without a wish gets
  std::string coding;    ///< "identity", "gzip", "br", "zstd"
};

/// An answer as a client would get it.
struct Preview {
  unsigned status = 503;
  std::vector<HeaderLine> headers;
  std::string body;
};

/// A request that somebody wants the gate's decision on.
struct DecisionQuery {
  std::string group;  ///< by name
  std::string method = "GET";
  std::string target = "/";
  std::string ip;      ///< of the client; empty: unknown
  std::string cookie;  ///< "BYPASS=true; session=…"
  std::string header;  ///< the bypass header's value, or "NAME: VALUE"
  std::string pass;    ///< a signed pass
};

/// The decision, and what it rests on.
struct DecisionShown {
  bool blocked = false;
  model::Mode mode = model::Mode::kOpen;
  model::Cause cause = model::Cause::kOpen;
  std::string detail;
  std::string explanation;          ///< a sentence
  std::vector<std::string> rights;  ///< a sentence for each right that the client has, lacks or gave up
  std::chrono::seconds wait{};      ///< until its turn while the group reopens; 0: it is not waiting
};

/// What reading the configuration anew came to.
struct Reloaded {
  std::size_t groups = 0;                 ///< in force now
  std::vector<config::Problem> problems;  ///< warnings, and errors where it was refused
  std::string refusal;                    ///< why what was in force stays; empty: done
};

/// A webhook, for `status`.
struct HookStatus {
  std::string name;
  std::uint64_t pending = 0;
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  std::string last_error;
};

/// The admin API under /api/v1 (docs/openapi.json): who asks, for what, with what body; then the switchboard.
/// Threads: the control thread.
class Api {
 public:
  struct Parts {
    const Clock& clock;
    state::Switchboard& switchboard;
    HostCheck hosts;
    std::string version;
    std::string store;                        ///< as it describes itself: "/var/lib/understudy/state.db"
    std::function<std::uint64_t()> revision;  ///< of the snapshot in force
    std::function<state::Outcome<Preview>(const PreviewQuery&)> preview;
    std::function<state::Outcome<DecisionShown>(const DecisionQuery&)> decide;
    std::function<Reloaded()> reload;
    std::function<std::vector<HookStatus>()> webhooks;
  };
  struct Counts {
    std::uint64_t wrong_tokens = 0;
    std::uint64_t throttled = 0;
  };

  explicit Api(Parts parts);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Whether a path is the API's to answer.
  [[nodiscard]] static bool owns(std::string_view path);

  /// Whether the Host header means this listener. A name that doesn't is some other site's, led here to have
  /// its visitors' browsers read what is here (DNS rebinding).
  [[nodiscard]] Answer<void> check_host(const http::Request& request) const;

  /// What Handler::wants_body asks. No body is collected from callers who are refused anyway.
  [[nodiscard]] std::uint64_t wants_body(const http::Request& request) const;

  /// REQUIRES: owns(request.path()).
  [[nodiscard]] Response answer(const http::Request& request);

  /// After a reload.
  void use_hosts(HostCheck hosts) { parts_.hosts = std::move(hosts); }

  [[nodiscard]] Counts counts() const { return {authenticator_.wrong_tokens(), authenticator_.throttled()}; }

 private:
  /// A call that has passed: routed, authenticated, of sufficient scope.
  struct Call {
    const http::Request& request;
    const Identity& who;
    const std::string& argument;  ///< the path's "{…}"
    Operation operation;
  };
  using Reply = Answer<Response>;

  [[nodiscard]] Reply pass(const http::Request& request);
  [[nodiscard]] Reply dispatch(const Call& call);

  // api_status.cc
  [[nodiscard]] Reply status(const Call& call);
  [[nodiscard]] Reply group_status(const Call& call);
  [[nodiscard]] Reply set_mode(const Call& call);
  [[nodiscard]] Reply audit(const Call& call);
  [[nodiscard]] Reply reload(const Call& call);
  // api_groups.cc
  [[nodiscard]] Reply list_groups(const Call& call);
  [[nodiscard]] Reply create_group(const Call& call);
  [[nodiscard]] Reply get_group(const Call& call);
  [[nodiscard]] Reply change_group(const Call& call);
  [[nodiscard]] Reply delete_group(const Call& call);
  [[nodiscard]] Reply preview(const Call& call);
  // api_decision.cc
  [[nodiscard]] Reply decision(const Call& call);
  // api_windows.cc
  [[nodiscard]] Reply list_windows(const Call& call);
  [[nodiscard]] Reply add_window(const Call& call);
  [[nodiscard]] Reply get_window(const Call& call);
  [[nodiscard]] Reply change_window(const Call& call);
  [[nodiscard]] Reply delete_window(const Call& call);
  [[nodiscard]] boost::json::object window_json(const model::Window& window) const;
  [[nodiscard]] Answer<void> check_groups(const Identity& who, const std::vector<std::string>& groups) const;
  // api_calendar.cc
  [[nodiscard]] Reply export_calendar(const Call& call);
  [[nodiscard]] Reply import_calendar(const Call& call);
  // api_tokens.cc
  [[nodiscard]] Reply list_tokens(const Call& call);
  [[nodiscard]] Reply create_token(const Call& call);
  [[nodiscard]] Reply revoke_token(const Call& call);

  /// The group that a path names, by name or id. Problem: kUnknownGroup, with the nearest names.
  [[nodiscard]] Answer<state::GroupStatus> find_group(std::string_view name) const;

  Parts parts_;
  Authenticator authenticator_;
};

}  // namespace understudy::control
