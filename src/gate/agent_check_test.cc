#include "gate/agent_check.h"

#include <gtest/gtest.h>

#include "state/test_snapshot.h"

namespace understudy::gate {
namespace {

constexpr std::string_view kConfig = R"(
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
[groups.blog]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c4"
default = true
)";

class AgentCheckTest : public testing::Test {
 protected:
  void modes(model::Mode shop, model::Mode blog = model::Mode::kOpen) {
    model::GroupState a;
    a.mode = shop;
    model::GroupState b;
    b.mode = blog;
    desk_.use(state::test_snapshot(kConfig, {{"shop", a}, {"blog", b}}));
  }
  /// What a check gets that sends this and then waits, in pieces.
  std::string told(std::string_view line, std::size_t piece = 1'000) {
    const auto stream = AgentCheck(desk_).open({});
    std::string out;
    while (!line.empty()) {
      const auto step = stream->on_bytes(line.substr(0, piece), out);
      EXPECT_EQ(step.used, std::min(piece, line.size()));
      if (step.close) return out;
      EXPECT_EQ(out, "");
      line.remove_prefix(step.used);
    }
    EXPECT_TRUE(stream->on_silence(out).close);
    return out;
  }

  FakeClock clock_{WallTime{}};
  Desk desk_{state::test_snapshot(kConfig), clock_};
};

TEST_F(AgentCheckTest, TakesServersOutAndBack) {
  modes(model::Mode::kMaintenance);
  EXPECT_EQ(told("shop\n"), "stopped #understudy: maintenance\n");
  EXPECT_EQ(told("shop\r\n"), "stopped #understudy: maintenance\n");
  EXPECT_EQ(told("shop maint\n", 1), "maint #understudy: maintenance\n");
  EXPECT_EQ(told("9E428B69-47e2-48b7-a694-bb2222bf48c3\n"), "stopped #understudy: maintenance\n");
  EXPECT_EQ(told("blog\n"), "up\n");
  modes(model::Mode::kOpen);
  EXPECT_EQ(told("shop\n"), "up\n");
  EXPECT_EQ(told("shop maint\n"), "ready\n");
  modes(model::Mode::kReadOnly);
  EXPECT_EQ(told("shop\n"), "up\n") << "reads have to get through";
  EXPECT_EQ(desk_.counters().agent_check.stopped, 4U);
  EXPECT_EQ(desk_.counters().agent_check.up, 4U);
  EXPECT_EQ(desk_.counters().agent_check.connections, 0);
}

TEST_F(AgentCheckTest, KnowsWhomSilenceMeans) {
  modes(model::Mode::kOpen, model::Mode::kMaintenance);
  EXPECT_EQ(told(""), "stopped #understudy: maintenance\n");
  EXPECT_EQ(told("\n"), "stopped #understudy: maintenance\n");
  EXPECT_EQ(told("shop"), "up\n") << "a line without its end";
  EXPECT_EQ(told("blog\nshop\n"), "stopped #understudy: maintenance\n") << "the first line alone";
}

TEST_F(AgentCheckTest, TakesNothingOutForGarbage) {
  modes(model::Mode::kMaintenance, model::Mode::kMaintenance);
  using namespace std::string_view_literals;
  const std::string endless(4096, 'x');
  for (const std::string_view line : {"shpo\n"sv, "shop drain\n"sv, "shop maint now\n"sv, "\0\n"sv,
                                      "\xFF\xFE\n"sv, "GET / HTTP/1.1\r\n"sv, std::string_view(endless)}) {
    EXPECT_EQ(told(line), "up #understudy: no such group\n") << line;
  }
  EXPECT_EQ(desk_.counters().agent_check.unknown, 7U);
  EXPECT_EQ(desk_.counters().agent_check.stopped, 0U);
}

}  // namespace
}  // namespace understudy::gate
