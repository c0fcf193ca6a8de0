#include "state/snapshot_keeper.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "base/test_folder.h"
#include "state/test_snapshot.h"

namespace understudy::state {
namespace {

namespace fs = std::filesystem;
using model::Mode;

constexpr std::string_view kShop = "[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\n";

class SnapshotKeeperTest : public testing::Test {
 protected:
  SnapshotKeeperTest()
      : clock_(std::chrono::system_clock::now() + std::chrono::hours(1)),
        log_(LogLevel::kError, LogFormat::kJson),
        keeper_(clock_, log_, test_locales(),
                [this](const auto& snapshot) { published_.push_back(snapshot); }) {}

  void load(std::string_view settings) { ASSERT_TRUE(keeper_.load(test_config(settings)).has_value()); }

  /// One group, switched by the file at `path`.
  void load_flag(const fs::path& path) {
    load(fmt::format("[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\nflag_file = \"{}\"\n",
                     path.string()));
  }

  [[nodiscard]] Mode mode(std::string_view group = "shop") const {
    const model::Snapshot& snapshot = *keeper_.current();
    return snapshot.states[snapshot.table->find(group)].mode;
  }

  /// Does what the control thread does until the condition holds; false if nothing more happens before it
  /// does.
  bool until(const std::function<bool()>& holds) {
    constexpr int kLimit = 5000;
    while (!holds()) {
      if (keeper_.next_look() && !is_readable(0)) {
        clock_.advance(
            std::chrono::duration_cast<std::chrono::milliseconds>(*keeper_.next_look() - clock_.steady()));
        keeper_.look_again();
      } else if (is_readable(kLimit)) {
        keeper_.look_at_changes();
      } else {
        return false;
      }
    }
    return true;
  }
  bool until_mode(Mode wanted) {
    return until([&] { return mode() == wanted; });
  }

  [[nodiscard]] bool is_readable(int wait) const {
    pollfd waiting{keeper_.descriptor(), POLLIN, 0};
    return ::poll(&waiting, 1, wait) == 1;
  }

  const TestFolder folder_;
  FakeClock clock_;
  Log log_;
  std::vector<std::shared_ptr<const model::Snapshot>> published_;
  SnapshotKeeper keeper_;
};

TEST_F(SnapshotKeeperTest, AFlagFileSwitches) {
  load_flag(folder_ / "flag");
  EXPECT_EQ(mode(), Mode::kOpen);
  folder_.write("flag", "");
  EXPECT_TRUE(until_mode(Mode::kMaintenance)) << "made";
  folder_.write("flag", "read-only\n");
  EXPECT_TRUE(until_mode(Mode::kReadOnly)) << "rewritten in place";
  folder_.replace("flag", "off");
  EXPECT_TRUE(until_mode(Mode::kOpen)) << "replaced";
  folder_.replace("flag", "on");
  EXPECT_TRUE(until_mode(Mode::kMaintenance));
  fs::remove(folder_ / "flag");
  EXPECT_TRUE(until_mode(Mode::kOpen)) << "removed";
}

TEST_F(SnapshotKeeperTest, AFlagFileThatIsThereAlready) {
  folder_.write("flag", "read-only");
  load_flag(folder_ / "flag");
  EXPECT_EQ(mode(), Mode::kReadOnly);
  ASSERT_EQ(published_.size(), 1U);
  EXPECT_TRUE(published_[0]->states[0].since);
}

TEST_F(SnapshotKeeperTest, TheFoldersMayComeLater) {
  load_flag(folder_ / "a/b/flag");
  EXPECT_EQ(mode(), Mode::kOpen);
  folder_.write("a/b/flag", "on");
  EXPECT_TRUE(until_mode(Mode::kMaintenance));
  fs::remove_all(folder_ / "a");
  EXPECT_TRUE(until_mode(Mode::kOpen));
  folder_.write("a/b/flag", "read-only");
  EXPECT_TRUE(until_mode(Mode::kReadOnly));
}

TEST_F(SnapshotKeeperTest, LinksMayBeSwapped) {
  folder_.write("releases/1/flag", "on");
  folder_.write("releases/2/flag", "off");
  folder_.link("releases/1", "current");
  folder_.link("current/flag", "flag");
  load_flag(folder_ / "flag");
  EXPECT_EQ(mode(), Mode::kMaintenance);
  folder_.link("releases/2", "current");
  EXPECT_TRUE(until_mode(Mode::kOpen)) << "a folder's link";
  folder_.write("releases/2/flag", "read-only");
  EXPECT_TRUE(until_mode(Mode::kReadOnly)) << "what it points at";
  folder_.link("releases/1/flag", "flag");
  EXPECT_TRUE(until_mode(Mode::kMaintenance)) << "the file's link";
}

TEST_F(SnapshotKeeperTest, AWriterIsGivenTheTimeToSayWhatItMeans) {
  folder_.write("flag", "off");
  load_flag(folder_ / "flag");
  const std::size_t before = published_.size();
  // Cut to nothing and then written: read in between, it would be a maintenance.
  std::ofstream writer(folder_ / "flag");
  ASSERT_TRUE(is_readable(5000));
  keeper_.look_at_changes();
  EXPECT_EQ(mode(), Mode::kOpen);
  ASSERT_TRUE(keeper_.next_look());
  EXPECT_LE(*keeper_.next_look() - clock_.steady(), std::chrono::milliseconds(50))
      << "in force within 100 ms all the same";
  writer << "read-only";
  writer.close();
  EXPECT_TRUE(until_mode(Mode::kReadOnly));
  EXPECT_EQ(published_.size(), before + 1);
}

TEST_F(SnapshotKeeperTest, AnEmptyFileSaysMaintenanceAfterAWhile) {
  load_flag(folder_ / "flag");
  const std::ofstream held(folder_ / "flag");
  EXPECT_TRUE(until_mode(Mode::kMaintenance));
  EXPECT_FALSE(keeper_.next_look());
}

TEST_F(SnapshotKeeperTest, NothingNewIsNotPublished) {
  folder_.write("flag", "on");
  load_flag(folder_ / "flag");
  folder_.write("flag", "on\n");
  ASSERT_TRUE(is_readable(5000));
  keeper_.look_at_changes();
  folder_.write("beside", "off");
  keeper_.look_at_changes();
  EXPECT_EQ(published_.size(), 1U);
}

TEST_F(SnapshotKeeperTest, GroupsMayShareAFlagFile) {
  load(
      fmt::format("[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\nflag_file = \"{0}\"\n"
                  "[groups.docs]\nid = \"1a2b7c1e-5d0f-4c53-9d0e-8a6b5f3c2d10\"\nflag_file = \"{0}\"\n"
                  "[groups.rest]\nid = \"0d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10\"\n",
                  (folder_ / "flag").string()));
  folder_.write("flag", "on");
  EXPECT_TRUE(until_mode(Mode::kMaintenance));
  EXPECT_EQ(mode("docs"), Mode::kMaintenance);
  EXPECT_EQ(mode("rest"), Mode::kOpen);
  EXPECT_EQ(published_.size(), 2U) << "both in one snapshot";
}

TEST_F(SnapshotKeeperTest, SnapshotsAreNumberedAndOldOnesStayAsTheyWere) {
  load_flag(folder_ / "flag");
  folder_.write("flag", "on");
  ASSERT_TRUE(until_mode(Mode::kMaintenance));
  ASSERT_EQ(published_.size(), 2U);
  EXPECT_LT(published_[0]->revision, published_[1]->revision);
  EXPECT_EQ(published_[0]->states[0].mode, Mode::kOpen);
  EXPECT_EQ(published_[0]->table, published_[1]->table) << "a switch rebuilds no groups";
  EXPECT_EQ(keeper_.current(), published_[1]);
}

TEST_F(SnapshotKeeperTest, AReloadKeepsTheModeOfAFlagFile) {
  folder_.write("flag", "on");
  load_flag(folder_ / "flag");
  load(
      fmt::format("[groups.docs]\nid = \"1a2b7c1e-5d0f-4c53-9d0e-8a6b5f3c2d10\"\n"
                  "[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\nflag_file = \"{}\"\n",
                  (folder_ / "flag").string()));
  EXPECT_EQ(mode("shop"), Mode::kMaintenance);
  EXPECT_EQ(mode("docs"), Mode::kOpen);
  fs::remove(folder_ / "flag");
  EXPECT_TRUE(until_mode(Mode::kOpen)) << "and it is still followed";
  for (const auto& snapshot : published_) {
    EXPECT_EQ(snapshot->states.size(), snapshot->table->size());
  }
}

TEST_F(SnapshotKeeperTest, AReloadMayTakeTheFlagFileAway) {
  folder_.write("flag", "on");
  load_flag(folder_ / "flag");
  load("[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\n");
  EXPECT_EQ(mode(), Mode::kOpen);
  folder_.write("flag", "read-only");
  keeper_.look_at_changes();
  EXPECT_EQ(mode(), Mode::kOpen);
}

TEST_F(SnapshotKeeperTest, ASwitchIsInForceUntilItsEnd) {
  load(kShop);
  model::Switch on;
  on.mode = Mode::kMaintenance;
  on.since = clock_.wall();
  on.until = clock_.wall() + std::chrono::minutes(30);
  on.texts = {{"en", {"", "Back at noon."}}};
  keeper_.schedule().put_switch("9e428b69-47e2-48b7-a694-bb2222bf48c3", on, 1);
  keeper_.refresh({"shop"});
  EXPECT_EQ(mode(), Mode::kMaintenance);
  EXPECT_EQ(keeper_.current()->states[0].since, clock_.wall());
  EXPECT_EQ(published_.size(), 2U);
  EXPECT_EQ(keeper_.next_event(), on.until);
  const auto texts = keeper_.current()->states[0].occasion->texts;
  const auto* text = texts->own_text(model::Reason::kMaintenance, "en");
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(text->message, "Back at noon.");
  EXPECT_NE(text->title, "") << "the built-in one";
  clock_.advance(std::chrono::minutes(30));
  keeper_.look_at_time();
  EXPECT_EQ(mode(), Mode::kOpen);
  EXPECT_EQ(keeper_.next_event(), std::nullopt);
  EXPECT_EQ(keeper_.current()->states[0].occasion, nullptr);
}

TEST_F(SnapshotKeeperTest, TellsOfTransitionsOnce) {
  std::vector<std::string> told;
  keeper_.on_transition([&](const Transition& transition) {
    told.push_back(
        fmt::format("{} {} {}", transition.group, to_text(transition.before), to_text(transition.after)));
  });
  load_flag(folder_ / "flag");
  folder_.write("flag", "on");
  ASSERT_TRUE(until_mode(Mode::kMaintenance));
  load_flag(folder_ / "flag");
  EXPECT_EQ(told, (std::vector<std::string>{"shop open maintenance"}));
}

TEST_F(SnapshotKeeperTest, GroupsOverTheApiStayThroughALoadAndGiveWayToTheFile) {
  load(kShop);
  config::GroupConfig docs;
  docs.name = "docs";
  docs.id = "1a2b7c1e-5d0f-4c53-9d0e-8a6b5f3c2d10";
  docs.hosts = {"docs.example"};
  ASSERT_TRUE(keeper_.put_groups({docs}).has_value());
  const auto found = [&] { return keeper_.current()->table->find_host("docs.example"); };
  ASSERT_NE(found(), model::GroupTable::kNone);
  EXPECT_FALSE(keeper_.current()->table->group(found()).from_file);
  load(kShop);
  ASSERT_NE(found(), model::GroupTable::kNone);
  docs.hosts = {"docs.example", "manual.example"};
  ASSERT_TRUE(keeper_.put_groups({docs}).has_value());
  EXPECT_EQ(keeper_.current()->table->count(), 2U) << "the same id: replaced";
  EXPECT_EQ(keeper_.current()->table->find_host("manual.example"), found());
  const auto gave_way = keeper_.load(test_config(
      std::string(kShop) +
      "[groups.other]\nid = \"0d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10\"\nhosts = [\"docs.example\"]\n"));
  EXPECT_EQ(gave_way.value(), std::vector<std::string>{"docs"});
  EXPECT_EQ(keeper_.current()->table->group(found()).name, "other");
  EXPECT_EQ(keeper_.current()->table->find("docs"), model::GroupTable::kNone);
}

TEST_F(SnapshotKeeperTest, ManyGroupsComeAndGoAndKeepTheirStates) {
  load(kShop);
  const auto group = [](int number) {
    config::GroupConfig made;
    made.name = fmt::format("g{}", number);
    made.id = fmt::format("1a2b7c1e-5d0f-4c53-9d0e-{:012}", number);
    made.hosts = {fmt::format("g{}.example", number)};
    return made;
  };
  model::Switch on;
  on.mode = Mode::kMaintenance;
  keeper_.schedule().put_switch(group(0).id, on, 1);
  constexpr int kGroups = 3000;  // more than are kept beside the table
  for (int i = 0; i < kGroups; ++i) ASSERT_TRUE(keeper_.put_groups({group(i)}).has_value());
  EXPECT_EQ(keeper_.current()->table->count(), kGroups + 1U);
  EXPECT_EQ(mode("g0"), Mode::kMaintenance);
  EXPECT_EQ(mode("g2999"), Mode::kOpen);
  for (int i = 1; i < kGroups; ++i) keeper_.remove_group(group(i).id);
  EXPECT_EQ(keeper_.current()->table->count(), 2U);
  EXPECT_EQ(keeper_.current()->table->find_host("g2999.example"), model::GroupTable::kNone);
  EXPECT_EQ(mode("g0"), Mode::kMaintenance);
}

TEST_F(SnapshotKeeperTest, APageDirIsReadAgainWhenItChanges) {
  folder_.write("page/index.html", "one");
  const std::string settings = fmt::format(
      "[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\npage_dir = \"{}\"\nflag_file = \"{}\"\n",
      (folder_ / "page").string(), (folder_ / "flag").string());
  load(settings);
  const auto page = [&] { return keeper_.current()->table->group(0).page; };
  EXPECT_EQ(page()->index, "one");
  folder_.write("page/index.html", "two");
  EXPECT_TRUE(until([&] { return page()->index == "two"; }));
  folder_.write("page/img/new.png", "PNG");
  EXPECT_TRUE(until([&] { return page()->files.contains("/img/new.png"); })) << "in a folder that came later";
  folder_.write("page/img/new.png", "PNG2");
  EXPECT_TRUE(until([&] { return page()->files.at("/img/new.png").content == "PNG2"; }));
  folder_.write("flag", "on");
  EXPECT_TRUE(until_mode(Mode::kMaintenance)) << "the flag is followed as before";
  // Without an index the page read before stays.
  const std::size_t before = published_.size();
  fs::remove(folder_ / "page/index.html");
  EXPECT_TRUE(until([&] { return !is_readable(0) && !keeper_.next_look(); }));
  EXPECT_EQ(page()->index, "two");
  EXPECT_EQ(published_.size(), before);
  folder_.write("page/index.html", "three");
  EXPECT_TRUE(until([&] { return page()->index == "three"; }));
  EXPECT_EQ(mode(), Mode::kMaintenance) << "a page that changes switches nothing";
  EXPECT_EQ(published_.front()->table->group(0).page->index, "one")
      << "what is still being sent stays as it was";
}

TEST_F(SnapshotKeeperTest, ARefusedLoadLeavesEverythingAsItWas) {
  folder_.write("page/index.html", "one");
  folder_.write("flag", "on");
  load_flag(folder_ / "flag");
  const auto config = test_config(
      fmt::format("[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\npage_dir = \"{}\"\n",
                  (folder_ / "page").string()));
  fs::remove(folder_ / "page/index.html");
  const auto before = keeper_.current();
  EXPECT_FALSE(keeper_.load(config).has_value());
  EXPECT_EQ(keeper_.current(), before);
  EXPECT_EQ(published_.size(), 1U);
  folder_.write("flag", "read-only");
  EXPECT_TRUE(until_mode(Mode::kReadOnly)) << "the flag is followed as before";
}

}  // namespace
}  // namespace understudy::state
