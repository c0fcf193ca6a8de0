#include "tell/replies.h"

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::tell {
namespace {

using testing::HasSubstr;

constexpr std::string_view kCutOff = "HAProxy closed the connection in the middle of its reply";

// As HAProxy 2.6 sends them.
constexpr std::string_view kMap = "0x56211a796070 shop open\n0x7f81700465f0 blog maintenance\n\n";
constexpr std::string_view kServers =
    "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight\n"
    "3 app 1 app1 127.0.0.1 2 0 1 1\n3 app 2 app2 127.0.0.1 0 5 1 1\n\n";

TEST(Replies, SilenceIsASuccessForEachCommand) {
  EXPECT_EQ(complaint_in("\n", 1), std::nullopt);
  EXPECT_EQ(complaint_in("\n\n\n", 3), std::nullopt);
  EXPECT_EQ(complaint_in("", 1), kCutOff);
  EXPECT_EQ(complaint_in("\n\n", 3), kCutOff);
}

TEST(Replies, AnythingElseIsAComplaintInHaproxysOwnWords) {
  EXPECT_EQ(complaint_in("entry not found.\n\n", 1), "entry not found.");
  EXPECT_EQ(complaint_in("\nPermission denied\n\n\n", 3), "Permission denied");
  EXPECT_EQ(complaint_in("Unknown command, but maybe:\n  help\n\n", 1), "Unknown command, but maybe:");
  EXPECT_EQ(complaint_in("a\x1b[2Jb\n\n", 1), "a\\u001b[2Jb");
  EXPECT_EQ(complaint_in(std::string(5000, 'x'), 1)->size(), 200U);
  EXPECT_EQ(complaint_in(std::string(300, '\x8d'), 1), "a reply that is no text");
}

TEST(Replies, ReadsAMap) {
  const auto entries = read_map(kMap);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->at(0).key, "shop");
  EXPECT_EQ(entries->at(0).value, "open");
  EXPECT_EQ(entries->at(1).key, "blog");
  EXPECT_EQ(entries->at(1).value, "maintenance");
  EXPECT_TRUE(read_map("\n")->empty());
  EXPECT_EQ(read_map("0x1 a\n\n")->at(0).value, "");
  EXPECT_EQ(read_map("0x1 a two words\n\n")->at(0).value, "two words");
}

/// What a map that was cut off lacks must not be taken for missing there, and be added once more.
TEST(Replies, AMapThatIsCutAnywhereIsNone) {
  for (std::size_t i = 0; i < kMap.size(); ++i) EXPECT_FALSE(read_map(kMap.substr(0, i))) << i;
}

TEST(Replies, RefusesOtherMaps) {
  EXPECT_EQ(read_map("Unknown map identifier. Please use #<id> or <file>.\n\n").error().message,
            "Unknown map identifier. Please use #<id> or <file>.");
  EXPECT_EQ(read_map("Permission denied\n\n").error().message, "Permission denied");
  EXPECT_FALSE(read_map("0x1\n\n"));
  EXPECT_FALSE(read_map("HTTP/1.1 400 Bad request\r\n\r\n"));
}

TEST(Replies, ReadsServers) {
  const auto servers = read_servers(kServers);
  ASSERT_TRUE(servers);
  ASSERT_EQ(servers->size(), 2U);
  EXPECT_EQ(servers->at(0).backend, "app");
  EXPECT_EQ(servers->at(0).server, "app1");
  EXPECT_EQ(servers->at(0).admin, 0U);
  EXPECT_EQ(servers->at(1).admin, kForcedMaint | kConfiguredMaint);
}

TEST(Replies, ServersThatAreCutAnywhereAreNone) {
  for (std::size_t i = 0; i < kServers.size(); ++i) EXPECT_FALSE(read_servers(kServers.substr(0, i))) << i;
}

TEST(Replies, RefusesOtherServers) {
  EXPECT_EQ(read_servers("Can't find backend.\n\n").error().message, "Can't find backend.");
  EXPECT_FALSE(read_servers("2\n# be_id be_name srv_id srv_name srv_addr x\n\n"));
  EXPECT_FALSE(read_servers("1\n# other columns\n\n"));
  std::string odd(kServers);
  odd.replace(odd.find(" 2 0 1 1"), 8, " 2 x 1 1");
  EXPECT_THAT(read_servers(odd).error().message, HasSubstr("3 app 1 app1 127.0.0.1 2 x 1 1"));
}

}  // namespace
}  // namespace understudy::tell
