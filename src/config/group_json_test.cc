#include "config/group_json.h"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "config/reader.h"
#include "config/settings.h"

namespace understudy::config {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

const model::Locales& locales() {
  static const model::Locales kLocales = model::built_in_locales();
  return kLocales;
}

auto read(std::string_view text) {
  return read_group(json::parse({text.data(), text.size()}).as_object(), locales());
}

/// A group of which `more` is a member.
std::string shop(std::string_view more) {
  return fmt::format(R"({{"name":"shop","id":"9e428b69-47e2-48b7-a694-bb2222bf48c3"{}{}}})",
                     more.empty() ? "" : ",", more);
}

std::vector<std::string> wrong_fields(std::string_view text) {
  const auto group = read(text);
  std::vector<std::string> fields;
  if (group.has_error()) {
    for (const auto& [field, message] : group.error().fields) fields.push_back(field);
  }
  return fields;
}

std::string message_of(std::string_view text) {
  const auto group = read(text);
  return group.has_error() ? group.error().fields.front().second : "fine";
}

constexpr std::string_view kFull = R"({"name":"Shop.eu-1","id":"9E428B69-47e2-48b7-a694-bb2222bf48c3",
  "hosts":["API.shop.example","[::1]"],"default":true,"languages":["de","eo"],"retry_after":"1h30m","retry_jitter":0,
  "cors":{"origins":["https://shop.example","https://*.shop.example"],"credentials":true,"methods":["PUT"],
          "headers":["X-Token"],"expose":["X-Total"],"max_age":"10m"},
  "texts":{"maintenance":{"eo":{"title":"Titolo","message":"Mesagho"},"de":{"title":"T","message":""}},
           "read-only":{"eo":{"title":"Nur","message":"legi"}}}})";

TEST(GroupJson, ReadsEveryKey) {
  const auto group = read(kFull);
  ASSERT_TRUE(group.has_value()) << group.error().fields.front().second;
  EXPECT_EQ(group->name, "Shop.eu-1");
  EXPECT_EQ(group->id, "9e428b69-47e2-48b7-a694-bb2222bf48c3");
  EXPECT_THAT(group->hosts, ElementsAre("api.shop.example", "[::1]"));
  EXPECT_TRUE(group->is_default);
  EXPECT_THAT(group->languages, ElementsAre("de", "eo"));
  EXPECT_EQ(group->retry_after, 90min);
  EXPECT_EQ(group->retry_jitter, 0U);
  EXPECT_EQ(group->cors.origins.size(), 2U);
  EXPECT_TRUE(group->cors.credentials);
  EXPECT_THAT(group->cors.methods, ElementsAre("PUT"));
  EXPECT_THAT(group->cors.headers, ElementsAre("X-Token"));
  EXPECT_THAT(group->cors.expose, ElementsAre("X-Total"));
  EXPECT_EQ(group->cors.max_age, 10min);
  ASSERT_EQ(group->texts.size(), 3U);
  EXPECT_EQ(group->texts[0].tag, "eo");
  EXPECT_EQ(group->texts[0].text.message, "Mesagho");
  EXPECT_EQ(group->texts[1].tag, "de");
  EXPECT_EQ(group->texts[2].reason, model::Reason::kReadOnly);
}

TEST(GroupJson, ComesBackAsItWasShown) {
  const json::object shown = group_to_json(read(kFull).value());
  EXPECT_EQ(json::serialize(group_to_json(read_group(shown, locales()).value())), json::serialize(shown));
  EXPECT_EQ(shown.at("retry_after"), "1h30m");
  EXPECT_EQ(shown.at("cors").at("max_age"), "10m");
  EXPECT_EQ(shown.at("texts").at("maintenance").at("eo").at("title"), "Titolo");
  EXPECT_FALSE(shown.contains("flag_file"));
  EXPECT_FALSE(shown.contains("page_dir"));
}

/// Every row is read, defaulted and shown: the API knows no setting less or more than the file.
TEST(GroupJson, HasTheFilesKeysAndDefaults) {
  const auto from_file =
      read_config("[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\n", "a.toml", {}, locales());
  const json::object of_file = group_to_json(from_file.config.groups.at(0));
  const json::object of_api = group_to_json(read(shop("")).value());
  EXPECT_EQ(json::serialize(of_api), json::serialize(of_file));
  for (const auto& row : group_settings()) {
    ASSERT_NE(row.load, nullptr) << row.key;
    if (row.key == "flag_file" || row.key == "page_dir") continue;
    if (row.quote == Quote::kNever) continue;
    const auto dot = row.key.find('.');
    const bool within = dot != std::string_view::npos;
    const json::object& object = within ? of_api.at(std::string(row.key.substr(0, dot))).as_object() : of_api;
    EXPECT_TRUE(object.contains(std::string(within ? row.key.substr(dot + 1) : row.key))) << row.key;
  }
}

constexpr std::string_view kHash =
    "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7";

TEST(GroupJson, HasTheGatesTables) {
  const std::string text = shop(fmt::format(
      R"("gate":{{"paths":["/api/*"],"exempt":[],"reads":["POST /search"],"ramp_cookie":"sid"}},
         "bypass":{{"networks":["203.0.113.0/24","2001:db8::1"],"cookie":"B=x","header":"X-B","cookie_domain":"shop.example",
                    "cookie_same_site":"lax","redirects":["https://shop.example"],"password_hash":"{}"}})",
      kHash));
  const GroupConfig group = read(text).value();
  EXPECT_EQ(group.gate.reads.at(0).method, "POST");
  EXPECT_TRUE(group.gate.exempt.empty());
  EXPECT_EQ(group.bypass.cookie.value, "x");
  EXPECT_EQ(group.bypass.header.value, "true");
  EXPECT_EQ(group.bypass.same_site, model::SameSite::kLax);
  const json::object record = group_to_record(group);
  EXPECT_EQ(json::serialize(group_to_record(read_group(record, locales()).value())), json::serialize(record));
  EXPECT_EQ(record.at("bypass").at("networks"), (json::array{"203.0.113.0/24", "2001:db8::1"}));
  EXPECT_EQ(read(shop("")).value().gate.exempt.at(0).text(), "/.well-known/acme-challenge/*");
}

TEST(GroupJson, APasswordsHashIsKeptAndNeverShown) {
  const GroupConfig group = read(shop(fmt::format(R"("bypass":{{"password_hash":"{}"}})", kHash))).value();
  json::object record = group_to_record(group);
  EXPECT_EQ(record.at("bypass").at("password_hash"), json::value(kHash.data()));
  const std::string shown = json::serialize(group_to_json(group));
  EXPECT_EQ(shown.find("$y$"), std::string::npos);
  EXPECT_EQ(group_to_json(group).at("bypass").at("password"), true);
  hide_secrets(record);
  EXPECT_EQ(json::serialize(record).find("$y$"), std::string::npos);
  EXPECT_EQ(record.at("bypass").at("password"), true);
  EXPECT_THAT(message_of(shop(R"("bypass":{"password_hash":"$1$zebra"})")), Not(HasSubstr("zebra")));
  EXPECT_THAT(message_of(shop(R"("bypass":{"password_hash":["zebra"]})")), Not(HasSubstr("zebra")));
}

TEST(GroupJson, WhetherThereIsAPasswordMayComeBackAsItWasShown) {
  EXPECT_EQ(message_of(shop(R"("bypass":{"password":false})")), "fine");
  EXPECT_EQ(message_of(shop(fmt::format(R"("bypass":{{"password":true,"password_hash":"{}"}})", kHash))),
            "fine");
  EXPECT_THAT(wrong_fields(shop(R"("bypass":{"password":true})")), ElementsAre("bypass.password"));
  EXPECT_THAT(wrong_fields(shop(fmt::format(R"("bypass":{{"password":false,"password_hash":"{}"}})", kHash))),
              ElementsAre("bypass.password"));
}

TEST(GroupJson, ShowsTheFilesPaths) {
  GroupConfig group;
  group.flag_file = "/etc/shop";
  group.page_dir = "/var/www/shop";
  EXPECT_EQ(group_to_json(group).at("flag_file"), "/etc/shop");
  EXPECT_EQ(group_to_json(group).at("page_dir"), "/var/www/shop");
}

TEST(GroupJson, RefusesFilesOfTheServer) {
  EXPECT_THAT(message_of(shop(R"("flag_file":"/etc/shop")")), HasSubstr("can't name files of the server"));
  EXPECT_THAT(wrong_fields(shop(R"("page_dir":"/etc","flag_file":"")")),
              ElementsAre("page_dir", "flag_file"));
}

TEST(GroupJson, MakesAnIdWhereThereIsNone) {
  const auto one = read(R"({"name":"a"})");
  const auto other = read(R"({"name":"a"})");
  EXPECT_EQ(one.value().id.size(), 36U);
  EXPECT_NE(one.value().id, other.value().id);
  EXPECT_THAT(wrong_fields(R"({"name":"a","id":""})"), ElementsAre("id"));
  EXPECT_THAT(wrong_fields(R"({"name":"a","id":null})"), ElementsAre("id"));
}

TEST(GroupJson, NeedsAName) {
  EXPECT_THAT(wrong_fields("{}"), ElementsAre("name"));
  for (const std::string_view name : {R"("")", R"("a b")", R"(".a")", R"("ä")", "1", "null", "[]"}) {
    EXPECT_THAT(wrong_fields(fmt::format(R"({{"name":{}}})", name)), ElementsAre("name")) << name;
  }
}

struct Refused {
  std::string_view member;
  std::string_view field;
};

TEST(GroupJson, RefusesWhatTheFileRefuses) {
  const Refused cases[] = {
      {R"("hosts":"a.example")", "hosts"},
      {R"("hosts":["a.example",1])", "hosts[1]"},
      {R"("hosts":["a.example","b:80"])", "hosts[1]"},
      {R"("default":"true")", "default"},
      {R"("default":null)", "default"},
      {R"("languages":["de","xx"])", "languages[1]"},
      {R"("languages":["d e"])", "languages[0]"},
      {R"("retry_after":600)", "retry_after"},
      {R"("retry_after":"1ms")", "retry_after"},
      {R"("retry_after":"soon")", "retry_after"},
      {R"("retry_jitter":101)", "retry_jitter"},
      {R"("retry_jitter":-1)", "retry_jitter"},
      {R"("retry_jitter":1.5)", "retry_jitter"},
      {R"("retry_jitter":18446744073709551615)", "retry_jitter"},
      {R"("cors":[])", "cors"},
      {R"("cors":{"origins":["https://ok.example","https://*.com"]})", "cors.origins[1]"},
      {R"("cors":{"origins":["https://a.example","*"],"credentials":true})", "cors.origins[1]"},
      {R"("cors":{"methods":["a b"]})", "cors.methods[0]"},
      {R"("cors":{"max_age":"25h"})", "cors.max_age"},
      {R"("cors":{"origin":[]})", "cors.origin"},
      {R"("texts":1)", "texts"},
      {R"("texts":{"maintenance":1})", "texts.maintenance"},
      {R"("texts":{"maintainance":{}})", "texts.maintainance"},
      {R"("texts":{"failure":{"e n":{"title":"a","message":"b"}}})", "texts.failure.e n"},
      {R"("texts":{"failure":{"en":1}})", "texts.failure.en"},
      {R"("texts":{"failure":{"en":{"message":"b"}}})", "texts.failure.en.title"},
      {R"("texts":{"failure":{"en":{"title":"b"}}})", "texts.failure.en.message"},
      {R"("texts":{"failure":{"en":{"title":" ","message":"b"}}})", "texts.failure.en.title"},
      {R"("texts":{"failure":{"en":{"title":"a","message":[]}}})", "texts.failure.en.message"},
      {R"("texts":{"failure":{"en":{"title":"a","message":"b","x":1}}})", "texts.failure.en.x"},
      {R"("texts":{"failure":{"en":{"title":"a","message":"b"},"EN":{"title":"a","message":"b"}}})",
       "texts.failure.EN"},
      {R"("cors.origins":[])", "cors.origins"},
      {R"("source":"api")", "source"},
      {R"("colour":"red")", "colour"},
  };
  for (const Refused& c : cases) {
    EXPECT_THAT(wrong_fields(shop(c.member)), ElementsAre(std::string(c.field))) << c.member;
  }
  EXPECT_THAT(
      wrong_fields(shop(fmt::format(R"("texts":{{"failure":{{"en":{{"title":"{}","message":"{}"}}}}}})",
                                    std::string(501, 'a'), std::string(8193, 'a')))),
      ElementsAre("texts.failure.en.title", "texts.failure.en.message"));
}

TEST(GroupJson, TellsAllThatIsWrongAndTheNearestKey) {
  EXPECT_THAT(wrong_fields(R"({"name":"a b","hosts":1,"x":2})"), ElementsAre("name", "hosts", "x"));
  EXPECT_THAT(message_of(shop(R"("retry_afer":"1m")")), HasSubstr("did you mean \"retry_after\"?"));
  EXPECT_THAT(message_of(shop(R"("cors":{"origin":[]})")), HasSubstr("did you mean \"origins\"?"));
  EXPECT_THAT(message_of(shop(R"("texts":{"maintainance":{}})")), HasSubstr("did you mean \"maintenance\"?"));
  EXPECT_THAT(message_of(shop(R"("retry_jitter":101)")),
              testing::AllOf(HasSubstr("101"), HasSubstr("0 to 100")));
  EXPECT_THAT(message_of(shop(R"("languages":["zh-Hand"])")), HasSubstr("did you mean \"zh-Han"));
}

TEST(GroupJson, AMessageStaysALineWhateverItQuotes) {
  for (const std::string_view member : {R"("a\nb":1)", R"("hosts":["a\u001b[2Jb"])", R"("id":"\u007f")"}) {
    EXPECT_EQ(message_of(shop(member)).find_first_of("\n\x1b\x7f"), std::string::npos) << member;
  }
}

}  // namespace
}  // namespace understudy::config
