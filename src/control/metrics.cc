#include "control/metrics.h"

#include <array>

#include <fmt/format.h>

namespace understudy::control {
namespace {

constexpr std::size_t kMostZeroes = 1000;

void declare(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

/// Label values: backslash, quote and line feed are escaped.
std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

void append_answers(std::string& out, const std::string& group, const model::GroupCounters& counters) {
  const auto line = [&](model::Reason reason, std::string_view format, std::string_view status,
                        std::uint64_t count) {
    if (count == 0) return;
    out +=
        fmt::format("understudy_answers_total{{group=\"{}\",reason=\"{}\",format=\"{}\",status=\"{}\"}} {}\n",
                    label(group), to_text(reason), format, status, count);
  };
  for (const model::Reason reason : model::kReasons) {
    for (std::size_t i = 0; i < model::kFormatCount; ++i) {
      const auto format = static_cast<model::Format>(i);
      line(reason, to_text(format), "5xx", counters.answers(reason, format));
    }
    line(reason, "file", "2xx", counters.files_sent(reason));
    line(reason, "file", "3xx", counters.files_unchanged(reason));
  }
}

void append_preflights(std::string& out, const std::string& group, const model::GroupCounters& counters) {
  const auto line = [&](std::string_view result, std::uint64_t count) {
    out += fmt::format("understudy_preflights_total{{group=\"{}\",result=\"{}\"}} {}\n", label(group), result,
                       count);
  };
  line("allowed", counters.preflights_allowed());
  line("refused", counters.preflights_refused());
}

void append_decisions(std::string& out, const std::string& group, const model::GroupCounters& counters) {
  for (std::size_t i = 0; i < model::kCauseCount; ++i) {
    const auto cause = static_cast<model::Cause>(i);
    if (counters.decisions(cause) == 0) continue;
    out += fmt::format("understudy_gate_decisions_total{{group=\"{}\",decision=\"{}\",why=\"{}\"}} {}\n",
                       label(group), passes(cause) ? "pass" : "blocked", to_text(cause),
                       counters.decisions(cause));
  }
}

void append_single(std::string& out, std::string_view name, std::string_view type, std::string_view help,
                   std::int64_t value) {
  declare(out, name, type, help);
  out += fmt::format("{} {}\n", name, value);
}

/// What proxies ask for in other protocols than HTTP.
void append_streams(std::string& out, const model::Counters& counters) {
  declare(out, "understudy_proxy_headers_refused_total", "counter",
          "Connections closed for their PROXY protocol header, by what was wrong.");
  for (std::size_t fault = 0; fault < http::kProxyFaultCount; ++fault) {
    out += fmt::format("understudy_proxy_headers_refused_total{{kind=\"{}\"}} {}\n",
                       http::to_text(static_cast<http::ProxyFault>(fault)), counters.proxy_refused[fault]);
  }
  const model::SpopCounters& spop = counters.spop;
  append_single(out, "understudy_spop_connections", "gauge", "Open connections of HAProxy's offload engine.",
                spop.connections);
  append_single(out, "understudy_spop_connections_accepted_total", "counter",
                "Connections of HAProxy's offload engine accepted, health checks among them.",
                static_cast<std::int64_t>(spop.accepted));
  append_single(out, "understudy_spop_health_checks_total", "counter", "Health checks of the agent answered.",
                static_cast<std::int64_t>(spop.health_checks));
  declare(out, "understudy_spop_refused_total", "counter",
          "Connections of HAProxy's offload engine ended for an error, by what was wrong.");
  for (std::size_t fault = 0; fault < model::kSpopFaultCount; ++fault) {
    out += fmt::format("understudy_spop_refused_total{{kind=\"{}\"}} {}\n",
                       to_text(static_cast<model::SpopFault>(fault)), spop.refused[fault]);
  }
  const model::AgentCheckCounters& checks = counters.agent_check;
  declare(out, "understudy_agent_checks_total", "counter",
          "HAProxy's agent checks, by answer; unknown: no such group or garbage, told to be up.");
  for (const auto& [answer, count] : {std::pair("up", checks.up), std::pair("stopped", checks.stopped),
                                      std::pair("unknown", checks.unknown)})
    out += fmt::format("understudy_agent_checks_total{{answer=\"{}\"}} {}\n", answer, count);
  append_single(out, "understudy_agent_check_connections", "gauge", "Agent checks under way.",
                checks.connections);
}

void append_control(std::string& out, const ControlFacts& facts) {
  append_single(out, "understudy_store_well", "gauge", "1: the store takes changes; 0: they are refused.",
                facts.store_well ? 1 : 0);
  append_single(out, "understudy_overdue_groups", "gauge",
                "Groups past the end of a window that stays until somebody opens them.",
                static_cast<std::int64_t>(facts.overdue));
  append_single(out, "understudy_windows", "gauge", "Windows that are stored.",
                static_cast<std::int64_t>(facts.windows));
  append_single(out, "understudy_wrong_tokens_total", "counter", "Calls with a token that is none.",
                static_cast<std::int64_t>(facts.wrong_tokens));
  append_single(out, "understudy_throttled_calls_total", "counter",
                "Calls refused after too many wrong tokens.", static_cast<std::int64_t>(facts.throttled));
  if (facts.webhooks.empty()) return;
  declare(out, "understudy_webhook_deliveries_total", "counter",
          "Events by webhook and what became of them.");
  for (const HookStatus& hook : facts.webhooks) {
    for (const auto& [result, count] :
         {std::pair("delivered", hook.delivered), std::pair("failed", hook.failed)}) {
      out += fmt::format("understudy_webhook_deliveries_total{{webhook=\"{}\",result=\"{}\"}} {}\n",
                         label(hook.name), result, count);
    }
  }
  declare(out, "understudy_webhook_pending", "gauge", "Events that wait for their webhook.");
  for (const HookStatus& hook : facts.webhooks)
    out += fmt::format("understudy_webhook_pending{{webhook=\"{}\"}} {}\n", label(hook.name), hook.pending);
}

}  // namespace

std::string render_metrics(model::Counters counters, const model::Snapshot& snapshot,
                           const ProcessFacts& facts, const ControlFacts& control) {
  // A counter's first step from nothing to one is seen by no alert: the groups stand there from the
  // start, unless there are so many that a scrape would suffer.
  if (snapshot.table->count() <= kMostZeroes) {
    snapshot.table->for_each(
        [&](std::size_t, const model::Group& group) { counters.groups.try_emplace(group.name); });
  }
  std::string out;
  declare(out, "understudy_answers_total", "counter",
          "Answers given in the API's place, by group, reason, format and status class; group \"\" is none.");
  for (const auto& [name, group] : counters.groups) append_answers(out, name, group);
  declare(out, "understudy_preflights_total", "counter",
          "Preflights; refused: an origin, method or header is missing from the group's list.");
  for (const auto& [name, group] : counters.groups) append_preflights(out, name, group);

  declare(out, "understudy_gate_decisions_total", "counter",
          "Requests that proxies asked about, by group, decision and why; group \"\" is none.");
  for (const auto& [name, group] : counters.groups) append_decisions(out, name, group);

  std::array<std::int64_t, 3> modes{};
  snapshot.table->for_each([&](std::size_t index, const model::Group&) {
    ++modes[static_cast<std::size_t>(snapshot.states[index].mode)];
  });
  declare(out, "understudy_groups", "gauge", "Groups by mode.");
  for (const model::Mode mode : {model::Mode::kOpen, model::Mode::kReadOnly, model::Mode::kMaintenance}) {
    out += fmt::format("understudy_groups{{mode=\"{}\"}} {}\n", to_text(mode),
                       modes[static_cast<std::size_t>(mode)]);
  }
  declare(out, "understudy_refused_input_total", "counter",
          "Requests that could not be understood, by what was wrong.");
  for (std::size_t fault = 0; fault < http::kFaultCount; ++fault) {
    out += fmt::format("understudy_refused_input_total{{kind=\"{}\"}} {}\n",
                       http::refusal(static_cast<http::Fault>(fault)).kind, counters.refused[fault]);
  }
  append_single(out, "understudy_unmatched_requests_total", "counter", "Requests that belong to no group.",
                static_cast<std::int64_t>(counters.unmatched));
  append_single(out, "understudy_connections", "gauge", "Open connections.", counters.connections);
  append_single(out, "understudy_connections_accepted_total", "counter", "Connections accepted.",
                static_cast<std::int64_t>(counters.connections_accepted));
  append_single(out, "understudy_access_log_dropped_total", "counter",
                "Access log lines dropped because nobody took them in time.",
                static_cast<std::int64_t>(counters.access_log_dropped));
  append_streams(out, counters);
  append_single(out, "understudy_snapshot_revision", "gauge",
                "Counts up with each change of configuration or mode.",
                static_cast<std::int64_t>(snapshot.revision));
  declare(out, "understudy_reloads_total", "counter", "Reloads of the configuration, by result.");
  out += fmt::format(
      "understudy_reloads_total{{result=\"done\"}} {}\nunderstudy_reloads_total{{result=\"refused\"}} {}\n",
      facts.reloads_done, facts.reloads_refused);
  append_control(out, control);
  declare(out, "understudy_build_info", "gauge", "Always 1; its labels tell what runs.");
  out += fmt::format("understudy_build_info{{version=\"{}\"}} 1\n", facts.version);
  return out;
}

}  // namespace understudy::control
