// The sections [proxies.NAME].

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/reader.h"

namespace understudy::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kGroups = R"(
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
[groups.blog]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c4"
flag_file = "/run/in/blog.maintenance"
)";

ReadResult read(std::string_view text, const Environment& environment = {}) {
  static const model::Locales kLocales = model::built_in_locales();
  return read_config(std::string(text) + std::string(kGroups), "a.toml", environment, kLocales);
}

/// "LINE:COLUMN KEY: what is wrong", with a "?" in front of a warning.
std::vector<std::string> told(const ReadResult& result) {
  std::vector<std::string> out;
  for (const Problem& problem : result.problems) {
    const std::string what = problem.message.empty() ? "expected " + problem.expected : problem.message;
    out.push_back(fmt::format("{}{}:{} {}: {}", problem.severity == Severity::kWarning ? "?" : "",
                              problem.line, problem.column, problem.key, what));
  }
  return out;
}

/// A proxy with these settings, which begin on line 2.
std::vector<std::string> judge(std::string_view settings) {
  return told(read(fmt::format("[proxies.edge]\n{}", settings)));
}

TEST(ProxySettings, ReadsEveryKey) {
  const ReadResult result = read(R"([proxies.edge]
runtime = ["unix:/run/haproxy/admin.sock", "127.0.0.1:9999"]
map_file = "/etc/haproxy/understudy.map"
servers = ["shop app/app1", "shop app/app2"]
flag_folder = "/run/understudy/flags"
groups = ["shop"]
[switch]
proxy_timeout = "250ms"
)");
  ASSERT_THAT(told(result), ElementsAre());
  ASSERT_EQ(result.config.proxies.size(), 1U);
  const ProxyConfig& proxy = result.config.proxies[0];
  EXPECT_EQ(proxy.name, "edge");
  ASSERT_EQ(proxy.runtime.size(), 2U);
  EXPECT_EQ(proxy.runtime[0].path, "/run/haproxy/admin.sock");
  EXPECT_EQ(proxy.runtime[1].port, 9999);
  EXPECT_EQ(proxy.map_file, "/etc/haproxy/understudy.map");
  EXPECT_THAT(proxy.servers, ElementsAre("shop app/app1", "shop app/app2"));
  EXPECT_EQ(proxy.flag_folder, "/run/understudy/flags");
  EXPECT_THAT(proxy.groups, ElementsAre("shop"));
  EXPECT_EQ(result.config.proxy_timeout, 250ms);
  EXPECT_EQ(read("").config.proxy_timeout, 1s);
}

TEST(ProxySettings, WantsSomethingToTell) {
  EXPECT_THAT(judge(""), ElementsAre("1:10 proxies.edge: the proxy is told nothing"));
  EXPECT_THAT(judge("runtime = [\"127.0.0.1:1\"]"),
              ElementsAre("2:11 proxies.edge.runtime: there is nothing to say over it"));
  EXPECT_THAT(judge("servers = [\"shop app/app1\"]"),
              ElementsAre("2:11 proxies.edge.servers: there is no stats socket to tell it over"));
  EXPECT_THAT(judge("map_file = \"/a.map\""), ElementsAre());
  EXPECT_THAT(judge("flag_folder = \"/flags\""), ElementsAre());
}

TEST(ProxySettings, RefusesWhatCanNotBeReached) {
  for (const std::string_view address :
       {"tls:127.0.0.1:9", "127.0.0.1:0", "localhost:9", "unix:a", "9", ""}) {
    EXPECT_THAT(
        judge(fmt::format("map_file = \"/a.map\"\nruntime = [\"127.0.0.1:1\", \"{}\"]", address)),
        ElementsAre(HasSubstr("3:27 proxies.edge.runtime: expected \"unix:/run/haproxy/admin.sock\"")))
        << address;
  }
  EXPECT_THAT(judge("map_file = \"/a.map\"\nruntime = [\"127.0.0.1:1\", \"127.0.0.1:1\"]"),
              ElementsAre("3:27 proxies.edge.runtime: this address is there already"));
  EXPECT_THAT(told(read("[proxies.a]\nmap_file = \"/a\"\nruntime = [\"[::1]:1\"]\n"
                        "[proxies.b]\nmap_file = \"/b\"\nruntime = [\"[::1]:1\"]\n")),
              ElementsAre("6:12 proxies.b.runtime: proxies.a has this address already"));
}

TEST(ProxySettings, RefusesAMapFileThatNoCommandCanHold) {
  for (const std::string_view path : {"a.map", "/a b.map", "/a;b", "/a'b", "/etc/", "/ä.map", "/a\\\\b"}) {
    EXPECT_THAT(judge(fmt::format("map_file = \"{}\"", path)),
                ElementsAre(HasSubstr("2:12 proxies.edge.map_file: expected an absolute path")))
        << path;
  }
}

TEST(ProxySettings, JudgesServers) {
  const auto servers = [](std::string_view list, std::string_view more = "") {
    return judge(fmt::format("servers = {}\nruntime = [\"127.0.0.1:1\"]\n{}", list, more));
  };
  for (const std::string_view server : {"shop", "shop app", "shop app/", "shop /a", "app/a", "shop  app/a",
                                        "shop app/a/b", "shop app/a;b", "shop app/a b"}) {
    EXPECT_THAT(servers(fmt::format("[\"shop x/y\", \"{}\"]", server)),
                testing::Contains("2:24 proxies.edge.servers: expected \"GROUP BACKEND/SERVER\" such as "
                                  "\"shop app/app1\""))
        << server;
  }
  EXPECT_THAT(servers("[\"shpo app/a\"]"), ElementsAre("2:12 proxies.edge.servers: there is no such group"));
  EXPECT_THAT(servers("[\"shop app/a\", \"blog app/a\"]"),
              ElementsAre("2:26 proxies.edge.servers: this server is there already"));
  EXPECT_THAT(servers("[\"shop app/a\"]", "groups = [\"blog\"]"),
              ElementsAre("2:12 proxies.edge.servers: this proxy is not told of that group"));
  EXPECT_THAT(servers("[\"shop app/a\"]", "[store]\npath = \"memory\""),
              ElementsAre(HasSubstr("?2:11 proxies.edge.servers: store.path is \"memory\"")));
  EXPECT_THAT(servers("[\"shop app/a\", \"blog app/b\"]"), ElementsAre());
}

TEST(ProxySettings, KnowsTheGroups) {
  const ReadResult result = read("[proxies.edge]\nflag_folder = \"/flags\"\ngroups = [\"shop\", \"blgo\"]\n");
  EXPECT_THAT(told(result), ElementsAre("3:20 proxies.edge.groups: there is no such group"));
  EXPECT_EQ(result.problems.at(0).suggestion, "blog");
}

TEST(ProxySettings, LetsNobodyElseWriteWhatItWrites) {
  EXPECT_THAT(told(read("[proxies.a]\nmap_file = \"/x/a.map\"\n[proxies.b]\nmap_file = \"/x/./a.map\"\n")),
              ElementsAre("4:12 proxies.b.map_file: proxies.a has this one already"));
  EXPECT_THAT(told(read("[proxies.a]\nflag_folder = \"/x\"\n[proxies.b]\nflag_folder = \"/x/\"\n")),
              ElementsAre("4:15 proxies.b.flag_folder: proxies.a has this one already"));
  EXPECT_THAT(
      judge("flag_folder = \"/run/in/\""),
      ElementsAre("2:15 proxies.edge.flag_folder: groups.blog.flag_file is one that is written here: the "
                  "group would never open again"));
  EXPECT_THAT(judge("flag_folder = \"flags\""),
              ElementsAre(HasSubstr("2:15 proxies.edge.flag_folder: expected an absolute path")));
}

TEST(ProxySettings, KnowsItsKeysAndPlace) {
  const ReadResult result = read("[proxies.edge]\nflag_folder = \"/flags\"\nmap_fiel = \"/a\"\n");
  EXPECT_THAT(told(result), ElementsAre("3:1 proxies.edge.map_fiel: unknown key"));
  EXPECT_EQ(result.problems.at(0).suggestion, "map_file");
  EXPECT_THAT(told(read("proxies = 1\n")), ElementsAre("1:11 proxies: expected tables: [proxies.NAME]"));
  EXPECT_THAT(told(read("[proxies]\nedge = 1\n")),
              ElementsAre("2:1 proxies.edge: expected a table: [proxies.NAME]"));
  EXPECT_THAT(told(read("[proxies.\"a b\"]\nflag_folder = \"/flags\"\n")),
              ElementsAre(HasSubstr("1:10 proxies.a b: expected a name of letters")));
}

TEST(ProxySettings, TakesVariables) {
  const ReadResult result = read("[proxies.edge]\nflag_folder = \"/flags\"\n",
                                 {{"UNDERSTUDY_PROXIES_EDGE_FLAG_FOLDER", "/other"},
                                  {"UNDERSTUDY_PROXIES_NEW_RUNTIME", "127.0.0.1:1,unix:/b"},
                                  {"UNDERSTUDY_PROXIES_NEW_MAP_FILE", "/new.map"}});
  ASSERT_THAT(told(result), ElementsAre());
  ASSERT_EQ(result.config.proxies.size(), 2U);
  EXPECT_EQ(result.config.proxies[0].flag_folder, "/other");
  EXPECT_EQ(result.config.proxies[1].name, "new");
  EXPECT_EQ(result.config.proxies[1].runtime.size(), 2U);
  EXPECT_THAT(told(read("", {{"UNDERSTUDY_PROXIES_EDGE_COLOUR", "x"}})),
              ElementsAre("0:0 : no such setting of a proxy"));
}

}  // namespace
}  // namespace understudy::config
