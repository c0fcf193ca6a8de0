#include "app/snippet/snippet.h"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <regex.h>

#include "app/snippet/syntax.h"
#include "base/embedded.h"
#include "config/reader.h"
#include "model/locale.h"

namespace understudy::app::snippet {
namespace {

using testing::HasSubstr;
using testing::Not;

config::Config read(std::string_view text) {
  auto read = config::read_config(text, "test.toml", {}, model::built_in_locales());
  for (const config::Problem& problem : read.problems) {
    if (problem.severity == config::Severity::kError) ADD_FAILURE() << config::to_line(problem);
  }
  return std::move(read.config);
}

constexpr std::string_view kShop = R"(
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
default = true
)";

std::string text_of(std::string_view config, std::string_view proxy, std::string_view style) {
  const config::Config parsed = read(config);
  const auto made = make_snippet(parsed, parsed.groups.front(), *find_pattern(proxy, std::string(style)));
  return made ? made->text() : "refused: " + made.error().message;
}

bool matches(const std::string& regex, const std::string& text) {
  // The C library's: std::regex takes ranges by collation and misreads one that begins with a bracket.
  regex_t compiled;
  if (::regcomp(&compiled, regex.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
    ADD_FAILURE() << "malformed: " << regex;
    return false;
  }
  const bool found = ::regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  ::regfree(&compiled);
  return found;
}

TEST(SnippetPatterns, EachHasATemplateAndEachProxyOneDefault) {
  for (const Pattern& pattern : patterns()) {
    const std::string name = template_of(pattern);
    const auto files = embedded_files(name);
    EXPECT_EQ(files.size(), 1U) << name;
    EXPECT_FALSE(pattern.what.empty() || pattern.cannot.empty()) << name;
    // Those that Debian has are run; of the others the snippet says that they are not.
    const bool is_run =
        pattern.proxy != "traefik" && pattern.proxy != "envoy" && pattern.proxy != "kubernetes";
    EXPECT_EQ(!pattern.against.empty(), is_run) << name;
    std::size_t defaults = 0;
    for (const Pattern& other : patterns())
      defaults += other.proxy == pattern.proxy && other.is_default ? 1U : 0U;
    EXPECT_EQ(defaults, 1U) << pattern.proxy;
  }
}

TEST(SnippetPatterns, NoTagSurvivesAndNothingIsLeftEmpty) {
  for (const Pattern& pattern : patterns()) {
    const std::string text = text_of(kShop, pattern.proxy, pattern.style);
    EXPECT_THAT(text, Not(HasSubstr("{"
                                    "{")))
        << pattern.proxy << pattern.style;
    EXPECT_THAT(text, HasSubstr("shop"));
    EXPECT_THAT(text, HasSubstr("8503")) << pattern.proxy << pattern.style;
    EXPECT_THAT(text, Not(HasSubstr("''")));
  }
}

TEST(SnippetContext, NamesTheLinesThatAreMissing) {
  EXPECT_THAT(text_of(kShop, "haproxy", "tell"), HasSubstr("#     [proxies.haproxy]\n#     map_file = "));
  EXPECT_THAT(text_of(kShop, "haproxy", "ask"), HasSubstr("#     [gate]\n#     spoe = [\"127.0.0.1:8505\"]"));
  const std::string whole = fmt::format("{}[gate]\nspoe = \"127.0.0.9:7005\"\n", kShop);
  EXPECT_THAT(text_of(whole, "haproxy", "ask"), Not(HasSubstr("lacks")));
  EXPECT_THAT(text_of(whole, "haproxy", "ask"), HasSubstr("127.0.0.9:7005"));
}

TEST(SnippetContext, NothingBreaksOutOfTheConfiguration) {
  const std::string_view nasty[] = {
      "[groups.shop.bypass]\ncookie = \"A=b'c\"\n",
      "[groups.shop.bypass]\ncookie = \"A=$HOME\"\n",
      "[groups.shop.bypass]\ncookie = \"A'B=true\"\n",
      "[groups.shop.bypass]\nheader = \"X-`id`=true\"\n",
      "[groups.shop.bypass]\nheader = \"X-A=%[env(HOME)]\"\n",
      "[groups.shop.gate]\nexempt = [\"/a'b\"]\n",
      "[groups.shop.gate]\nreads = [\"/a{b}\"]\n",
      "[groups.shop.gate]\npaths = [\"/ü/*\"]\n",
      "[groups.shop.cors]\norigins = [\"https://a.example\"]\nexpose = [\"X-$a\"]\n",
      "[proxies.edge]\nruntime = [\"unix:/run/x.sock\"]\nmap_file = \"/etc/a\\nb\"\n",
      "[proxies.edge]\nflag_folder = \"/run/a\\\"; return 200; \\\"\"\n",
  };
  for (const std::string_view more : nasty) {
    auto read = config::read_config(fmt::format("{}{}", kShop, more), "t", {}, model::built_in_locales());
    if (config::has_errors(read.problems)) continue;  // `check` has refused it already
    for (const Pattern& pattern : patterns()) {
      const auto made = make_snippet(read.config, read.config.groups.front(), pattern);
      ASSERT_FALSE(made) << more << made->text();
      EXPECT_THAT(made.error().message, HasSubstr("can't be written")) << more;
    }
  }
}

TEST(SnippetSyntax, AnyTextCanStandBetweenQuotes) {
  EXPECT_EQ(plain_json("Back at 10:30, or so - wait!", 100), "Back at 10:30, or so - wait!");
  EXPECT_EQ(plain_json("\"'`$%{}\\\n", 100), R"(\u0022\u0027\u0060\u0024\u0025\u007b\u007d\u005c\u000a)");
  EXPECT_EQ(plain_json(std::string_view("\0", 1), 100), R"(\u0000)");
  EXPECT_EQ(plain_json("ü€🎭", 100), "ü€🎭");
}

TEST(SnippetSyntax, ATextIsCutBetweenCharacters) {
  EXPECT_EQ(plain_json("Gleich zurück", 13), "Gleich zur…");
  EXPECT_EQ(plain_json("Gleich zurück", 15), "Gleich zurück") << "it has 14 bytes";
  EXPECT_EQ(plain_json("\"\"\"", 12), R"(\u0022…)") << "and never within an escape";
  for (std::size_t most = 3; most < 30; ++most)
    EXPECT_LE(plain_json("a\"ü🎭$b€'c", most).size(), most) << most;
}

TEST(SnippetSyntax, RegularExpressionsSayWhatTheRulesSay) {
  const std::string wild = "^" + origin_regex("https://*.shop.example") + "$";
  EXPECT_TRUE(matches(wild, "https://a.shop.example"));
  EXPECT_TRUE(matches(wild, "https://a.b.shop.example"));
  for (const char* other : {"https://shop.example", "https://ashop.example", "https://a.shopXexample",
                            "http://a.shop.example", "https://a.shop.example.evil", "https://a/.shop.example",
                            "https://.shop.example", "HTTPS://A.SHOP.EXAMPLE"})
    EXPECT_FALSE(matches(wild, other)) << other;
  const std::string port = "^" + origin_regex("http://localhost:*") + "$";
  EXPECT_TRUE(matches(port, "http://localhost:3000"));
  EXPECT_TRUE(matches(port, "http://localhost"));
  EXPECT_FALSE(matches(port, "http://localhost:x"));
  EXPECT_TRUE(matches("^" + origin_regex("http://[::1]:3000") + "$", "http://[::1]:3000"));

  const std::string path = "^" + path_regex("/users/*/avatar") + "$";
  EXPECT_TRUE(matches(path, "/users/7/avatar"));
  EXPECT_FALSE(matches(path, "/users/7/8/avatar"));
  EXPECT_TRUE(matches("^" + path_regex("/api/*") + "$", "/api/"));
  EXPECT_FALSE(matches("^" + path_regex("/api/*") + "$", "/api"));
  EXPECT_FALSE(matches("^" + path_regex("/a.b") + "$", "/aXb"));

  const std::string cookie = cookie_regex("BYPASS", "a.b");
  EXPECT_TRUE(matches(cookie, "x=1; BYPASS=a.b; y=2"));
  EXPECT_FALSE(matches(cookie, "XBYPASS=a.b"));
  EXPECT_FALSE(matches(cookie, "BYPASS=aXb"));
  EXPECT_FALSE(matches(cookie, "BYPASS=a.bc"));

  const std::string odd(odd_path_regex());
  for (const char* path_text : {"/a/../b", "/..", "/a/%2e%2e/b", "/a//b", "/a;b", "/a\\b", "/a%2Fb",
                                "/a%252fb", "/a%00", "/a/.", "/a\tb"})
    EXPECT_TRUE(matches(odd, path_text)) << path_text;
  for (const char* path_text : {"/", "/a/b", "/.well-known/x", "/a..b/c", "/a%20b", "/a-b_c~d!$&'()*+,=:@"})
    EXPECT_FALSE(matches(odd, path_text)) << path_text;
}

}  // namespace
}  // namespace understudy::app::snippet
