#include "state/table_builder.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "state/test_snapshot.h"

namespace understudy::state {
namespace {

using model::Reason;

constexpr std::string_view kIds[] = {"9e428b69-47e2-48b7-a694-bb2222bf48c3",
                                     "1a2b7c1e-5d0f-4c53-9d0e-8a6b5f3c2d10",
                                     "0d5e6c1e-5d0f-4c53-9d0e-8a6b5f3c2d10"};

/// A group for each of the settings, named a, b, c.
std::shared_ptr<const model::GroupTable> table(const std::vector<std::string>& settings) {
  std::string toml;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    toml += fmt::format("[groups.{}]\nid = \"{}\"\n{}\n", std::string(1, static_cast<char>('a' + i)), kIds[i],
                        settings[i]);
  }
  TableBuilder builder(test_locales());
  return build_table(test_config(toml), builder).value();
}

std::vector<model::Group> groups_of(const model::GroupTable& table) {
  std::vector<model::Group> groups;
  table.for_each([&](std::size_t, const model::Group& group) { groups.push_back(group); });
  return groups;
}

std::string default_language(const model::Group& group, Reason reason) {
  const auto& offered = group.texts->offered(reason);
  return offered.languages[offered.default_index].tag;
}

TEST(TableBuilder, GroupsThatSayTheSameShareIt) {
  const auto plain = table({"", "", ""});
  EXPECT_EQ(plain->group(0).texts, plain->group(1).texts);
  EXPECT_EQ(plain->group(0).cors, plain->group(1).cors);
  EXPECT_EQ(plain->group(0).presentation, plain->group(2).presentation);
  const std::string text = "[groups.{}.maintenance.en]\ntitle = \"{}\"\nmessage = \"\"";
  const auto own =
      table({fmt::format(fmt::runtime(text), "a", "one"), fmt::format(fmt::runtime(text), "b", "two"), ""});
  EXPECT_NE(own->group(0).presentation, own->group(1).presentation);
  EXPECT_NE(own->group(0).presentation, own->group(2).presentation);
  const auto waits = table({"retry_after = \"1m\"", "retry_after = \"2m\"", "retry_after = \"1m\""});
  EXPECT_NE(waits->group(0).presentation, waits->group(1).presentation) << "retryAfter is part of the body";
  EXPECT_EQ(waits->group(0).presentation, waits->group(2).presentation);
}

TEST(TableBuilder, GroupsOfOneGatePolicyShareIt) {
  TableBuilder builder(test_locales());
  const auto built = [&](std::string_view settings) {
    const std::string head = "[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\n";
    return builder.build(test_config(head + std::string(settings)).groups.at(0)).value().gate;
  };
  const auto plain = built("");
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(built(""), plain);
  const auto cookie = built("bypass.cookie = \"B\"");
  EXPECT_NE(cookie, plain);
  EXPECT_EQ(built(""), plain) << "not the one before alone";
  EXPECT_EQ(built("bypass.cookie = \"B\""), cookie);
  const std::vector<std::string_view> different = {"bypass.header = \"B\"",
                                                   "bypass.cookie = \"B=x\"",
                                                   "gate.paths = [\"/B\"]",
                                                   "gate.reads = [\"/B\"]",
                                                   "gate.exempt = []",
                                                   "gate.ramp_cookie = \"B\"",
                                                   "bypass.networks = [\"::1\"]",
                                                   "bypass.cookie_domain = \"b.example\"",
                                                   "bypass.cookie_same_site = \"lax\"",
                                                   "bypass.redirects = [\"https://b.example\"]"};
  std::set<const void*> known = {plain.get(), cookie.get()};
  std::vector<std::shared_ptr<const model::GatePolicy>> kept;
  for (const std::string_view settings : different) {
    kept.push_back(built(settings));
    EXPECT_TRUE(known.insert(kept.back().get()).second) << settings;
  }
}

TEST(TableBuilder, NoTwoTablesAreTakenForOneAnother) {
  const auto one = table({""});
  const auto two = table({""});
  EXPECT_NE(one->revision(), two->revision());
  EXPECT_NE(one->group(0).presentation, two->group(0).presentation);
  EXPECT_NE(one->group(0).texts->offered(Reason::kFailure).id,
            two->group(0).texts->offered(Reason::kFailure).id);
}

TEST(TableBuilder, OffersTheBuiltInLanguagesAndTheOperatorsOwn) {
  const auto groups = groups_of(*table({"[groups.a.maintenance.eo]\ntitle = \"T\"\nmessage = \"M\""}));
  const auto& maintenance = groups[0].texts->offered(Reason::kMaintenance);
  const auto& failure = groups[0].texts->offered(Reason::kFailure);
  EXPECT_EQ(maintenance.languages.size(), test_locales().all().size() + 1);
  EXPECT_EQ(failure.languages.size(), test_locales().all().size());
  EXPECT_EQ(groups[0].texts->text(Reason::kMaintenance, maintenance.by_tag.at("eo")).title, "T");
  EXPECT_EQ(maintenance.languages[maintenance.by_tag.at("eo")].locale->tag, "en")
      << "whose labels the page takes";
}

TEST(TableBuilder, TheDefaultLanguageIsTheOperatorsFirst) {
  const std::string french =
      "[groups.{0}.maintenance.fr]\ntitle = \"T\"\nmessage = \"\"\n"
      "[groups.{0}.maintenance.de]\ntitle = \"T\"\nmessage = \"\"\n";
  const std::string english = "[groups.{0}.maintenance.en]\ntitle = \"T\"\nmessage = \"\"\n";
  const auto groups =
      groups_of(*table({"", fmt::format(fmt::runtime(french), "b"), "languages = [\"ja\", \"en\"]"}));
  EXPECT_EQ(default_language(groups[0], Reason::kMaintenance), "en");
  EXPECT_EQ(default_language(groups[1], Reason::kMaintenance), "fr");
  EXPECT_EQ(default_language(groups[1], Reason::kFailure), "en") << "for which nothing was written";
  EXPECT_EQ(default_language(groups[2], Reason::kMaintenance), "ja");
  const auto both = groups_of(*table({fmt::format(fmt::runtime(french + english), "a")}));
  EXPECT_EQ(default_language(both[0], Reason::kMaintenance), "en") << "where English is among them";
}

TEST(TableBuilder, OffersNoLanguageWithoutATextForTheReason) {
  const auto groups = groups_of(
      *table({"languages = [\"eo\", \"de\"]\n[groups.a.maintenance.eo]\ntitle = \"T\"\nmessage = \"\"",
              "languages = [\"eo\"]\n[groups.b.maintenance.eo]\ntitle = \"T\"\nmessage = \"\""}));
  EXPECT_EQ(groups[0].texts->offered(Reason::kMaintenance).languages.size(), 2U);
  EXPECT_EQ(groups[0].texts->offered(Reason::kFailure).languages.size(), 1U);
  EXPECT_EQ(default_language(groups[0], Reason::kFailure), "de");
  EXPECT_EQ(default_language(groups[1], Reason::kFailure), "en") << "rather than nothing";
}

TEST(TableBuilder, RightToLeftFollowsTheTag) {
  const auto groups = groups_of(*table({"[groups.a.maintenance.az-Arab]\ntitle = \"T\"\nmessage = \"\""}));
  const auto& offered = groups[0].texts->offered(Reason::kMaintenance);
  EXPECT_EQ(offered.languages[offered.by_tag.at("az-arab")].direction, model::Direction::kRightToLeft);
  EXPECT_EQ(offered.languages[offered.by_tag.at("ar")].direction, model::Direction::kRightToLeft);
  EXPECT_EQ(offered.languages[offered.by_tag.at("en")].direction, model::Direction::kLeftToRight);
}

TEST(TableBuilder, RetryAfterIsWholeSeconds) {
  EXPECT_EQ(table({"retry_after = \"1500ms\""})->group(0).retry_after, std::chrono::seconds(2))
      << "never below";
}

TEST(TableBuilder, TheNeutralGroupAllowsNobody) {
  const auto built = table({""});
  const model::Group& neutral = built->neutral();
  EXPECT_TRUE(neutral.cors->origins.empty() && neutral.cors->patterns.empty() && !neutral.cors->any_origin);
  EXPECT_EQ(neutral.name, "");
  EXPECT_FALSE(neutral.texts->offered(Reason::kFailure).languages.empty());
}

TEST(TableBuilder, ReadsPageDirsOnceAndAnew) {
  const TestFolder folder;
  folder.write("index.html", "one");
  const std::string setting = fmt::format("page_dir = \"{}\"", folder.path().string());
  TableBuilder builder(test_locales());
  const auto first = table({setting, setting, ""});
  EXPECT_EQ(first->group(0).page, first->group(1).page);
  EXPECT_EQ(first->group(2).page, nullptr);
  folder.write("index.html", "two");
  const auto second = with_fresh_pages(*first, builder).value();
  EXPECT_EQ(first->group(0).page->index, "one");
  EXPECT_EQ(second->group(0).page->index, "two");
  EXPECT_EQ(second->group(0).page, second->group(1).page);
  EXPECT_NE(second->group(0).presentation, first->group(0).presentation)
      << "or the cache would give the old page";
  EXPECT_NE(second->revision(), first->revision());
  EXPECT_EQ(second->find("b"), 1U);
  std::filesystem::remove(folder / "index.html");
  const auto refused = with_fresh_pages(*first, builder);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("groups.a"), std::string::npos);
}

}  // namespace
}  // namespace understudy::state
