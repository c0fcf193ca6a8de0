#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "answer/client_script.h"
#include "answer/decide.h"
#include "answer/gate.h"
#include "answer/negotiate.h"
#include "answer/pass_page.h"
#include "answer/password_desk.h"
#include "answer/render.h"
#include "base/clock.h"
#include "base/random.h"
#include "http/handler.h"
#include "model/counters.h"
#include "model/group_table.h"
#include "model/tally.h"

namespace understudy::answer {

/// Answers in the API's place. The stages of a request stand in `answer`, in their order.
/// Threads: one worker's, but for the constructor; the snapshot is handed over by `use`, posted there.
class Answerer final : public http::Handler {
 public:
  /// `clock` and `cache` must outlive the answerer. `seed`: for the jitter of Retry-After.
  Answerer(std::shared_ptr<const model::Snapshot> snapshot, RenderCache& cache, const Clock& clock,
           std::uint64_t seed);

  /// Puts a snapshot in force from the next request on.
  void use(std::shared_ptr<const model::Snapshot> snapshot);

  /// What was counted until now.
  [[nodiscard]] model::Counters counters() const;

  /// Lets people through who know a group's password. Without it no form is offered. `desk` must outlive the
  /// answerer. Before the first request.
  void use_desk(PasswordDesk& desk) { desk_ = &desk; }

  [[nodiscard]] std::uint64_t wants_body(const http::Request& request) const override;
  void answer(const http::Request& request, http::Reply& reply) override;
  void refuse(http::Fault fault, const http::Request& partial, http::Reply& reply) override;
  [[nodiscard]] bool trusts(const http::Peer& peer) const override;
  void proxy_refused(http::ProxyFault fault) override;
  void connection_opened() override;
  void connection_closed() override;

 private:
  /// The group a request belongs to and how it stands; for a request of nobody's, the neutral one.
  struct Scene {
    std::size_t index;
    const model::Group& group;
    const model::GroupState& state;
    model::GroupCounters& counters;
  };

  [[nodiscard]] Scene identify_scene(const http::Request& request);
  [[nodiscard]] Scene scene_of(std::size_t index);
  Format format_of(const http::Request& request);
  void answer_options(const http::Request& request, const Scene& scene, http::Reply& reply);
  [[nodiscard]] bool answer_own_path(const http::Request& request, const Scene& scene, http::Reply& reply);
  void answer_client_script(const http::Request& request, const Scene& scene, http::Reply& reply);
  [[nodiscard]] bool answer_page_file(const http::Request& request, const Scene& scene, model::Reason reason,
                                      http::Reply& reply);
  void answer_unavailable(const http::Request& request, const Scene& scene, const Announcement& said,
                          http::Reply& reply);

  // /_understudy/pass: pass.cc.
  void answer_pass(const http::Request& request, const Scene& scene, http::Reply& reply);
  void answer_pass_link(const http::Request& request, const Scene& scene, std::string_view token,
                        http::Reply& reply);
  void answer_pass_form(const http::Request& request, const Scene& scene, http::Reply& reply);
  void answer_pass_check(const http::Request& request, const Scene& scene, std::string_view ticket,
                         http::Reply& reply);
  void append_pass_page(const http::Request& request, const Scene& scene, const PassPageInput& input,
                        std::string_view more, http::Reply& reply);

  // The gate's HTTP dialect: gate.cc.
  [[nodiscard]] bool answer_gate(const http::Request& request, http::Reply& reply);
  void answer_probe(const http::Request& request, const GateAsk& ask, http::Reply& reply);
  void answer_decision(const http::Request& request, const GateAsk& ask, const Decision& decision,
                       std::string_view group, http::Reply& reply);
  void answer_finished(const http::Request& request, const GateAsk& ask, const Decision& decision,
                       const Scene& scene, http::Reply& reply);

  void append_dated_end(const http::Request& request, const model::CorsPolicy& policy, http::Reply& reply);
  void append_retry_after(std::string& head, const model::Group& group, const model::GroupState& state,
                          std::chrono::seconds turn);
  [[nodiscard]] std::string_view date_line();

  RenderWindow window_;
  ClientScript& script_;
  std::array<std::string_view, kCodingCount> scripts_;  ///< of it, what was asked for already
  NegotiationMemo memo_;
  const Clock& clock_;
  Random random_;
  PasswordDesk* desk_ = nullptr;

  std::shared_ptr<const model::Snapshot> snapshot_;
  model::Tally tally_;
  model::GroupCounters* neutral_counters_ = nullptr;

  std::shared_ptr<const void> page_owner_;  ///< of the file last handed out

  std::int64_t date_second_ = -1;
  std::string date_line_;
  WallTime now_;
};

}  // namespace understudy::answer
