#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/proxy_header.h"
#include "http/request.h"
#include "model/cause.h"
#include "model/reason.h"

namespace understudy::model {

/// What an answer can look like. The order is the server's preference where a client has none;
/// the first six are negotiated, the others follow from the request's own protocol.
enum class Format : std::uint8_t {
  kJson,
  kProblem,
  kHtml,
  kText,
  kXml,
  kTextXml,  ///< the same document as text/xml
  kGrpc,
  kGrpcWeb,
  kGraphql,
  kJsonRpc,
  kSoap11,
  kSoap12,
  kEventStream,
};
constexpr std::size_t kNegotiatedFormats = 6;
constexpr std::size_t kFormatCount = 13;

inline constexpr std::array<std::string_view, kFormatCount> kFormatNames = {
    "json",     "problem", "html",    "text",   "xml",    "text-xml",    "grpc",
    "grpc-web", "graphql", "jsonrpc", "soap11", "soap12", "event-stream"};
/// The word used in the log and in the metrics.
[[nodiscard]] constexpr std::string_view to_text(Format format) {
  return kFormatNames[static_cast<std::size_t>(format)];
}

/// What one worker counted for one group. Few kinds of answers are given in one group's name: their counts
/// stand together in one line of the processor's cache, however many kinds there could be.
class GroupCounters {
 public:
  void count_answer(Reason reason, Format format) { ++at(answer_slot(reason, format)); }
  void count_file_sent(Reason reason) { ++at(file_slot(reason, 0)); }
  void count_file_unchanged(Reason reason) { ++at(file_slot(reason, 1)); }
  void count_preflight_allowed() { ++at(kPreflights); }
  void count_preflight_refused() { ++at(kPreflights + 1); }
  void count_decision(Cause cause) { ++at(kDecisions + static_cast<std::size_t>(cause)); }

  [[nodiscard]] std::uint64_t answers(Reason reason, Format format) const {
    return look(answer_slot(reason, format));
  }
  [[nodiscard]] std::uint64_t files_sent(Reason reason) const { return look(file_slot(reason, 0)); }  ///< 2xx
  [[nodiscard]] std::uint64_t files_unchanged(Reason reason) const {
    return look(file_slot(reason, 1));
  }  ///< 3xx
  [[nodiscard]] std::uint64_t preflights_allowed() const { return look(kPreflights); }
  [[nodiscard]] std::uint64_t preflights_refused() const { return look(kPreflights + 1); }

  [[nodiscard]] std::uint64_t decisions(Cause cause) const {
    return look(kDecisions + static_cast<std::size_t>(cause));
  }

  GroupCounters& operator+=(const GroupCounters& other);

 private:
  static constexpr std::size_t kFiles = kReasonCount * kFormatCount;
  static constexpr std::size_t kPreflights = kFiles + kReasonCount * 2;
  static constexpr std::size_t kDecisions = kPreflights + 2;
  static_assert(kDecisions + kCauseCount < 255);
  static constexpr std::size_t kFew = 3;
  static constexpr std::uint8_t kFree = 255;

  [[nodiscard]] static std::size_t answer_slot(Reason reason, Format format) {
    return static_cast<std::size_t>(reason) * kFormatCount + static_cast<std::size_t>(format);
  }
  [[nodiscard]] static std::size_t file_slot(Reason reason, std::size_t unchanged) {
    return kFiles + static_cast<std::size_t>(reason) * 2 + unchanged;
  }
  [[nodiscard]] std::uint64_t& at(std::size_t slot) {
    for (std::size_t i = 0; i < kFew; ++i) {
      if (slots_[i] == slot) return counts_[i];
    }
    return make(slot);
  }
  [[nodiscard]] std::uint64_t& make(std::size_t slot);
  [[nodiscard]] std::uint64_t look(std::size_t slot) const;

  std::array<std::uint64_t, kFew> counts_{};
  std::array<std::uint8_t, kFew> slots_{kFree, kFree, kFree};
  std::vector<std::pair<std::uint8_t, std::uint64_t>> more_;
};

/// Why a connection of HAProxy's offload engine was ended with an error.
enum class SpopFault : std::uint8_t {
  kTooBig,
  kMalformed,
  kNoHello,
  kUnexpected,  ///< an unknown type, or one at the wrong time
  kNoVersions,
  kNoFrameSize,
  kNoCapabilities,
  kVersion,
  kFrameSize,
  kFragmented,
  kTimeout,
};
constexpr std::size_t kSpopFaultCount = 11;
inline constexpr std::array<std::string_view, kSpopFaultCount> kSpopFaultNames = {
    "too-big",         "malformed", "no-hello",   "unexpected", "no-versions", "no-frame-size",
    "no-capabilities", "version",   "frame-size", "fragmented", "timeout"};
/// The word used in the metrics.
[[nodiscard]] constexpr std::string_view to_text(SpopFault fault) {
  return kSpopFaultNames[static_cast<std::size_t>(fault)];
}

/// Connections of HAProxy's offload engine.
struct SpopCounters {
  std::int64_t connections = 0;
  std::uint64_t accepted = 0;
  std::uint64_t health_checks = 0;
  std::array<std::uint64_t, kSpopFaultCount> refused{};
};

/// HAProxy's agent checks, by what they were told.
struct AgentCheckCounters {
  std::int64_t connections = 0;
  std::uint64_t up = 0;
  std::uint64_t stopped = 0;
  std::uint64_t unknown = 0;  ///< no such group, or garbage: told up
};

/// What passes were used for.
struct PassUse {
  std::uint64_t count = 0;
  WallTime last;
  friend bool operator==(const PassUse&, const PassUse&) = default;
};

/// What one worker counted in all. Written by its thread alone, copied when metrics are asked for.
struct Counters {
  std::map<std::string, GroupCounters> groups;            ///< by name; "" is what no group matched
  std::map<std::string, PassUse, std::less<>> pass_uses;  ///< by the pass's id
  std::uint64_t unmatched = 0;
  std::array<std::uint64_t, http::kFaultCount> refused{};
  std::int64_t connections = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t access_log_dropped = 0;
  std::array<std::uint64_t, http::kProxyFaultCount> proxy_refused{};
  SpopCounters spop;
  AgentCheckCounters agent_check;

  Counters& operator+=(const Counters& other);
};

}  // namespace understudy::model
