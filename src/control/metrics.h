#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/api.h"
#include "model/counters.h"
#include "model/group_table.h"

namespace understudy::control {

/// What the metrics tell beside the workers' counters.
struct ProcessFacts {
  std::string_view version;
  std::uint64_t reloads_done = 0;
  std::uint64_t reloads_refused = 0;
};

/// What the control thread tells.
struct ControlFacts {
  bool store_well = true;
  std::size_t overdue = 0;  ///< groups past the end of their window
  std::size_t windows = 0;
  std::uint64_t wrong_tokens = 0;
  std::uint64_t throttled = 0;
  std::vector<HookStatus> webhooks;
  std::vector<ProxyStatus> proxies;
};

/// The Prometheus text exposition format, version 0.0.4. Series that never counted are left out, but
/// for preflights, which are alerted on: the label set is bounded by the configuration, whatever clients
/// send.
[[nodiscard]] std::string render_metrics(model::Counters counters, const model::Snapshot& snapshot,
                                         const ProcessFacts& facts, const ControlFacts& control);

}  // namespace understudy::control
