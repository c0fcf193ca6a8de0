#include "gate/spop_stream.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "gate/spop_message.h"

namespace understudy::gate {
namespace {

using model::SpopFault;

constexpr std::string_view kVersion = "2.0";
/// No peer may offer less (section 3.2).
constexpr std::uint32_t kLeastFrame = 256;
/// Type, flags and two ids.
constexpr std::uint32_t kShortestFrame = 7;

/// For HELLO, and for the rest of a frame.
constexpr std::chrono::seconds kShortPatience{10};
/// HAProxy closes idle connections itself (`timeout idle`); what is idle for this long has been forgotten.
constexpr std::chrono::hours kLongPatience{1};

struct Status {
  std::uint32_t code;  ///< section 3.5
  std::string_view message;
};

Status status_of(SpopFault fault) {
  constexpr std::array<Status, model::kSpopFaultCount> kStatuses = {{
      {3, "the frame is larger than was agreed"},
      {4, "the frame is malformed"},
      {4, "HAPROXY-HELLO comes first"},
      {4, "the frame's type is unknown, or not HAProxy's to send now"},
      {5, "HAPROXY-HELLO without supported-versions"},
      {6, "HAPROXY-HELLO without max-frame-size"},
      {7, "HAPROXY-HELLO without capabilities"},
      {8, "only SPOP 2.x is spoken here"},
      {9, "max-frame-size is below 256"},
      {10, "fragmentation is not supported"},
      {2, "the rest did not come in time"},
  }};
  return kStatuses[static_cast<std::size_t>(fault)];
}

/// Whether one of "2.0, 1.5" has our major version.
bool speaks_our_version(std::string_view versions) {
  while (!versions.empty()) {
    const std::string_view version = trim(take_until(versions, ','));
    if (version == "2" || version.starts_with("2.")) return true;
  }
  return false;
}

/// The items of a HAPROXY-HELLO.
struct Hello {
  std::optional<std::string_view> versions;
  std::optional<std::uint64_t> most_frame;
  bool capabilities = false;
  bool health_check = false;
};

std::optional<Hello> parse_hello(std::string_view payload) {
  SpopReader reader(payload);
  Hello hello;
  while (reader.more()) {
    const std::string_view name = reader.text();
    const SpopValue value = reader.value();
    if (!reader.ok()) break;
    if (name == "supported-versions" && value.is_text()) hello.versions = value.bytes;
    if (name == "max-frame-size" && value.is_number()) hello.most_frame = value.number;
    if (name == "capabilities" && value.is_text()) hello.capabilities = true;
    if (name == "healthcheck") hello.health_check = value.truth;
  }
  return reader.ok() ? std::optional(hello) : std::nullopt;
}

}  // namespace

SpopStream::SpopStream(Desk& desk) : desk_(desk) {
  ++desk_.counters().spop.connections;
  ++desk_.counters().spop.accepted;
}

SpopStream::~SpopStream() { --desk_.counters().spop.connections; }

http::Stream::Step SpopStream::on_bytes(std::string_view bytes, std::string& out) {
  std::size_t used = 0;
  within_frame_ = false;
  while (bytes.size() - used >= kSpopPrefix) {
    const std::string_view rest = bytes.substr(used);
    const std::uint32_t length = SpopReader(rest).u32();
    if (length > most_frame_) return {used, !refuse(SpopFault::kTooBig, out)};
    if (length < kShortestFrame) return {used, !refuse(SpopFault::kMalformed, out)};
    if (rest.size() - kSpopPrefix < length) break;
    used += kSpopPrefix + length;
    const auto frame = parse_spop_frame(rest.substr(kSpopPrefix, length));
    const bool goes_on = frame ? answer(*frame, out) : refuse(SpopFault::kMalformed, out);
    if (!goes_on) return {used, true};
  }
  within_frame_ = used < bytes.size();
  return {used, false};
}

bool SpopStream::answer(const SpopFrame& frame, std::string& out) {
  const bool fragment = frame.type == SpopType::kUnset || (frame.flags & kSpopFin) == 0;
  if (frame.type != SpopType::kHaproxyHello && !greeted_) return refuse(SpopFault::kNoHello, out);
  if (fragment) return refuse(SpopFault::kFragmented, out);
  switch (frame.type) {
    case SpopType::kHaproxyHello:
      return greeted_ ? refuse(SpopFault::kUnexpected, out) : greet(frame, out);
    case SpopType::kNotify:
      return acknowledge(frame, out);
    case SpopType::kHaproxyDisconnect:
      return part(0, "", out);
    default:
      return refuse(SpopFault::kUnexpected, out);
  }
}

bool SpopStream::greet(const SpopFrame& frame, std::string& out) {
  const auto hello = parse_hello(frame.payload);
  if (!hello || frame.stream != 0 || frame.frame != 0) return refuse(SpopFault::kMalformed, out);
  if (!hello->versions) return refuse(SpopFault::kNoVersions, out);
  if (!hello->most_frame) return refuse(SpopFault::kNoFrameSize, out);
  if (!hello->capabilities) return refuse(SpopFault::kNoCapabilities, out);
  if (!speaks_our_version(*hello->versions)) return refuse(SpopFault::kVersion, out);
  if (*hello->most_frame < kLeastFrame) return refuse(SpopFault::kFrameSize, out);
  most_frame_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(*hello->most_frame, kMostFrame));
  greeted_ = true;
  SpopWriter writer(out, SpopType::kAgentHello, 0, 0);
  writer.item("version", kVersion);
  writer.item("max-frame-size", most_frame_);
  writer.item("capabilities", "pipelining");
  writer.finish();
  if (hello->health_check) ++desk_.counters().spop.health_checks;
  return !hello->health_check;
}

bool SpopStream::acknowledge(const SpopFrame& frame, std::string& out) {
  const SpopNotify notify = parse_notify(frame.payload);
  if (!notify.well_formed) return refuse(SpopFault::kMalformed, out);
  SpopWriter writer(out, SpopType::kAck, frame.stream, frame.frame);
  if (notify.asked) {
    const SpopQuestion& asked = *notify.asked;
    const Desk::Verdict verdict = desk_.decide(asked.group, asked.host, asked.question);
    writer.set_flag("blocked", verdict.decision.blocked());
    writer.set_variable("group", verdict.group);
    writer.set_variable("why", answer::to_text(verdict.decision.cause));
  }
  writer.finish();
  return true;
}

bool SpopStream::refuse(SpopFault fault, std::string& out) {
  ++desk_.counters().spop.refused[static_cast<std::size_t>(fault)];
  const Status status = status_of(fault);
  return part(status.code, status.message, out);
}

/// Says goodbye; what is called with its result closes the connection.
bool SpopStream::part(std::uint32_t status, std::string_view message, std::string& out) {
  SpopWriter writer(out, SpopType::kAgentDisconnect, 0, 0);
  writer.item("status-code", status);
  writer.item("message", message);
  writer.finish();
  return false;
}

http::Stream::Step SpopStream::on_silence(std::string& out) {
  // Who is quiet between two frames has done nothing wrong, and is told nothing but goodbye.
  const bool waited_for_more = within_frame_ || !greeted_;
  return {0, !(waited_for_more ? refuse(SpopFault::kTimeout, out) : part(0, "", out))};
}

http::Stream::Step SpopStream::on_drain(std::string& out) { return {0, !part(0, "", out)}; }

std::chrono::milliseconds SpopStream::patience() const {
  return greeted_ && !within_frame_ ? std::chrono::milliseconds(kLongPatience)
                                    : std::chrono::milliseconds(kShortPatience);
}

}  // namespace understudy::gate
