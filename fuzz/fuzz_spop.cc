// What HAProxy's offload engine sends, and whoever reaches its listener: frames, whole or in pieces.
#include <memory>
#include <string>

#include "base/clock.h"
#include "fuzz/check.h"
#include "gate/desk.h"
#include "gate/spop_message.h"
#include "gate/spop_stream.h"
#include "model/group_table.h"

namespace {

using understudy::fuzz::lies_in;
using understudy::fuzz::require;
using namespace understudy::gate;

/// Nobody's group: the decision has targets of its own.
std::shared_ptr<const understudy::model::Snapshot> snapshot() {
  auto made = std::make_shared<understudy::model::Snapshot>();
  made->table = std::make_shared<understudy::model::GroupTable>(1, std::vector<understudy::model::Group>{},
                                                                understudy::model::GroupTable::kNone,
                                                                understudy::model::Group{});
  return made;
}

void check_frame(std::string_view bytes) {
  const auto frame = parse_spop_frame(bytes);
  if (!frame) return;
  require(lies_in(frame->payload, bytes), "a payload lies in its frame");
  const SpopNotify notify = parse_notify(frame->payload);
  if (!notify.asked) return;
  const auto& question = notify.asked->question;
  for (const std::string_view part : {notify.asked->group, notify.asked->host, question.cookies,
                                      question.header, question.method, question.pass})
    require(lies_in(part, bytes), "an argument lies in its frame");
}

/// What is said is whole frames of an agent's own types, and the last of a connection that closes for an
/// error is AGENT-DISCONNECT.
void check_output(std::string_view out) {
  while (!out.empty()) {
    require(out.size() >= kSpopPrefix, "a frame has a length");
    const std::size_t length = SpopReader(out).u32();
    require(length <= out.size() - kSpopPrefix, "a frame is whole");
    const auto frame = parse_spop_frame(out.substr(kSpopPrefix, length));
    require(frame.has_value() && frame->flags == kSpopFin, "a frame can be read");
    const bool ours = frame->type == SpopType::kAgentHello || frame->type == SpopType::kAck ||
                      frame->type == SpopType::kAgentDisconnect;
    require(ours, "a frame is an agent's");
    out.remove_prefix(kSpopPrefix + length);
  }
}

struct Said {
  std::string out;
  std::size_t used = 0;
  bool closed = false;
};

Said converse(Desk& desk, std::string_view bytes, std::size_t piece) {
  SpopStream stream(desk);
  Said said;
  std::size_t offered = 0;
  while (offered < bytes.size() && !said.closed) {
    offered = std::min(bytes.size(), offered + piece);
    const std::string_view waiting = bytes.substr(said.used, offered - said.used);
    const auto step = stream.on_bytes(waiting, said.out);
    require(step.used <= waiting.size(), "no more is used than came");
    require(step.close || waiting.size() - step.used < stream.most_input(), "what waits is bounded");
    said.used += step.used;
    said.closed = step.close;
  }
  return said;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const understudy::SystemClock kClock;
  static Desk desk(snapshot(), kClock);
  const std::string_view bytes = understudy::fuzz::to_text(data, size);
  check_frame(bytes);
  const Said whole = converse(desk, bytes, bytes.size() + 1);
  check_output(whole.out);
  const Said split = converse(desk, bytes, 1 + understudy::fuzz::number_from(bytes) % 40);
  require(whole.out == split.out && whole.closed == split.closed, "pieces make no difference");
  require(desk.counters().spop.connections == 0, "every connection is counted out again");
  return 0;
}
