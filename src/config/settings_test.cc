#include "config/settings.h"

#include <chrono>
#include <limits>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "config/reader.h"

namespace understudy::config {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

TEST(Settings, ReadsDurations) {
  EXPECT_EQ(parse_duration("10s"), 10s);
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("7d"), 168h);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("1d2h3m4s5ms"), milliseconds(93784005));
  EXPECT_EQ(parse_duration("0s"), 0s);
  for (const std::string_view text :
       {"", "10", "s", "10x", "10S", "1.5s", "-1s", "+1s", "10 s", " 10s", "10s ", "1h30", "ms",
        "9223372036854775807s", "9223372036854775807ms1ms", "99999999999999999999ms", "1e3s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Settings, ReadsSizes) {
  EXPECT_EQ(parse_size("0"), 0);
  EXPECT_EQ(parse_size("1000"), 1000);
  EXPECT_EQ(parse_size("512KiB"), 512 * 1024);
  EXPECT_EQ(parse_size("64MiB"), 64 << 20);
  EXPECT_EQ(parse_size("3GiB"), std::int64_t{3} << 30);
  EXPECT_EQ(parse_size("2TiB"), std::int64_t{2} << 40);
  for (const std::string_view text : {"", "KiB", "1KB", "1kib", "1 MiB", "1MiB2KiB", "-1", "+1", "1.5MiB",
                                      "0x10", "9223372036854775807KiB", "9223372036854775808"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(Settings, WritesDurationsAsAPersonWould) {
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(10s), "10s");
  EXPECT_EQ(format_duration(90s), "1m30s");
  EXPECT_EQ(format_duration(1500ms), "1s500ms");
  EXPECT_EQ(format_duration(24h), "1d");
  for (const std::int64_t count :
       {1LL, 999LL, 1000LL, 59'999LL, 60'000LL, 3'600'001LL, 86'400'000LL, 31'536'000'000LL}) {
    EXPECT_EQ(parse_duration(format_duration(milliseconds(count))), milliseconds(count));
  }
}

TEST(Settings, NamesVariables) {
  EXPECT_EQ(environment_name("server.listen"), "UNDERSTUDY_SERVER_LISTEN");
  EXPECT_EQ(environment_name("groups.shop-2.cors.max_age"), "UNDERSTUDY_GROUPS_SHOP_2_CORS_MAX_AGE");
}

TEST(Settings, EveryRowHasAKeyAVariableAndAHelpOfItsOwn) {
  std::set<std::string> variables;
  std::set<std::string_view> helps;
  const auto check = [&](const auto& rows) {
    for (const auto& row : rows) {
      EXPECT_TRUE(variables.insert(environment_name(row.key)).second) << row.key;
      EXPECT_TRUE(helps.insert(row.help).second) << row.key;
      EXPECT_FALSE(row.help.empty()) << row.key;
      EXPECT_TRUE(row.help.ends_with('.')) << row.key;
      EXPECT_NE(row.store, nullptr) << row.key;
      EXPECT_FALSE(describe(row.type).empty()) << row.key;
      EXPECT_TRUE(row.most == 0 || row.least <= row.most) << row.key;
    }
  };
  check(server_settings());
  check(group_settings());
  helps.clear();
  variables.clear();
  check(webhook_settings());
}

TEST(Settings, NoVariableCanMeanTwoSettingsOfAGroup) {
  // UNDERSTUDY_GROUPS_A_CORS_HEADERS ends like one of a setting named "headers"
  // would.
  for (const auto& one : group_settings()) {
    for (const auto& other : group_settings()) {
      if (one.key == other.key) continue;
      const std::string longer = environment_name("a." + std::string(one.key));
      const std::string shorter = environment_name(other.key).substr(std::string_view("UNDERSTUDY").size());
      EXPECT_FALSE(longer.ends_with(shorter) &&
                   longer.size() == environment_name("a").size() + shorter.size())
          << one.key << " " << other.key;
    }
  }
}

/// The row's default, written into a file as a user would, is taken without a
/// problem.
TEST(Settings, EveryDefaultPassesItsOwnRow) {
  const model::Locales locales = model::built_in_locales();
  for (const auto& row : server_settings()) {
    if (row.fallback.empty()) continue;
    const std::string text = std::string(row.key) + " = " + std::string(row.fallback) + "\n";
    const ReadResult read = read_config(text, "a.toml", {}, locales);
    EXPECT_FALSE(has_errors(read.problems)) << text << to_line(read.problems.front());
  }
  for (const auto& row : group_settings()) {
    if (row.fallback.empty()) continue;
    const std::string text = "[groups.a]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\n" +
                             std::string(row.key) + " = " + std::string(row.fallback) + "\n";
    const ReadResult read = read_config(text, "a.toml", {}, locales);
    EXPECT_FALSE(has_errors(read.problems)) << text << to_line(read.problems.front());
  }
}

TEST(Settings, DefaultsAreTheDocumentedOnes) {
  const model::Locales locales = model::built_in_locales();
  const ReadResult read =
      read_config("[groups.a]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\n", "a.toml", {}, locales);
  const ServerConfig& server = read.config.server;
  ASSERT_EQ(server.listen.size(), 1U);
  EXPECT_EQ(server.listen[0].text, "127.0.0.1:8503");
  ASSERT_EQ(server.trusted_proxies.size(), 2U);
  EXPECT_EQ(server.reason_header, "");
  EXPECT_EQ(server.workers, 0U);
  EXPECT_EQ(server.header_timeout, 10s);
  EXPECT_EQ(server.idle_timeout, 75s);
  EXPECT_EQ(server.write_timeout, 30s);
  EXPECT_EQ(server.drain_timeout, 30s);
  EXPECT_EQ(server.drain_limit, std::uint64_t{64} << 20);
  EXPECT_EQ(server.max_connections, 100'000U);
  EXPECT_EQ(server.shutdown_timeout, 30s);
  ASSERT_EQ(read.config.admin_listen.size(), 1U);
  EXPECT_EQ(read.config.admin_listen[0].path, "/run/understudy/admin.sock");
  EXPECT_TRUE(read.config.admin_hosts.empty());
  EXPECT_EQ(read.config.store_path, "/var/lib/understudy/state.db");
  EXPECT_EQ(read.config.hard_limit, 0s);
  EXPECT_EQ(read.config.log.level, LogLevel::kInfo);
  EXPECT_EQ(read.config.log.format, LogFormat::kAuto);
  EXPECT_TRUE(read.config.log.access);
  const GroupConfig& group = read.config.groups.at(0);
  EXPECT_EQ(group.retry_after, 10min);
  EXPECT_EQ(group.retry_jitter, 10U);
  EXPECT_FALSE(group.is_default);
  EXPECT_FALSE(group.cors.credentials);
  EXPECT_EQ(group.cors.max_age, 0s);
  EXPECT_TRUE(group.cors.origins.empty() && group.cors.methods.empty() && group.cors.headers.empty());
}

TEST(Settings, TheDemonstrationConfigurationIsSound) {
  const ReadResult read = read_config(demonstration_config(), "demo", {}, model::built_in_locales());
  EXPECT_TRUE(read.problems.empty());
  ASSERT_EQ(read.config.groups.size(), 1U);
  EXPECT_EQ(read.config.groups[0].name, "demo");
  EXPECT_TRUE(read.config.groups[0].is_default);
  EXPECT_TRUE(read.config.admin_listen.empty());
  EXPECT_EQ(read.config.store_path, kMemoryStore);
}

}  // namespace
}  // namespace understudy::config
