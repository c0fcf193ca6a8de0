#include "gate/spop_stream.h"

#include <gtest/gtest.h>

#include "gate/test_spop.h"
#include "state/test_snapshot.h"

namespace understudy::gate {
namespace {

using namespace std::string_literals;
using model::SpopFault;

constexpr std::string_view kConfig = R"(
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
hosts = ["api.shop.example"]
)";

class SpopStreamTest : public testing::Test {
 protected:
  SpopStreamTest() { mode(model::Mode::kMaintenance); }

  void mode(model::Mode mode) {
    model::GroupState state;
    state.mode = mode;
    desk_.use(state::test_snapshot(kConfig, {{"shop", state}}));
  }
  /// Offers bytes as a connection does, `piece` at a time.
  void send(std::string_view bytes, std::size_t piece = 1'000'000) {
    while (!bytes.empty() && !closed_) {
      rest_.append(bytes.substr(0, piece));
      bytes.remove_prefix(std::min(piece, bytes.size()));
      const auto step = stream_.on_bytes(rest_, out_);
      ASSERT_LE(step.used, rest_.size());
      rest_.erase(0, step.used);
      closed_ = step.close;
    }
  }
  std::uint64_t refused(SpopFault fault) {
    return desk_.counters().spop.refused[static_cast<std::size_t>(fault)];
  }
  /// The status of the AGENT-DISCONNECT that is the next answer.
  std::uint64_t status() {
    const std::string taken = take_frame(out_);
    const auto read = parse_spop_frame(std::string_view(taken).substr(std::min(kSpopPrefix, taken.size())));
    if (!read || read->type != SpopType::kAgentDisconnect) return 1000;
    SpopReader reader(read->payload);
    EXPECT_EQ(reader.text(), "status-code");
    const std::uint64_t code = reader.value().number;
    EXPECT_EQ(reader.text(), "message");
    static_cast<void>(reader.value());
    EXPECT_TRUE(reader.ok() && !reader.more());
    return code;
  }
  void expect_refused(const std::string& bytes, std::uint64_t code, SpopFault fault) {
    SpopStreamTest_Once once(*this);
    send(kSeenHello);
    take_frame(out_);
    send(bytes);
    EXPECT_TRUE(closed_) << testing::PrintToString(bytes);
    EXPECT_EQ(status(), code) << testing::PrintToString(bytes);
    EXPECT_EQ(out_, "");
    EXPECT_EQ(refused(fault), once.before(fault) + 1) << to_text(fault);
  }
  void expect_hello_refused(const std::string& bytes, std::uint64_t code, SpopFault fault) {
    SpopStreamTest_Once once(*this);
    send(bytes);
    EXPECT_TRUE(closed_) << testing::PrintToString(bytes);
    EXPECT_EQ(status(), code) << testing::PrintToString(bytes);
    EXPECT_EQ(refused(fault), once.before(fault) + 1) << to_text(fault);
  }

  /// Each refusal needs a connection of its own.
  class SpopStreamTest_Once {
   public:
    explicit SpopStreamTest_Once(SpopStreamTest& test) : counted_(test.desk_.counters().spop.refused) {
      std::destroy_at(&test.stream_);
      std::construct_at(&test.stream_, test.desk_);
      test.out_.clear();
      test.rest_.clear();
      test.closed_ = false;
    }
    [[nodiscard]] std::uint64_t before(SpopFault fault) const {
      return counted_[static_cast<std::size_t>(fault)];
    }

   private:
    std::array<std::uint64_t, model::kSpopFaultCount> counted_;
  };

  FakeClock clock_{WallTime{}};
  Desk desk_{state::test_snapshot(kConfig), clock_};
  SpopStream stream_{desk_};
  std::string rest_;
  std::string out_;
  bool closed_ = false;
};

/// AGENT-HELLO: version "2.0", max-frame-size 16380, capabilities "pipelining".
const std::string kAgentHello = from_hex(
    "0000004065000000010000"
    "0776657273696f6e0803322e300e6d61782d6672616d652d73697a6503fcf0060c6361706162696c6974696573080a706970656c"
    "696e696e67");

std::string ack(std::string_view flag, std::string_view group, std::string_view why) {
  std::string payload = "\x01\x03\x02\x07"s.append("blocked").append(flag);
  payload.append("\x01\x03\x02\x05group\x08");
  append_text(payload, group);
  payload.append("\x01\x03\x02\x03why\x08");
  append_text(payload, why);
  return frame(SpopType::kAck, payload, kSpopFin, 0, 1);
}

TEST_F(SpopStreamTest, AnswersInPieces) {
  const std::string all = kSeenHello + kSeenNotify + kSeenNotify;
  const std::string expected =
      kAgentHello + ack("\x11", "shop", "maintenance") + ack("\x11", "shop", "maintenance");
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    SpopStreamTest_Once once(*this);
    send(all, piece);
    ASSERT_EQ(out_, expected) << piece;
    EXPECT_FALSE(closed_);
  }
  EXPECT_EQ(desk_.counters().spop.connections, 1);
}

TEST_F(SpopStreamTest, TellsWhetherItPasses) {
  send(kSeenHello);
  out_.clear();
  mode(model::Mode::kOpen);
  send(kSeenNotify);
  EXPECT_EQ(out_, ack("\x01", "shop", "open"));
  out_.clear();
  mode(model::Mode::kMaintenance);
  send(kSeenNotify);
  EXPECT_EQ(out_, ack("\x11", "shop", "maintenance")) << "the next frame on an open connection";
}

TEST_F(SpopStreamTest, FindsTheGroupByItsHost) {
  send(kSeenHello);
  out_.clear();
  send(frame(SpopType::kNotify,
             "\x0Aunderstudy\x01\x04host\x08\x14"
             "API.shop.example:443"s,
             kSpopFin, 0, 1));
  EXPECT_EQ(out_, ack("\x11", "shop", "maintenance"));
  out_.clear();
  send(frame(SpopType::kNotify, "\x0Aunderstudy\x01\x04host\x08\x05other"s, kSpopFin, 0, 1));
  EXPECT_EQ(out_, ack("\x01", "", "open")) << "nobody's: it passes";
  EXPECT_EQ(desk_.counters().unmatched, 1U);
}

TEST_F(SpopStreamTest, AcknowledgesWhatIsNotForUs) {
  send(kSeenHello);
  out_.clear();
  send(frame(SpopType::kNotify, "", kSpopFin, 300, 7));
  EXPECT_EQ(out_, frame(SpopType::kAck, "", kSpopFin, 300, 7));
}

TEST_F(SpopStreamTest, AnswersAHealthCheckAndCloses) {
  send(kSeenHealthCheck);
  EXPECT_EQ(out_, kAgentHello);
  EXPECT_TRUE(closed_);
  EXPECT_EQ(desk_.counters().spop.health_checks, 1U);
}

TEST_F(SpopStreamTest, SaysGoodbye) {
  send(kSeenHello);
  out_.clear();
  send(frame(SpopType::kHaproxyDisconnect, "\x0bstatus-code\x03\x02\x07message\x08\x00"s));
  EXPECT_EQ(status(), 0U);
  EXPECT_TRUE(closed_);

  SpopStreamTest_Once once(*this);
  send(kSeenHello + kSeenNotify);
  EXPECT_TRUE(stream_.on_drain(out_).close);
  EXPECT_EQ(
      out_.substr(
          0, out_.size() -
                 frame(SpopType::kAgentDisconnect, "\x0bstatus-code\x03\x00\x07message\x08\x00"s).size()),
      kAgentHello + ack("\x11", "shop", "maintenance"))
      << "what was asked is answered first";
}

TEST_F(SpopStreamTest, LosesPatienceInTheMiddleAlone) {
  EXPECT_LT(stream_.patience(), std::chrono::minutes(1));
  EXPECT_TRUE(stream_.on_silence(out_).close);
  EXPECT_EQ(status(), 2U);

  SpopStreamTest_Once once(*this);
  send(kSeenHello);
  out_.clear();
  EXPECT_GT(stream_.patience(), std::chrono::minutes(30));
  EXPECT_TRUE(stream_.on_silence(out_).close);
  EXPECT_EQ(status(), 0U);

  SpopStreamTest_Once again(*this);
  send(kSeenHello + kSeenNotify.substr(0, 20));
  out_.clear();
  EXPECT_LT(stream_.patience(), std::chrono::minutes(1));
  EXPECT_TRUE(stream_.on_silence(out_).close);
  EXPECT_EQ(status(), 2U);
  EXPECT_EQ(refused(SpopFault::kTimeout), 2U);
}

TEST_F(SpopStreamTest, RefusesBrokenFrames) {
  expect_refused("\xFF\xFF\xFF\xFF", 3, SpopFault::kTooBig);
  expect_refused(from_hex("00003ffd"), 3, SpopFault::kTooBig);  // 16381
  expect_refused(std::string(4, '\0'), 4, SpopFault::kMalformed);
  expect_refused(from_hex("00000006"), 4, SpopFault::kMalformed);
  expect_refused(from_hex("0000000a0300000001") + std::string(5, '\xFF'), 4, SpopFault::kMalformed);
  expect_refused(from_hex("000000140300000001") + std::string(15, '\xFF'), 4, SpopFault::kMalformed);
  expect_refused(frame(SpopType::kNotify, "\xFF\xFF\xFF\xFF\xFF\xFF"), 4, SpopFault::kMalformed);
  expect_refused(frame(SpopType::kNotify, "\x0Aunderstudy\x01\x01z\x0B"), 4, SpopFault::kMalformed);
  expect_refused(frame(SpopType::kNotify, "\x0Aunderstudy\xFF\x01z\x11"), 4, SpopFault::kMalformed);
  expect_refused(frame(SpopType::kNotify, "", 0), 10, SpopFault::kFragmented);
  expect_refused(frame(SpopType::kUnset, "", kSpopFin), 10, SpopFault::kFragmented);
  expect_refused(frame(SpopType::kUnset, "", kSpopFin | kSpopAbort), 10, SpopFault::kFragmented);
  expect_refused(frame(SpopType::kNotify, "", kSpopAbort), 10, SpopFault::kFragmented);
  expect_refused(kSeenHello, 4, SpopFault::kUnexpected);
  expect_refused(frame(SpopType::kAck, ""), 4, SpopFault::kUnexpected);
  expect_refused(frame(static_cast<SpopType>(77), ""), 4, SpopFault::kUnexpected);
}

TEST_F(SpopStreamTest, RefusesBrokenHellos) {
  expect_hello_refused(kSeenNotify, 4, SpopFault::kNoHello);
  expect_hello_refused(frame(SpopType::kHaproxyDisconnect, ""), 4, SpopFault::kNoHello);
  expect_hello_refused(frame(SpopType::kUnset, "", 0), 4, SpopFault::kNoHello);
  expect_hello_refused("GET / HTTP/1.1\r\n\r\n", 3, SpopFault::kTooBig);
  const std::string versions =
      "\x12supported-versions\x08\x03"
      "2.0";
  const std::string size = "\x0Emax-frame-size\x03\xFC\xF0\x06";
  const std::string capabilities =
      "\x0C"
      "capabilities\x08\x00"s;
  const auto hello = [](const std::string& items) { return frame(SpopType::kHaproxyHello, items); };
  expect_hello_refused(hello(size + capabilities), 5, SpopFault::kNoVersions);
  expect_hello_refused(hello(versions + capabilities), 6, SpopFault::kNoFrameSize);
  expect_hello_refused(hello(versions + size), 7, SpopFault::kNoCapabilities);
  expect_hello_refused(hello("\x12supported-versions\x08\x08"
                             "1.0, 3.0" +
                             size + capabilities),
                       8, SpopFault::kVersion);
  expect_hello_refused(hello(versions + "\x0Emax-frame-size\x03\xEF" + capabilities), 9,
                       SpopFault::kFrameSize);
  expect_hello_refused(hello(versions + size + capabilities + "\x01"), 4, SpopFault::kMalformed);
  expect_hello_refused(frame(SpopType::kHaproxyHello, versions + size + capabilities, 0), 10,
                       SpopFault::kFragmented);
  expect_hello_refused(frame(SpopType::kHaproxyHello, versions + size + capabilities, 1, 1), 4,
                       SpopFault::kMalformed);
  SpopStreamTest_Once once(*this);
  send(
      hello("\x12supported-versions\x08\x08"
            "1.5, 2.7" +
            size + capabilities));
  EXPECT_EQ(out_, kAgentHello);
  EXPECT_FALSE(closed_);
}

TEST_F(SpopStreamTest, AgreesToNoMoreThanItTakes) {
  const std::string huge = "\x0Emax-frame-size\x03";
  std::string items =
      "\x12supported-versions\x08\x03"
      "2.0" +
      huge;
  append_varint(items, 1 << 20);
  items +=
      "\x0C"
      "capabilities\x08\x00"s;
  send(frame(SpopType::kHaproxyHello, items));
  ASSERT_FALSE(closed_);
  out_.clear();
  // The largest that fits: "x" with one long string.
  const std::size_t fixed = 7 + 1 + 1 + 1 + 1 + 1 + 1 + 4;
  std::string payload = "\x01x\x01\x01y\x08";
  append_text(payload, std::string(SpopStream::kMostFrame - fixed + 1, 'z'));
  const std::string largest = frame(SpopType::kNotify, payload);
  ASSERT_EQ(largest.size(), stream_.most_input());
  send(largest, 1000);
  EXPECT_EQ(out_, frame(SpopType::kAck, ""));
}

}  // namespace
}  // namespace understudy::gate
