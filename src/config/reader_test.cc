#include "config/reader.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/text.h"

namespace understudy::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const model::Locales& locales() {
  static const model::Locales kLocales = model::built_in_locales();
  return kLocales;
}

ReadResult read(std::string_view text, const Environment& environment = {}) {
  return read_config(text, "a.toml", environment, locales());
}

/// "LINE:COLUMN KEY", with a "?" in front of a warning.
std::vector<std::string> places(const ReadResult& read) {
  std::vector<std::string> out;
  for (const Problem& problem : read.problems) {
    out.push_back(fmt::format("{}{}:{} {}", problem.severity == Severity::kWarning ? "?" : "", problem.line,
                              problem.column, problem.key));
  }
  return out;
}

std::vector<std::string> places_of(std::string_view text, const Environment& environment = {}) {
  return places(read(text, environment));
}

constexpr std::string_view kShop = R"([groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
)";
constexpr std::string_view kOtherId = R"(id = "1a2b7c1e-5d0f-4c53-9d0e-8a6b5f3c2d10")";

std::string shop(std::string_view more) { return std::string(kShop) + std::string(more) + "\n"; }

/// The first error's line, to look for words in.
std::string line_of(std::string_view text) {
  for (const Problem& problem : read(text).problems) {
    if (problem.severity == Severity::kError) return to_line(problem);
  }
  return "no error";
}

TEST(Reader, ReadsEverySetting) {
  const ReadResult result = read(R"(
[server]
listen = ["127.0.0.1:1", "tls:[::1]:2", "unix:/run/a.sock"]
tls_certificate = "/c.pem"
tls_key = "/k.pem"
trusted_proxies = ["10.0.0.0/8"]
reason_header = "X-SST-Backend"
workers = 3
header_timeout = "1s"
idle_timeout = "2s"
write_timeout = "3s"
drain_timeout = "4s"
drain_limit = "5KiB"
max_connections = 6
shutdown_timeout = "7s"
[admin]
listen = []
[log]
level = "warning"
format = "json"
access = false
access_file = "/var/log/a"
[groups.shop]
id = "9E428B69-47E2-48B7-A694-BB2222BF48C3"
hosts = ["API.shop.example", "[::1]"]
default = true
languages = ["de", "eo"]
retry_after = "1h30m"
retry_jitter = 0
flag_file = "/etc/shop"
cors.origins = ["https://shop.example", "https://*.shop.example", "http://localhost:*", "null"]
cors.methods = ["PUT"]
cors.headers = ["X-Token"]
cors.expose = ["X-Total"]
cors.max_age = "10m"
[groups.shop.maintenance.eo]
title = "Titolo"
message = "Mesagho"
[groups.shop."read-only".de]
title = "T"
message = ""
)");
  ASSERT_THAT(places(result), ElementsAre());
  const ServerConfig& server = result.config.server;
  ASSERT_EQ(server.listen.size(), 3U);
  EXPECT_EQ(server.listen[1].kind, ListenAddress::Kind::kTls);
  EXPECT_EQ(server.listen[2].path, "/run/a.sock");
  EXPECT_EQ(server.tls_certificate + server.tls_key, "/c.pem/k.pem");
  EXPECT_EQ(server.trusted_proxies.size(), 1U);
  EXPECT_EQ(server.reason_header, "X-SST-Backend");
  EXPECT_EQ(server.workers, 3U);
  EXPECT_EQ(server.header_timeout, 1s);
  EXPECT_EQ(server.idle_timeout, 2s);
  EXPECT_EQ(server.write_timeout, 3s);
  EXPECT_EQ(server.drain_timeout, 4s);
  EXPECT_EQ(server.drain_limit, 5U * 1024);
  EXPECT_EQ(server.max_connections, 6U);
  EXPECT_EQ(server.shutdown_timeout, 7s);
  EXPECT_TRUE(result.config.admin_listen.empty());
  EXPECT_EQ(result.config.log.level, LogLevel::kWarning);
  EXPECT_EQ(result.config.log.format, LogFormat::kJson);
  EXPECT_FALSE(result.config.log.access);
  EXPECT_EQ(result.config.log.access_file, "/var/log/a");
  const GroupConfig& group = result.config.groups.at(0);
  EXPECT_EQ(group.name, "shop");
  EXPECT_EQ(group.id, "9e428b69-47e2-48b7-a694-bb2222bf48c3");
  EXPECT_THAT(group.hosts, ElementsAre("api.shop.example", "[::1]"));
  EXPECT_TRUE(group.is_default);
  EXPECT_THAT(group.languages, ElementsAre("de", "eo"));
  EXPECT_EQ(group.retry_after, 90min);
  EXPECT_EQ(group.retry_jitter, 0U);
  EXPECT_EQ(group.flag_file, "/etc/shop");
  EXPECT_EQ(group.cors.origins.size(), 4U);
  EXPECT_THAT(group.cors.methods, ElementsAre("PUT"));
  EXPECT_THAT(group.cors.headers, ElementsAre("X-Token"));
  EXPECT_THAT(group.cors.expose, ElementsAre("X-Total"));
  EXPECT_EQ(group.cors.max_age, 10min);
  ASSERT_EQ(group.texts.size(), 2U);
  EXPECT_EQ(group.texts[0].text.title, "Titolo");
}

TEST(Reader, FindsAllProblemsAtOnceInTheOrderOfTheirPlaces) {
  EXPECT_THAT(
      places_of(R"([sever]
a = 1
[server]
lisen = ["127.0.0.1:8503"]
workers = -1
header_timeout = 10
listen = ["127.0.0.1:1", "localhost:80", "x"]
[log]
level = "loud"
access = "yes"
[groups.shop]
id = "1"
retry_jitter = 101
colour = "red"
[groups.shop.cors]
origin = []
[groups.shop.maintenance.en]
titel = "x"
)"),
      ElementsAre("1:2 sever", "4:1 server.lisen", "5:11 server.workers", "6:18 server.header_timeout",
                  "7:26 server.listen", "7:42 server.listen", "9:9 log.level", "10:10 log.access",
                  "12:6 groups.shop.id", "13:16 groups.shop.retry_jitter", "14:1 groups.shop.colour",
                  "16:1 groups.shop.cors.origin", "17:1 groups.shop.maintenance.en",
                  "17:1 groups.shop.maintenance.en", "18:1 groups.shop.maintenance.en.titel"));
}

TEST(Reader, SuggestsTheNearestKey) {
  EXPECT_THAT(line_of("[sever]\n"), HasSubstr("did you mean \"server\"?"));
  EXPECT_THAT(line_of("[server]\nlisen = []\n"), HasSubstr("did you mean \"listen\"?"));
  EXPECT_THAT(line_of(shop("flagfile = \"/a\"")), HasSubstr("did you mean \"flag_file\"?"));
  EXPECT_THAT(line_of(shop("cors.origin = []")), HasSubstr("did you mean \"origins\"?"));
  EXPECT_THAT(line_of(shop("[groups.shop.maintainance.en]\ntitle = \"a\"\nmessage = \"b\"")),
              HasSubstr("did you mean \"maintenance\"?"));
  EXPECT_THAT(line_of(shop("[groups.shop.failure.en]\ntitle = \"a\"\nmesage = "
                           "\"b\"\nmessage = \"c\"")),
              HasSubstr("did you mean \"message\"?"));
  EXPECT_THAT(line_of(shop("languages = [\"zh-Hand\"]")), HasSubstr("did you mean \"zh-Han"));
}

TEST(Reader, SaysWhatItFoundAndWhatItExpected) {
  EXPECT_THAT(line_of("[server]\nworkers = \"four\"\n"),
              testing::AllOf(testing::StartsWith("a.toml:2:11: error: server.workers: "),
                             HasSubstr("\"four\""), HasSubstr("a whole number")));
  EXPECT_THAT(line_of("[server]\nworkers = 2000\n"),
              testing::AllOf(HasSubstr("2000"), HasSubstr("0 to 1024")));
  EXPECT_THAT(line_of("[server]\nidle_timeout = \"1ms\"\n"),
              testing::AllOf(HasSubstr("1ms"), HasSubstr("10ms to 1d")));
}

struct Refused {
  std::string_view text;
  std::string_view place;
};

TEST(Reader, RefusesWrongTypes) {
  const Refused cases[] = {
      {"server = 1\n", "1:10 server"},
      {"log = []\n", "1:7 log"},
      {"groups = \"x\"\n", "1:10 groups"},
      {"[groups]\nshop = 1\n", "2:1 groups.shop"},
      {"[[groups.shop]]\n", "1:10 groups.shop"},
      {"[server]\nlisten = \"127.0.0.1:1\"\n", "2:10 server.listen"},
      {"[server]\nlisten = [1]\n", "2:11 server.listen"},
      {"[server]\nworkers = 1.0\n", "2:11 server.workers"},
      {"[server]\nworkers = true\n", "2:11 server.workers"},
      {"[server]\nidle_timeout = 75\n", "2:16 server.idle_timeout"},
      {"[server]\nidle_timeout = \"75\"\n", "2:16 server.idle_timeout"},
      {"[server]\ndrain_limit = \"lots\"\n", "2:15 server.drain_limit"},
      {"[server]\nreason_header = 1979-05-27\n", "2:17 server.reason_header"},
      {"[log]\naccess = 1\n", "2:10 log.access"},
      {"[log]\nlevel = {}\n", "2:9 log.level"},
  };
  for (const Refused& c : cases) {
    const auto found = places_of(c.text);
    EXPECT_THAT(found, testing::Contains(c.place)) << c.text;
  }
}

TEST(Reader, RefusesWhatIsOutOfRange) {
  const Refused cases[] = {
      {"[server]\nworkers = -1\n", "2:11 server.workers"},
      {"[server]\nworkers = 1025\n", "2:11 server.workers"},
      {"[server]\nmax_connections = 0\n", "2:19 server.max_connections"},
      {"[server]\nheader_timeout = \"9ms\"\n", "2:18 server.header_timeout"},
      {"[server]\nheader_timeout = \"61m\"\n", "2:18 server.header_timeout"},
      {"[server]\ndrain_limit = -1\n", "2:15 server.drain_limit"},
      {"[server]\nlisten = []\n", "2:10 server.listen"},
      {"[server]\ntrusted_proxies = [\"10.0.0.1/8\"]\n", "2:20 server.trusted_proxies"},
      {"[server]\nreason_header = \"X Y\"\n", "2:17 server.reason_header"},
      {"[log]\nformat = \"xml\"\n", "2:10 log.format"},
  };
  for (const Refused& c : cases)
    EXPECT_THAT(places_of(std::string(c.text) + std::string(kShop)), ElementsAre(c.place)) << c.text;
  const Refused group_cases[] = {
      {"retry_jitter = 101", "3:16 groups.shop.retry_jitter"},
      {"retry_jitter = -1", "3:16 groups.shop.retry_jitter"},
      {"retry_after = \"999ms\"", "3:15 groups.shop.retry_after"},
      {"retry_after = \"366d\"", "3:15 groups.shop.retry_after"},
      {"flag_file = \"\"", "3:13 groups.shop.flag_file"},
      {"flag_file = \"relative\"", "3:13 groups.shop.flag_file"},
      {"hosts = [\"https://api.example\"]", "3:10 groups.shop.hosts"},
      {"hosts = [\"ok.example\", \"api.example:80\"]", "3:24 groups.shop.hosts"},
      {"hosts = [\"-a.example\"]", "3:10 groups.shop.hosts"},
      {"hosts = [\"\"]", "3:10 groups.shop.hosts"},
      {"hosts = [\"a..example\"]", "3:10 groups.shop.hosts"},
      {"hosts = [\"*.example\"]", "3:10 groups.shop.hosts"},
      {"languages = [\"klingon-\"]", "3:14 groups.shop.languages"},
      {"languages = [\"xx\"]", "3:14 groups.shop.languages"},
      {"cors.methods = [\"P T\"]", "3:17 groups.shop.cors.methods"},
      {"cors.expose = [\"X:\"]", "3:16 groups.shop.cors.expose"},
      {"cors.max_age = \"25h\"", "3:16 groups.shop.cors.max_age"},
  };
  for (const Refused& c : group_cases)
    EXPECT_THAT(places_of(shop(c.text)), testing::Contains(c.place)) << c.text;
}

TEST(Reader, RefusesIdsThatAreNoneOrTwice) {
  EXPECT_THAT(places_of("[groups.shop]\n"), ElementsAre("1:9 groups.shop.id"));
  for (const std::string_view id :
       {"", "shop", "9e428b69-47e2-48b7-a694-bb2222bf48c", "9e428b69-47e2-48b7-a694-bb2222bf48c33",
        "9e428b69047e2-48b7-a694-bb2222bf48c3", "9e428b69-47e2-48b7-a694-bb2222bf48cg",
        "{9e428b69-47e2-48b7-a694-bb2222bf48c3}"}) {
    EXPECT_THAT(places_of(fmt::format("[groups.shop]\nid = \"{}\"\n", id)), ElementsAre("2:6 groups.shop.id"))
        << id;
  }
  const std::string twice = shop("[groups.docs]\nid = \"9E428B69-47E2-48B7-A694-BB2222BF48C3\"");
  EXPECT_THAT(places_of(twice), ElementsAre("4:6 groups.docs.id"));
  EXPECT_THAT(line_of(twice), testing::AllOf(HasSubstr("shop"), HasSubstr("line 2")));
}

TEST(Reader, RefusesAHostInTwoGroups) {
  const std::string text = shop("hosts = [\"a.example\", \"b.example\"]\n[groups.docs]\n" +
                                std::string(kOtherId) + "\nhosts = [\"c.example\", \"B.Example\"]");
  EXPECT_THAT(places_of(text), ElementsAre("6:23 groups.docs.hosts"));
  EXPECT_THAT(line_of(text), testing::AllOf(HasSubstr("shop"), HasSubstr("line 3")));
}

TEST(Reader, RefusesTwoDefaultGroups) {
  const std::string text =
      shop("default = true\n[groups.docs]\n" + std::string(kOtherId) + "\ndefault = true");
  EXPECT_THAT(places_of(text), ElementsAre("6:11 groups.docs.default"));
  EXPECT_THAT(line_of(text), testing::AllOf(HasSubstr("shop"), HasSubstr("line 3")));
}

TEST(Reader, RefusesOriginsThatNoBrowserSends) {
  for (const std::string_view origin : {"https://shop.example/",
                                        "https://shop.example/a",
                                        "https://shop.example?a",
                                        "https://shop.example#a",
                                        "shop.example",
                                        "*.shop.example",
                                        "https://",
                                        "",
                                        "https://Shop.example",
                                        "HTTPS://shop.example",
                                        "https://shop.example:443",
                                        "http://shop.example:80",
                                        "https://shop.example:0",
                                        "https://shop.example:65536",
                                        "https://shop.example:",
                                        "https://shop..example",
                                        "https://-shop.example",
                                        "https://käse.example",
                                        "https://a@shop.example",
                                        "http://[::g]",
                                        "https://shop.example, https://b.example",
                                        " https://shop.example",
                                        "https://shop.example."}) {
    EXPECT_THAT(places_of(shop(fmt::format("cors.origins = [\"https://ok.example\", \"{}\"]", origin))),
                ElementsAre("3:39 groups.shop.cors.origins"))
        << origin;
  }
  for (const std::string_view origin :
       {"https://shop.example", "http://localhost", "http://localhost:*", "http://localhost:3000",
        "http://127.0.0.1:*", "http://[::1]:8080", "https://*.shop.example", "https://*.shop.example:*",
        "https://*.shop.co.uk", "null", "*", "capacitor://localhost", "https://xn--kse-qla.example",
        "http://*.localhost:*"}) {
    EXPECT_THAT(places_of(shop(fmt::format("cors.origins = [\"{}\"]", origin))), ElementsAre()) << origin;
  }
}

TEST(Reader, SaysWhatIsWrongWithAnOrigin) {
  const auto told = [](std::string_view origin) {
    return line_of(shop(fmt::format("cors.origins = [\"{}\"]", origin)));
  };
  EXPECT_THAT(told("https://shop.example/"), HasSubstr("an origin has no trailing slash"));
  EXPECT_THAT(told("https://shop.example/a"), HasSubstr("an origin has no path"));
  EXPECT_THAT(told("shop.example"), HasSubstr("no scheme"));
  EXPECT_THAT(told("https://Shop.example"), HasSubstr("lower case"));
  EXPECT_THAT(told("https://shop.example:443"), HasSubstr("default port"));
  EXPECT_THAT(told("https://*.co.uk"), HasSubstr("\"co.uk\" is a public suffix"));
}

TEST(Reader, RefusesWildcardsAsWideAsAPublicSuffix) {
  for (const std::string_view origin :
       {"https://*.com", "https://*.de", "https://*.example", "https://*.co.uk", "https://*.github.io",
        "https://*.com:*", "https://*", "https://*:*", "https://*.*.shop.example", "https://a.*.example",
        "https://a*.shop.example", "https://*shop.example", "https://*."}) {
    EXPECT_THAT(places_of(shop(fmt::format("cors.origins = [\"{}\"]", origin))),
                ElementsAre("3:17 groups.shop.cors.origins"))
        << origin;
  }
}

TEST(Reader, RefusesAnyOriginTogetherWithCredentials) {
  for (const std::string_view origin : {"*", "null"}) {
    EXPECT_THAT(places_of(shop(fmt::format("cors.credentials = true\ncors.origins = "
                                           "[\"https://a.example\", \"{}\"]",
                                           origin))),
                ElementsAre("4:38 groups.shop.cors.origins"));
  }
}

class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "understudy-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(Reader, RefusesAPageDirWithoutAReadableIndex) {
  const Folder folder;
  const std::string text = shop(fmt::format("page_dir = \"{}\"", folder.path().string()));
  EXPECT_THAT(places_of(text), ElementsAre("3:12 groups.shop.page_dir"));
  EXPECT_THAT(line_of(text), HasSubstr("index.html"));
  std::filesystem::create_directory(folder.path() / "index.html");
  EXPECT_THAT(places_of(text), ElementsAre("3:12 groups.shop.page_dir"));
  std::filesystem::remove(folder.path() / "index.html");
  std::ofstream(folder.path() / "index.html") << "<!DOCTYPE html>";
  EXPECT_THAT(places_of(text), ElementsAre());
  EXPECT_THAT(places_of(shop("page_dir = \"/nonexistent\"")), ElementsAre("3:12 groups.shop.page_dir"));
  EXPECT_THAT(places_of(shop("page_dir = \"relative\"")), ElementsAre("3:12 groups.shop.page_dir"));
}

TEST(Reader, JudgesTexts) {
  const auto text = [](std::string_view table) {
    return shop(fmt::format("[groups.shop.maintenance.en]\n{}", table));
  };
  EXPECT_THAT(places_of(text("title = \"a\"\nmessage = \"b\"")), ElementsAre());
  EXPECT_THAT(places_of(text("title = \"a\"")), ElementsAre("3:1 groups.shop.maintenance.en"));
  EXPECT_THAT(places_of(text("message = \"a\"")), ElementsAre("3:1 groups.shop.maintenance.en"));
  EXPECT_THAT(places_of(text("title = \" \"\nmessage = \"b\"")),
              ElementsAre("4:9 groups.shop.maintenance.en.title"));
  EXPECT_THAT(places_of(text("title = 1\nmessage = [2]")),
              ElementsAre("4:9 groups.shop.maintenance.en.title", "5:11 groups.shop.maintenance.en.message"));
  EXPECT_THAT(places_of(text(fmt::format("title = \"{}\"\nmessage = \"b\"", std::string(501, 'a')))),
              ElementsAre("4:9 groups.shop.maintenance.en.title"));
  EXPECT_THAT(places_of(text(fmt::format("title = \"a\"\nmessage = \"{}\"", std::string(8193, 'a')))),
              ElementsAre("5:11 groups.shop.maintenance.en.message"));
  EXPECT_THAT(places_of(shop("maintenance = 1")), ElementsAre("3:15 groups.shop.maintenance"));
  EXPECT_THAT(places_of(shop("maintenance.en = 1")),
              testing::Contains(HasSubstr("groups.shop.maintenance.en")));
  EXPECT_THAT(places_of(shop("[groups.shop.maintenance.\"d e\"]\ntitle = \"a\"\nmessage = \"b\"")),
              ElementsAre("3:26 groups.shop.maintenance.d e"));
  EXPECT_THAT(places_of(shop("[groups.shop.maintenance.de]\ntitle = \"a\"\nmessage = \"b\"\n"
                             "[groups.shop.maintenance.DE]\ntitle = \"a\"\nmessage = \"b\"")),
              ElementsAre("6:26 groups.shop.maintenance.DE"));
}

TEST(Reader, KeepsTextsInTheOrderOfTheFile) {
  const ReadResult result = read(shop(R"([groups.shop.failure.fr]
title = "f"
message = ""
[groups.shop.failure.de]
title = "d"
message = ""
[groups.shop.failure.en]
title = "e"
message = "")"));
  std::vector<std::string> tags;
  for (const model::OwnText& text : result.config.groups.at(0).texts) tags.push_back(text.tag);
  EXPECT_THAT(tags, ElementsAre("fr", "de", "en"));
}

TEST(Reader, RefusesGroupNamesThatNeedQuoting) {
  for (const std::string_view name : {"a b", "", ".a", "-a", "ä", "a/b", "a\\nb"}) {
    const auto found = places_of(fmt::format("[groups.\"{}\"]\n{}\n", name, kOtherId));
    ASSERT_EQ(found.size(), 1U) << name;
    EXPECT_TRUE(found[0].starts_with("1:9 groups.")) << found[0];
  }
  EXPECT_THAT(places_of(fmt::format("[groups.{}]\n{}\n", std::string(64, 'a'), kOtherId)), ElementsAre());
  EXPECT_EQ(places_of(fmt::format("[groups.{}]\n{}\n", std::string(65, 'a'), kOtherId)).size(), 1U);
}

TEST(Reader, WarnsOfWhatHasNoEffectYet) {
  EXPECT_THAT(places_of("[store]\netcd = [\"/x\"]\n" + shop("")), ElementsAre("?2:1 store.etcd"));
  EXPECT_FALSE(has_errors(read("[store]\netcd = []\n").problems));
  EXPECT_THAT(places_of(kShop, {{"UNDERSTUDY_STORE_ETCD", "x"}}), ElementsAre("?0:0 store.etcd"));
  EXPECT_THAT(places_of(""), ElementsAre("?0:0 groups"));
}

TEST(Reader, ReadsTheStoreAndTheSwitch) {
  const ReadResult result = read(
      "[admin]\nhosts = [\"Admin.Example\"]\n[store]\npath = \"/var/s.db\"\n"
      "[switch]\nhard_limit = \"12h\"\n" +
      std::string(kShop));
  ASSERT_THAT(places(result), ElementsAre());
  EXPECT_THAT(result.config.admin_hosts, ElementsAre("admin.example"));
  EXPECT_EQ(result.config.store_path, "/var/s.db");
  EXPECT_EQ(result.config.hard_limit, 12h);
  const ReadResult plain =
      read(kShop, {{"UNDERSTUDY_STORE_PATH", "memory"}, {"UNDERSTUDY_SWITCH_HARD_LIMIT", "1m"}});
  ASSERT_THAT(places(plain), ElementsAre());
  EXPECT_EQ(plain.config.store_path, kMemoryStore);
  EXPECT_EQ(plain.config.hard_limit, 1min);
  EXPECT_EQ(plain.written.at("store.path"), "memory");
}

TEST(Reader, JudgesTheStoreAndTheSwitch) {
  const Refused cases[] = {
      {"[admin]\nhosts = [\"a.example\", \"b:80\"]\n", "2:23 admin.hosts"},
      {"[store]\npath = \"state.db\"\n", "2:8 store.path"},
      {"[store]\npath = \"\"\n", "2:8 store.path"},
      {"[store]\npaht = \"/x\"\n", "2:1 store.paht"},
      {"[switch]\nhard_limit = \"59s\"\n", "2:14 switch.hard_limit"},
      {"[switch]\nhard_limit = \"31d\"\n", "2:14 switch.hard_limit"},
  };
  for (const Refused& c : cases) {
    EXPECT_THAT(places_of(std::string(c.text) + std::string(kShop)), ElementsAre(std::string(c.place)))
        << c.text;
  }
  for (const std::string_view limit : {"0s", "1m", "30d"}) {
    EXPECT_THAT(places_of(fmt::format("[switch]\nhard_limit = \"{}\"\n{}", limit, kShop)), ElementsAre())
        << limit;
  }
  EXPECT_THAT(line_of("[store]\npaht = \"/x\"\n"), HasSubstr("did you mean \"path\"?"));
}

TEST(Reader, ATlsListenerNeedsItsFiles) {
  EXPECT_THAT(places_of("[server]\nlisten = [\"tls:127.0.0.1:1\"]\n" + std::string(kShop)),
              ElementsAre("2:10 server.tls_certificate", "2:10 server.tls_key"));
  EXPECT_THAT(places_of("[server]\nlisten = [\"tls:127.0.0.1:1\"]\ntls_key = \"/k\"\n" + std::string(kShop)),
              ElementsAre("2:10 server.tls_certificate"));
}

TEST(Reader, PointsAtSyntaxErrors) {
  const ReadResult result = read("[server]\nlisten = [\"a\"\nworkers = 1\n");
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].line, 3U);
  EXPECT_TRUE(has_errors(result.problems));
  EXPECT_EQ(read("a = 1\na = 2\n").problems.at(0).line, 2U);
  EXPECT_TRUE(has_errors(read("a = \"\xFF\"\n").problems));
  EXPECT_TRUE(has_errors(read(std::string_view("a = 1\0", 6)).problems));
}

TEST(Reader, ALineStaysALineWhateverIsQuoted) {
  for (const std::string& text :
       {shop("colour = \"a\\nb\\u001b[2J\""), std::string("\"a\\nb\" = 1\n"), shop("hosts = [\"a\\nb\"]"),
        std::string("[groups.\"a\\nb\"]\n"), shop("languages = [\"\\u007f\"]"),
        shop("flag_file = \"\"\"\nx\"\"\""), shop("cors.origins = [\"" + std::string(79, 'x') + "ä\"]")}) {
    for (const Problem& problem : read(text).problems) {
      const std::string line = to_line(problem);
      EXPECT_EQ(line.find_first_of("\n\r\x1b\x7f"), std::string::npos) << testing::PrintToString(line);
      EXPECT_TRUE(is_utf8(line)) << testing::PrintToString(line);
    }
  }
}

TEST(Reader, VariablesGoOverTheFile) {
  const ReadResult result = read(shop("hosts = [\"file.example\"]\nretry_after = \"1m\""),
                                 {{"UNDERSTUDY_SERVER_LISTEN", "127.0.0.1:1, [::1]:2"},
                                  {"UNDERSTUDY_SERVER_WORKERS", "7"},
                                  {"UNDERSTUDY_SERVER_DRAIN_LIMIT", "2MiB"},
                                  {"UNDERSTUDY_ADMIN_LISTEN", ""},
                                  {"UNDERSTUDY_LOG_ACCESS", "false"},
                                  {"UNDERSTUDY_GROUPS_SHOP_HOSTS", "one.example,two.example"},
                                  {"UNDERSTUDY_GROUPS_SHOP_DEFAULT", "true"},
                                  {"UNDERSTUDY_GROUPS_SHOP_CORS_ORIGINS", "https://shop.example"},
                                  {"UNDERSTUDY_GROUPS_SHOP_CORS_MAX_AGE", "5m"},
                                  {"UNDERSTUDY_GROUPS_SHOP_MAINTENANCE_PT_BR_TITLE", "Fechado"},
                                  {"UNDERSTUDY_GROUPS_SHOP_READ_ONLY_DE_MESSAGE", "Nur lesen."},
                                  {"UNDERSTUDY_UNRELATED", "x"}});
  ASSERT_THAT(places(result), ElementsAre());
  EXPECT_EQ(result.config.server.listen.size(), 2U);
  EXPECT_EQ(result.config.server.workers, 7U);
  EXPECT_EQ(result.config.server.drain_limit, 2U << 20);
  EXPECT_TRUE(result.config.admin_listen.empty());
  EXPECT_FALSE(result.config.log.access);
  const GroupConfig& group = result.config.groups.at(0);
  EXPECT_THAT(group.hosts, ElementsAre("one.example", "two.example"));
  EXPECT_EQ(group.retry_after, 1min);
  EXPECT_TRUE(group.is_default);
  EXPECT_THAT(group.cors.origins, ElementsAre("https://shop.example"));
  EXPECT_EQ(group.cors.max_age, 5min);
  ASSERT_EQ(group.texts.size(), 2U);
  EXPECT_EQ(group.texts[0].tag, "pt-BR");
  EXPECT_EQ(group.texts[0].text.title, "Fechado");
  EXPECT_EQ(group.texts[0].text.message, locales().find("pt-BR")->text(model::Reason::kMaintenance).message);
  EXPECT_EQ(group.texts[1].reason, model::Reason::kReadOnly);
  EXPECT_EQ(group.texts[1].text.message, "Nur lesen.");
}

TEST(Reader, VariablesAloneCanMakeAGroup) {
  const ReadResult result =
      read("", {{"UNDERSTUDY_GROUPS_SHOP_API_ID", "9e428b69-47e2-48b7-a694-bb2222bf48c3"},
                {"UNDERSTUDY_GROUPS_SHOP_API_DEFAULT", "true"}});
  ASSERT_THAT(places(result), ElementsAre());
  ASSERT_EQ(result.config.groups.size(), 1U);
  EXPECT_EQ(result.config.groups[0].name, "shop_api");
  EXPECT_TRUE(result.config.groups[0].is_default);
}

TEST(Reader, AGroupsNameIsFoundWhateverItsLetters) {
  const ReadResult result = read("[groups.\"Shop.eu-1\"]\n" + std::string(kOtherId),
                                 {{"UNDERSTUDY_GROUPS_SHOP_EU_1_RETRY_JITTER", "5"}});
  ASSERT_THAT(places(result), ElementsAre());
  ASSERT_EQ(result.config.groups.size(), 1U);
  EXPECT_EQ(result.config.groups[0].retry_jitter, 5U);
}

TEST(Reader, VariablesAreJudgedLikeTheFile) {
  const auto told = [](const std::string& name, const std::string& value) {
    const ReadResult result = read(shop(""), {{name, value}});
    return result.problems.size() == 1 ? to_line(result.problems[0])
                                       : fmt::format("{} problems", result.problems.size());
  };
  EXPECT_THAT(told("UNDERSTUDY_SERVER_WORKERS", "many"),
              testing::AllOf(HasSubstr("UNDERSTUDY_SERVER_WORKERS"), HasSubstr("\"many\"")));
  EXPECT_THAT(told("UNDERSTUDY_SERVER_WORKERS", "1025"), HasSubstr("0 to 1024"));
  EXPECT_THAT(told("UNDERSTUDY_SERVER_WORKERS", "1 "), HasSubstr("a whole number"));
  EXPECT_THAT(told("UNDERSTUDY_LOG_ACCESS", "yes"), HasSubstr("true or false"));
  EXPECT_THAT(told("UNDERSTUDY_SERVER_LISTEN", "127.0.0.1:1,x"), HasSubstr("\"x\""));
  EXPECT_THAT(told("UNDERSTUDY_SERVER_LISEN", "127.0.0.1:1"), HasSubstr("UNDERSTUDY_SERVER_LISTEN"));
  EXPECT_THAT(told("UNDERSTUDY_GROUPS_SHOP_CORS_ORIGINS", "https://*.com"), HasSubstr("\"https://*.com\""));
  EXPECT_THAT(told("UNDERSTUDY_GROUPS_SHOP_ID", "1"), HasSubstr("UUID"));
  EXPECT_THAT(told("UNDERSTUDY_GROUPS_SHOP_COLOUR", "1"), HasSubstr("UNDERSTUDY_GROUPS_SHOP_COLOUR"));
  EXPECT_THAT(told("UNDERSTUDY_GROUPS_NONE_FAILURE_EN_TITLE", "x"),
              HasSubstr("UNDERSTUDY_GROUPS_NONE_FAILURE_EN_TITLE"));
}

TEST(Reader, TextsOfVariablesAreJudgedLikeTheFiles) {
  const auto is_refused = [](const std::string& name, const std::string& value) {
    return has_errors(read(shop(""), {{"UNDERSTUDY_GROUPS_SHOP_MAINTENANCE_" + name, value}}).problems);
  };
  EXPECT_FALSE(is_refused("EN_TITLE", "Down"));
  EXPECT_FALSE(is_refused("EN_MESSAGE", ""));
  EXPECT_TRUE(is_refused("EN_TITLE", ""));
  EXPECT_TRUE(is_refused("EN_TITLE", " "));
  EXPECT_TRUE(is_refused("EN_TITLE", std::string(501, 'a')));
  EXPECT_TRUE(is_refused("EN_MESSAGE", std::string(8193, 'a')));
  EXPECT_TRUE(is_refused("EN_TITLE", "\xFF"));
}

TEST(Reader, RemembersWhatWasWrittenAndWhere) {
  const ReadResult result =
      read("[server]\nworkers = 2\n" + std::string(kShop), {{"UNDERSTUDY_LOG_LEVEL", "debug"}});
  EXPECT_EQ(result.written.at("server.workers"), "2");
  EXPECT_EQ(result.positions.at("server.workers").line, 2U);
  EXPECT_EQ(result.written.at("log.level"), "debug");
  EXPECT_EQ(result.positions.at("log.level").line, 0U);
  EXPECT_FALSE(result.written.contains("server.listen"));
}

}  // namespace
}  // namespace understudy::config
