#include "tell/tellers.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/test_folder.h"

namespace understudy::tell {
namespace {

using namespace std::chrono_literals;
using Follows = Tellers::State::Follows;

constexpr auto kLimit = 20s;  // a test that waits this long has failed

const Stand kOpen{model::Mode::kOpen, {}, {}, ""};
const Stand kMaintenance{model::Mode::kMaintenance, {}, {}, ""};

/// Stats sockets that know one group each, by address.
class FakeSockets {
 public:
  Ask ask() {
    return
        [this](const ListenAddress& address, const std::string& line) { return answer(address.text, line); };
  }
  void kill(const std::string& address) {
    change([&] { dead_[address] = true; });
  }
  void revive(const std::string& address) {
    change([&] {
      dead_[address] = false;
      group_[address] = "shop";
      mode_[address] = "open";
    });
  }
  void hold(const std::string& address) {
    change([&] { held_[address] = true; });
  }
  void let_go(const std::string& address) {
    change([&] { held_[address] = false; });
  }
  /// Judged whenever somebody has asked.
  bool wait_until(const std::function<bool()>& holds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLimit, holds);
  }
  /// Inside wait_until.
  std::string mode(const std::string& address) { return mode_[address]; }
  int asked(const std::string& address) { return asked_[address]; }

 private:
  template <typename Change>
  void change(Change what) {
    const std::lock_guard lock(mutex_);
    what();
    changed_.notify_all();
  }
  Result<std::string> answer(const std::string& address, const std::string& line) {
    std::unique_lock lock(mutex_);
    ++asked_[address];
    changed_.notify_all();
    if (!changed_.wait_for(lock, kLimit, [&] { return !held_[address]; })) return Error{"held for too long"};
    if (dead_[address]) return Error{"can't connect"};
    if (line.starts_with("show map")) {
      const std::string& mode = mode_[address];
      return {boost::system::in_place_value,
              mode.empty() ? "\n" : fmt::format("0x1 {} {}\n\n", group_[address], mode)};
    }
    const auto value = line.rfind(' ') + 1;
    const auto key = line.rfind(' ', value - 2) + 1;
    group_[address] = line.substr(key, value - 1 - key);  // "add map FILE GROUP MODE"
    mode_[address] = line.starts_with("del") ? "" : line.substr(value);
    changed_.notify_all();
    return {boost::system::in_place_value, "\n"};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::string> mode_;
  std::map<std::string, std::string> group_;
  std::map<std::string, int> asked_;
  std::map<std::string, bool> dead_;
  std::map<std::string, bool> held_;
};

class TellersTest : public testing::Test {
 protected:
  config::ProxyConfig proxy(const std::string& name, const std::vector<std::string>& addresses) {
    config::ProxyConfig config;
    config.name = name;
    for (const std::string& address : addresses) config.runtime.push_back(*parse_listen_address(address));
    if (!addresses.empty()) config.map_file = (folder_ / "a.map").string();
    return config;
  }
  std::unique_ptr<Tellers> tellers(const std::vector<config::ProxyConfig>& proxies) {
    return std::make_unique<Tellers>(Tellers::Parts{clock_, log_, Random(1), sockets_.ask(), ""}, proxies);
  }
  /// Whether a state comes to hold; looked at whenever a socket is asked, which is twice a second.
  bool wait_for_state(Tellers& all, const std::function<bool(const Tellers::State&)>& holds,
                      const std::string& address) {
    return sockets_.wait_until([&] {
      for (const Tellers::State& state : all.states("")) {
        if (state.address == address && holds(state)) return true;
      }
      return false;
    });
  }

  const TestFolder folder_;
  SystemClock clock_;
  Log log_{LogLevel::kError, LogFormat::kJson};
  FakeSockets sockets_;
};

constexpr auto kA = "127.0.0.1:1";
constexpr auto kB = "127.0.0.1:2";

TEST_F(TellersTest, TellsNothingBeforeItIsKnownHowGroupsStand) {
  const auto all = tellers({proxy("edge", {kA})});
  all->tell("shop", kMaintenance);
  EXPECT_TRUE(all->states("")[0].pending);
  all->tell_all({{"shop", kOpen}});
  EXPECT_TRUE(sockets_.wait_until([&] { return sockets_.mode(kA) == "open"; }));
}

TEST_F(TellersTest, TellsEachChangeAtOnce) {
  const auto all = tellers({proxy("edge", {kA, kB})});
  all->tell_all({{"shop", kOpen}});
  EXPECT_TRUE(
      sockets_.wait_until([&] { return sockets_.mode(kA) == "open" && sockets_.mode(kB) == "open"; }));
  all->tell("shop", kMaintenance);
  EXPECT_TRUE(all->states("")[1].pending || all->states("")[1].follows == Follows::kInStep);
  EXPECT_TRUE(sockets_.wait_until(
      [&] { return sockets_.mode(kA) == "maintenance" && sockets_.mode(kB) == "maintenance"; }));
  EXPECT_TRUE(wait_for_state(
      *all, [](const auto& s) { return !s.pending && s.follows == Follows::kInStep; }, kA));
}

TEST_F(TellersTest, PutsARestartedProxyRightWithoutBeingAsked) {
  const auto all = tellers({proxy("edge", {kA})});
  all->tell_all({{"shop", kMaintenance}});
  ASSERT_TRUE(sockets_.wait_until([&] { return sockets_.mode(kA) == "maintenance"; }));
  sockets_.kill(kA);
  ASSERT_TRUE(wait_for_state(
      *all, [](const auto& s) { return s.follows == Follows::kUnreachable; }, kA));
  sockets_.revive(kA);
  EXPECT_TRUE(sockets_.wait_until([&] { return sockets_.mode(kA) == "maintenance"; }));
  EXPECT_TRUE(wait_for_state(
      *all, [](const auto& s) { return s.follows == Follows::kInStep; }, kA));
  EXPECT_GE(all->states("")[1].failures, 1U);
}

TEST_F(TellersTest, OneThatHangsHoldsUpNobody) {
  const auto all = tellers({proxy("edge", {kA, kB})});
  sockets_.hold(kA);
  all->tell_all({{"shop", kMaintenance}});
  EXPECT_TRUE(sockets_.wait_until([&] { return sockets_.mode(kB) == "maintenance"; }));
  EXPECT_FALSE(all->stop());
  sockets_.let_go(kA);
}

TEST_F(TellersTest, AProxyThatIsToldOfOtherGroupsIsLeftAlone) {
  config::ProxyConfig other = proxy("edge", {kA});
  other.groups = {"blog"};
  const auto all = tellers({other});
  all->tell_all({{"shop", kMaintenance}, {"blog", kOpen}});
  ASSERT_TRUE(wait_for_state(
      *all, [](const auto& s) { return !s.pending; }, kA));
  EXPECT_TRUE(all->states("shop").empty());
  EXPECT_EQ(all->states("blog").size(), 2U);
  EXPECT_TRUE(sockets_.wait_until([&] { return sockets_.mode(kA) == "open"; }));
}

TEST_F(TellersTest, OneThatGoesIsToldThatAllIsOpenAndOneThatStaysIsNot) {
  const auto all = tellers({proxy("edge", {kA, kB})});
  all->tell_all({{"shop", kMaintenance}});
  ASSERT_TRUE(sockets_.wait_until(
      [&] { return sockets_.mode(kA) == "maintenance" && sockets_.mode(kB) == "maintenance"; }));
  all->use({proxy("renamed", {kA})}, Stands{{"shop", kMaintenance}});
  EXPECT_TRUE(sockets_.wait_until([&] { return sockets_.mode(kB).empty(); }));
  ASSERT_TRUE(wait_for_state(
      *all, [](const auto& s) { return s.name == "renamed" && !s.pending; }, kA));
  EXPECT_TRUE(sockets_.wait_until([&] { return sockets_.mode(kA) == "maintenance"; }));
  const auto in_step = [](const auto& s) { return !s.pending && s.follows == Follows::kInStep; };
  ASSERT_TRUE(wait_for_state(*all, in_step, (folder_ / "a.map").string()));
  const auto map = read_file(folder_ / "a.map", 1000);
  ASSERT_TRUE(map);
  EXPECT_THAT(*map, testing::HasSubstr("shop maintenance"));
}

}  // namespace
}  // namespace understudy::tell
