#include "state/group_config.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "base/test_folder.h"
#include "config/group_json.h"
#include "state/table_builder.h"
#include "state/test_snapshot.h"

namespace understudy::state {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kHead = "[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\n";

config::GroupConfig configured(const std::string& settings) {
  return test_config(kHead + settings).groups.at(0);
}
model::Group built(const config::GroupConfig& config) {
  TableBuilder builder(test_locales());
  return builder.build(config).value();
}
config::GroupConfig through_a_group(const std::string& settings) {
  return config_of(built(configured(settings)));
}

std::string json_of(const config::GroupConfig& config) {
  return boost::json::serialize(config::group_to_json(config));
}

TEST(GroupConfig, DefaultsComeBackAsTheyWere) {
  EXPECT_EQ(json_of(through_a_group("")), json_of(configured("")));
}

TEST(GroupConfig, EverythingComesBack) {
  const TestFolder folder;
  folder.write("page/index.html", "page");
  const std::string settings =
      "hosts = [\"shop.example\", \"a.shop.example\"]\nlanguages = [\"de\", \"en\"]\nretry_after = \"90s\"\n"
      "retry_jitter = 25\nflag_file = \"" +
      (folder / "flag").string() + "\"\npage_dir = \"" + (folder / "page").string() +
      "\"\n"
      "[groups.shop.cors]\norigins = [\"https://a.example\", \"https://b.example\"]\ncredentials = true\n"
      "methods = [\"GET\", \"PUT\"]\nheaders = [\"x-one\"]\nexpose = [\"X-Two\"]\nmax_age = \"2h\"\n"
      "[groups.shop.gate]\npaths = [\"/api/*\"]\nexempt = []\nreads = [\"POST /search\"]\nramp_cookie = "
      "\"sid\"\n"
      "[groups.shop.bypass]\nnetworks = [\"203.0.113.0/24\", \"::1\"]\ncookie = \"B=x\"\nheader = \"X-B\"\n"
      "cookie_domain = \"shop.example\"\ncookie_same_site = \"strict\"\nredirects = [\"https://a.example\"]\n"
      "password_hash = \"$2b$12$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n"
      "[groups.shop.maintenance.de]\ntitle = \"Wartung\"\nmessage = \"Um zwölf zurück.\"\n"
      "[groups.shop.failure.en]\ntitle = \"Broken\"\nmessage = \"\"\n";
  const config::GroupConfig before = configured(settings);
  const config::GroupConfig after = through_a_group(settings);
  EXPECT_EQ(json_of(after), json_of(before));
  EXPECT_EQ(boost::json::serialize(config::group_to_record(after)),
            boost::json::serialize(config::group_to_record(before)))
      << "the hash as well";
  EXPECT_EQ(after.flag_file, (folder / "flag").string());
  EXPECT_EQ(after.page_dir, (folder / "page").string());
  EXPECT_EQ(after.retry_after, std::chrono::seconds(90));
  EXPECT_EQ(after.retry_jitter, 25U);
  EXPECT_THAT(after.hosts, ElementsAre("shop.example", "a.shop.example")) << "in their order";
  ASSERT_EQ(after.texts.size(), 2U);
  const auto& german = after.texts[after.texts[0].tag == "de" ? 0 : 1];
  EXPECT_EQ(german.reason, model::Reason::kMaintenance);
  EXPECT_EQ(german.text.message, "Um zwölf zurück.");
}

TEST(GroupConfig, OriginsOfEveryForm) {
  const auto origins = [](const std::string& written) {
    return through_a_group("[groups.shop.cors]\norigins = [" + written + "]\n").cors.origins;
  };
  EXPECT_THAT(origins(""), IsEmpty());
  EXPECT_THAT(origins("\"*\""), ElementsAre("*"));
  EXPECT_THAT(origins("\"null\""), ElementsAre("null"));
  EXPECT_THAT(origins("\"https://b.example:8443\", \"https://a.example\""),
              ElementsAre("https://a.example", "https://b.example:8443"))
      << "by the alphabet";
  for (const char* pattern : {"https://*.shop.example", "https://*.shop.example:8443", "http://localhost:*",
                              "http://127.0.0.1:*", "http://[::1]:*", "https://*.shop.example:*"}) {
    EXPECT_THAT(origins("\"" + std::string(pattern) + "\""), ElementsAre(pattern));
  }
  EXPECT_THAT(origins("\"https://*.shop.example\", \"https://a.example\", \"http://localhost:*\""),
              ElementsAre("https://a.example", "https://*.shop.example", "http://localhost:*"));
}

TEST(GroupConfig, BuiltAnewItAllowsTheSame) {
  const std::string settings =
      "[groups.shop.cors]\norigins = [\"https://*.shop.example\", \"https://a.example\", "
      "\"http://localhost:*\"]\nmax_age = \"1h\"\nexpose = [\"X-Two\"]\n";
  const model::Group once = built(configured(settings));
  const model::Group twice = built(config_of(once));
  EXPECT_EQ(twice.cors->lines->answer, once.cors->lines->answer);
  EXPECT_EQ(twice.cors->lines->preflight, once.cors->lines->preflight);
  EXPECT_TRUE(twice.cors->origins.contains("https://a.example"));
  ASSERT_EQ(twice.cors->patterns.size(), 2U);
  EXPECT_EQ(twice.cors->patterns[0].host, "shop.example");
  EXPECT_TRUE(twice.cors->patterns[0].any_subdomain);
  EXPECT_TRUE(twice.cors->patterns[1].any_port);
}

TEST(GroupConfig, HalfASecondIsAWholeOne) {
  config::GroupConfig config = configured("");
  config.retry_after = std::chrono::milliseconds(1500);
  EXPECT_EQ(config_of(built(config)).retry_after, std::chrono::seconds(2))
      << "rather too late than too early";
}

TEST(GroupConfig, WhatAnOccasionSaysIsNotTheGroups) {
  TableBuilder builder(test_locales());
  const model::Group group = builder.build(configured("languages = [\"en\"]\n")).value();
  static_cast<void>(builder.with_occasion(group, model::Mode::kMaintenance, {{"de", {"Titel", "Text"}}}));
  EXPECT_THAT(config_of(group).texts, IsEmpty());
  EXPECT_THAT(config_of(group).languages, ElementsAre("en"));
}

}  // namespace
}  // namespace understudy::state
