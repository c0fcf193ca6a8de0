#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gate/desk.h"
#include "http/stream.h"

namespace understudy::gate {

/// One of HAProxy's agent checks: a line that names a group, and optionally "maint"; a line in answer;
/// closed. Who says nothing is told about the default group.
///   "shop"        "up", or "stopped #understudy: maintenance": undoes only what it did itself
///   "shop maint"  "ready", or "maint #…": sets the operator's own switch, for who asks for that
/// Read-only and reopening groups are up. A group that is not known is up: a wrong name must not take an API
/// down.
class AgentCheckStream final : public http::Stream {
 public:
  /// `desk` must outlive the stream.
  explicit AgentCheckStream(Desk& desk);
  ~AgentCheckStream() override;

  Step on_bytes(std::string_view bytes, std::string& out) override;
  Step on_silence(std::string& out) override;
  Step on_drain(std::string& out) override;
  [[nodiscard]] std::chrono::milliseconds patience() const override { return kPatience; }
  [[nodiscard]] std::size_t most_input() const override { return kMostLine; }

  static constexpr std::size_t kMostLine = 512;
  /// HAProxy without `agent-send` waits for us, and `timeout check` is running.
  static constexpr std::chrono::milliseconds kPatience{200};

 private:
  enum class Line : std::uint8_t { kRead, kGarbage };
  void answer(std::string_view line, std::string& out, Line kind);

  Desk& desk_;
  std::string line_;  ///< its beginning, without an end yet
};

/// Makes them. One for each worker.
class AgentCheck final : public http::StreamHandler {
 public:
  explicit AgentCheck(Desk& desk) : desk_(desk) {}
  [[nodiscard]] std::unique_ptr<http::Stream> open(const http::Peer&) override {
    return std::make_unique<AgentCheckStream>(desk_);
  }

 private:
  Desk& desk_;
};

}  // namespace understudy::gate
