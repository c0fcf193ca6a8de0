#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "http/request.h"
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

/// The word used in the log and in the metrics.
[[nodiscard]] constexpr std::string_view to_text(Format format) {
  constexpr std::array<std::string_view, kFormatCount> kNames = {
      "json",     "problem", "html",    "text",   "xml",    "text-xml",    "grpc",
      "grpc-web", "graphql", "jsonrpc", "soap11", "soap12", "event-stream"};
  return kNames[static_cast<std::size_t>(format)];
}

/// What one worker counted for one group.
struct GroupCounters {
  std::array<std::array<std::uint64_t, kFormatCount>, kReasonCount> answers{};
  std::array<std::uint64_t, kReasonCount> files_sent{};       ///< of a page_dir: 2xx
  std::array<std::uint64_t, kReasonCount> files_unchanged{};  ///< 3xx
  std::uint64_t preflights_allowed = 0;
  std::uint64_t preflights_refused = 0;

  GroupCounters& operator+=(const GroupCounters& other);
};

/// What one worker counted in all. Written by its thread alone, copied when metrics are asked for.
struct Counters {
  std::map<std::string, GroupCounters> groups;  ///< by name; "" is what no group matched
  std::uint64_t unmatched = 0;
  std::array<std::uint64_t, http::kFaultCount> refused{};
  std::int64_t connections = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t access_log_dropped = 0;

  Counters& operator+=(const Counters& other);
};

}  // namespace understudy::model
