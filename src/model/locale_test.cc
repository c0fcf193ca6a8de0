#include "model/locale.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/embedded.h"
#include "base/text.h"

namespace understudy::model {
namespace {

const Locales& locales() {
  static const Locales kLocales = built_in_locales();
  return kLocales;
}

TEST(Locale, ManyLanguagesAreBuiltIn) {
  EXPECT_GE(locales().all().size(), 24U);
  for (const std::string_view tag : {"en", "de", "ja", "ar", "he", "zh-Hans", "zh-Hant", "pt-BR"}) {
    EXPECT_NE(locales().find(tag), nullptr) << tag;
  }
}

TEST(Locale, EveryFileIsCompleteAndNamedAfterItsLanguage) {
  std::size_t files = 0;
  for (const EmbeddedFile& file : embedded_files("pages/locales/")) {
    ++files;
    const auto locale = parse_locale(file.content);
    ASSERT_TRUE(locale.has_value()) << file.name << ": " << locale.error().message;
    EXPECT_EQ(file.name, "pages/locales/" + locale->tag + ".json");
    EXPECT_EQ(locale->direction, direction_of(locale->tag)) << file.name;
    EXPECT_FALSE(locale->name.empty()) << file.name;
    const PageLabels& labels = locale->labels;
    for (const std::string& text : {labels.since, labels.until, labels.countdown, labels.checking,
                                    labels.retry, labels.back, labels.footer}) {
      EXPECT_FALSE(trim_lines(text).empty()) << file.name;
      EXPECT_TRUE(is_utf8(text)) << file.name;
    }
    EXPECT_NE(labels.countdown.find("{time}"), std::string::npos) << file.name;
    for (const Reason reason : kReasons) {
      EXPECT_FALSE(locale->text(reason).title.empty()) << file.name << " " << to_text(reason);
      EXPECT_FALSE(locale->text(reason).message.empty()) << file.name << " " << to_text(reason);
    }
  }
  EXPECT_EQ(files, locales().all().size());
}

TEST(Locale, EachLanguageSaysItInItsOwnWords) {
  std::set<std::string> titles;
  for (const Locale& locale : locales().all()) titles.insert(locale.text(Reason::kMaintenance).message);
  EXPECT_EQ(titles.size(), locales().all().size());
}

TEST(Locale, TagsAreSortedAndUnique) {
  const auto& all = locales().all();
  EXPECT_TRUE(
      std::is_sorted(all.begin(), all.end(), [](const Locale& a, const Locale& b) { return a.tag < b.tag; }));
  std::set<std::string> tags;
  for (const Locale& locale : all) EXPECT_TRUE(tags.insert(lower(locale.tag)).second) << locale.tag;
}

TEST(Locale, IsFoundWithoutRegardToCase) {
  EXPECT_EQ(locales().find("ZH-hant")->tag, "zh-Hant");
  EXPECT_EQ(locales().find("zh"), nullptr);
  EXPECT_EQ(locales().find(""), nullptr);
  EXPECT_EQ(locales().english().tag, "en");
}

TEST(Locale, TheClosestLendsItsLabels) {
  EXPECT_EQ(locales().closest("de").tag, "de");
  EXPECT_EQ(locales().closest("de-CH-1996").tag, "de");
  EXPECT_EQ(locales().closest("zh-Hant-HK").tag, "zh-Hant");
  EXPECT_EQ(locales().closest("eo").tag, "en");
  EXPECT_EQ(locales().closest("").tag, "en");
}

TEST(Locale, KnowsDirections) {
  for (const std::string_view tag :
       {"ar", "AR-eg", "he", "iw", "fa", "ur-PK", "yi", "ps", "az-Arab", "pa-arab-PK", "ckb"}) {
    EXPECT_EQ(direction_of(tag), Direction::kRightToLeft) << tag;
  }
  for (const std::string_view tag : {"en", "de", "arn", "heb-x", "az", "zh-Hant", "tr", "", "sr-Latn"}) {
    EXPECT_EQ(direction_of(tag), Direction::kLeftToRight) << tag;
  }
}

TEST(Locale, AFileThatLacksSomethingIsRefusedByName) {
  const std::string whole(embedded_file("pages/locales/en.json").content);
  ASSERT_TRUE(parse_locale(whole).has_value());
  for (const std::string_view key :
       {"tag", "name", "dir", "maintenance", "read-only", "failure", "title", "message", "page", "since",
        "until", "countdown", "checking", "retry", "back", "footer"}) {
    std::string broken = whole;
    const std::string quoted = "\"" + std::string(key) + "\"";
    broken.replace(broken.find(quoted), quoted.size(), "\"other\"");
    const auto locale = parse_locale(broken);
    ASSERT_FALSE(locale.has_value()) << key;
    EXPECT_NE(locale.error().message.find(key), std::string::npos) << locale.error().message;
  }
  EXPECT_FALSE(parse_locale("").has_value());
  EXPECT_FALSE(parse_locale("[]").has_value());
  EXPECT_FALSE(parse_locale("{\"tag\":1}").has_value());
}

}  // namespace
}  // namespace understudy::model
