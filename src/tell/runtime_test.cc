// One HAProxy over its stats socket, with a HAProxy of the test's own that answers as 2.6 does.

#include "tell/runtime.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "base/text.h"
#include "tell/replies.h"

namespace understudy::tell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

const Stand kOpen{model::Mode::kOpen, {}, {}, ""};
const Stand kReadOnly{model::Mode::kReadOnly, {}, {}, ""};
const Stand kMaintenance{model::Mode::kMaintenance, {}, {}, ""};

class FakeHaproxy {
 public:
  std::map<std::string, std::string> map;
  std::map<std::string, unsigned> servers = {{"app/app1", 0}, {"app/app2", 0}};
  std::vector<std::string> changes;  ///< commands that are no "show"
  std::string refusal;               ///< of commands that change something
  bool dead = false;

  Ask ask() {
    return [this](const ListenAddress&, const std::string& line) -> Result<std::string> {
      if (dead) return Error{"can't connect: Connection refused"};
      std::string reply;
      std::string_view rest = line;
      while (!rest.empty()) reply += answer(trim(take_until(rest, ';')));
      return {boost::system::in_place_value, std::move(reply)};
    };
  }

 private:
  std::string answer(std::string_view command) {
    std::string_view rest = command;
    std::vector<std::string> words;
    while (!rest.empty()) words.emplace_back(take_until(rest, ' '));
    if (words[0] == "show") return words[1] == "map" ? show_map(words[2]) : show_servers(words[3]);
    changes.emplace_back(command);
    if (!refusal.empty()) return refusal + "\n\n";
    if (words[1] == "server") return set_server(words[2], words[4]);
    if (words[0] == "del") return map.erase(words[3]) == 0 ? "Key not found.\n\n" : "\n";
    if (words[0] == "set" && !map.contains(words[3])) return "entry not found.\n\n";
    map[words[3]] = words[4];
    return "\n";
  }
  std::string show_map(std::string_view name) {
    if (name != "/a.map") return "Unknown map identifier. Please use #<id> or <file>.\n\n";
    std::string out;
    for (const auto& [key, value] : map) out += fmt::format("0x1 {} {}\n", key, value);
    return out + "\n";
  }
  std::string show_servers(std::string_view backend) {
    if (backend != "app") return "Can't find backend.\n\n";
    std::string out = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state\n";
    for (const auto& [name, admin] : servers)
      out += fmt::format("3 app 1 {} 127.0.0.1 2 {}\n", name.substr(4), admin);
    return out + "\n";
  }
  std::string set_server(const std::string& name, std::string_view state) {
    const auto found = servers.find(name);
    if (found == servers.end()) return "No such server.\n\n";
    found->second &= ~(kForcedMaint | kForcedDrain);
    if (state == "maint") found->second |= kForcedMaint;
    if (state == "drain") found->second |= kForcedDrain;
    return "\n";
  }
};

class RuntimeTest : public testing::Test {
 protected:
  RuntimeTest() {
    proxy_.map_file = "/a.map";
    successor();
  }
  /// Another process, as after a restart of understudy.
  void successor() { runtime_.emplace(haproxy_.ask(), ListenAddress{}, (folder_ / "memory").string()); }
  void servers_alone() {
    proxy_.map_file.clear();
    proxy_.servers = {"shop app/app1", "shop app/app2"};
  }
  std::string bring(const Stands& stands) {
    haproxy_.changes.clear();
    const Outcome outcome = runtime_->bring(proxy_, stands);
    if (!outcome) return "";
    return (outcome->kind == Trouble::Kind::kUnreachable ? "unreachable: " : "") + outcome->message;
  }

  const TestFolder folder_;
  FakeHaproxy haproxy_;
  config::ProxyConfig proxy_;
  std::optional<Runtime> runtime_;
};

TEST_F(RuntimeTest, ChangesInTheMapWhatDiffers) {
  haproxy_.map = {{"shop", "open"}, {"gone", "maintenance"}};
  EXPECT_EQ(bring({{"shop", kMaintenance}, {"blog", kReadOnly}}), "");
  EXPECT_THAT(haproxy_.changes, UnorderedElementsAre("set map /a.map shop maintenance",
                                                     "add map /a.map blog read-only", "del map /a.map gone"));
  EXPECT_EQ(bring({{"shop", kMaintenance}, {"blog", kReadOnly}}), "");
  EXPECT_THAT(haproxy_.changes, ElementsAre());
}

TEST_F(RuntimeTest, SendsVeryManyInSeveralLines) {
  Stands stands;
  for (int i = 0; i < 3000; ++i) stands[fmt::format("group-{:04}", i)] = kMaintenance;
  std::size_t longest = 0;
  runtime_.emplace(
      [&, ask = haproxy_.ask()](const ListenAddress& address, const std::string& line) {
        longest = std::max(longest, line.size());
        return ask(address, line);
      },
      ListenAddress{}, "");
  EXPECT_EQ(bring(stands), "");
  EXPECT_EQ(haproxy_.map.size(), 3000U);
  EXPECT_LE(longest, 8000U);
}

TEST_F(RuntimeTest, TellsWhatHaproxySays) {
  haproxy_.map = {{"shop", "open"}};
  haproxy_.refusal = "Permission denied";
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "set map /a.map shop maintenance: Permission denied");
  proxy_.map_file = "/b.map";
  EXPECT_EQ(bring({{"shop", kMaintenance}}),
            "show map /b.map: Unknown map identifier. Please use #<id> or <file>.");
  haproxy_.dead = true;
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "unreachable: can't connect: Connection refused");
}

TEST_F(RuntimeTest, EmptiesAMapThatAnotherReplaces) {
  haproxy_.map = {{"shop", "maintenance"}};
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "");
  servers_alone();
  EXPECT_EQ(bring({{"shop", kOpen}}), "");
  EXPECT_TRUE(haproxy_.map.empty());
}

TEST_F(RuntimeTest, TakesServersOutAndGivesThemBack) {
  servers_alone();
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "");
  EXPECT_THAT(haproxy_.servers, UnorderedElementsAre(Pair("app/app1", 1), Pair("app/app2", 1)));
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "");
  EXPECT_THAT(haproxy_.changes, ElementsAre());
  EXPECT_EQ(bring({{"shop", kOpen}}), "");
  EXPECT_THAT(haproxy_.servers, UnorderedElementsAre(Pair("app/app1", 0), Pair("app/app2", 0)));
  EXPECT_EQ(bring({{"shop", kReadOnly}}), "");
  EXPECT_THAT(haproxy_.changes, ElementsAre());
}

TEST_F(RuntimeTest, LeavesAnOperatorsOwnMaintAndDrainAsTheyWere) {
  servers_alone();
  haproxy_.servers = {{"app/app1", kForcedMaint}, {"app/app2", kForcedDrain}};
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "");
  EXPECT_THAT(haproxy_.changes, ElementsAre("set server app/app2 state maint"));
  EXPECT_EQ(bring({{"shop", kOpen}}), "");
  EXPECT_THAT(haproxy_.servers,
              UnorderedElementsAre(Pair("app/app1", kForcedMaint), Pair("app/app2", kForcedDrain)));
}

TEST_F(RuntimeTest, KnowsItsOwnMaintAfterARestartOfUnderstudy) {
  servers_alone();
  haproxy_.servers["app/app1"] = kForcedMaint;
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "");
  successor();
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "");
  EXPECT_EQ(bring({{"shop", kOpen}}), "");
  EXPECT_THAT(haproxy_.servers, UnorderedElementsAre(Pair("app/app1", kForcedMaint), Pair("app/app2", 0)));
}

TEST_F(RuntimeTest, TakesThemOutOnceMoreAfterARestartOfHaproxy) {
  servers_alone();
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "");
  haproxy_.servers = {{"app/app1", 0}, {"app/app2", kForcedMaint | kConfiguredMaint}};
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "");
  EXPECT_EQ(haproxy_.servers["app/app1"], kForcedMaint);
  // Disabled in HAProxy's configuration since: that is nobody's to undo.
  EXPECT_EQ(bring({{"shop", kOpen}}), "");
  EXPECT_EQ(haproxy_.servers["app/app1"], 0U);
  EXPECT_EQ(haproxy_.servers["app/app2"], kForcedMaint | kConfiguredMaint);
}

TEST_F(RuntimeTest, TriesAgainToGiveBackWhatCouldNotBe) {
  servers_alone();
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "");
  haproxy_.refusal = "Permission denied";
  EXPECT_EQ(bring({{"shop", kOpen}}), "set server app/app1 state ready and 1 more: Permission denied");
  haproxy_.refusal.clear();
  successor();
  EXPECT_EQ(bring({{"shop", kOpen}}), "");
  EXPECT_THAT(haproxy_.servers, UnorderedElementsAre(Pair("app/app1", 0), Pair("app/app2", 0)));
}

TEST_F(RuntimeTest, GivesBackAServerThatIsNotConfiguredAnyMore) {
  servers_alone();
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "");
  proxy_.servers = {"shop app/app2"};
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "");
  EXPECT_THAT(haproxy_.servers, UnorderedElementsAre(Pair("app/app1", 0), Pair("app/app2", 1)));
  haproxy_.servers.erase("app/app2");
  proxy_.servers.clear();
  EXPECT_EQ(bring({}), "");
  EXPECT_EQ(bring({}), "");
}

TEST_F(RuntimeTest, SaysWhichServerIsNotThere) {
  servers_alone();
  proxy_.servers = {"shop app/app1", "shop app/app3"};
  EXPECT_EQ(bring({{"shop", kMaintenance}}), "server app/app3: HAProxy has no such server");
  EXPECT_EQ(haproxy_.servers["app/app1"], kForcedMaint);  // the others go out all the same
  proxy_.servers = {"shop nope/app1"};
  EXPECT_THAT(bring({{"shop", kMaintenance}}), "show servers state nope: Can't find backend.");
}

TEST_F(RuntimeTest, TakesServersOutThoughTheMapIsUnknown) {
  proxy_.map_file = "/b.map";
  proxy_.servers = {"shop app/app1"};
  EXPECT_THAT(bring({{"shop", kMaintenance}}), HasSubstr("Unknown map identifier"));
  EXPECT_EQ(haproxy_.servers["app/app1"], kForcedMaint);
}

}  // namespace
}  // namespace understudy::tell
