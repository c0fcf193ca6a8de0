#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gate/desk.h"
#include "gate/spop_frame.h"
#include "http/stream.h"
#include "model/counters.h"

namespace understudy::gate {

/// One connection of HAProxy's stream processing offload engine (HAProxy: doc/SPOE.txt, section 3.2): HELLO,
/// then NOTIFY frames, each answered at once by an ACK in the same order, as many outstanding as HAProxy
/// likes. Every error is answered by AGENT-DISCONNECT with its status, counted, and ends the connection:
/// HAProxy then lets the requests concerned through, and opens another.
class SpopStream final : public http::Stream {
 public:
  /// `desk` must outlive the stream.
  explicit SpopStream(Desk& desk);
  ~SpopStream() override;

  Step on_bytes(std::string_view bytes, std::string& out) override;
  Step on_silence(std::string& out) override;
  Step on_drain(std::string& out) override;
  [[nodiscard]] std::chrono::milliseconds patience() const override;
  [[nodiscard]] std::size_t most_input() const override { return kMostFrame + kSpopPrefix; }

  /// The largest frame that is agreed to. HAProxy's own offer is its buffer less 4 bytes: 16380.
  static constexpr std::uint32_t kMostFrame = 56 * 1024;

 private:
  /// Answers one frame. False: that was the last.
  bool answer(const SpopFrame& frame, std::string& out);
  bool greet(const SpopFrame& frame, std::string& out);
  bool acknowledge(const SpopFrame& frame, std::string& out);
  bool refuse(model::SpopFault fault, std::string& out);
  bool part(std::uint32_t status, std::string_view message, std::string& out);

  Desk& desk_;
  std::uint32_t most_frame_ = kMostFrame;
  bool greeted_ = false;
  bool within_frame_ = false;  ///< the last bytes were no whole frame
};

/// Makes them. One for each worker.
class SpopAgent final : public http::StreamHandler {
 public:
  explicit SpopAgent(Desk& desk) : desk_(desk) {}
  [[nodiscard]] std::unique_ptr<http::Stream> open(const http::Peer&) override {
    return std::make_unique<SpopStream>(desk_);
  }

 private:
  Desk& desk_;
};

}  // namespace understudy::gate
