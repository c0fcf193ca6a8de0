#include "app/cli/session.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/test_folder.h"

namespace understudy::app::cli {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kUsual = {"/nonexistent/first.sock", "/nonexistent/second.sock"};

std::string found(const ServerHints& hints) {
  const auto server = find_server(hints);
  return server ? net::to_text(server->endpoint) : "error: " + server.error().message;
}

TEST(FindServer, TakesTheAddressThatWasGivenFirst) {
  EXPECT_EQ(found({"http://127.0.0.1:8504", "/nonexistent.toml", {}, kUsual}), "http://127.0.0.1:8504");
  EXPECT_THAT(found({"localhost", {}, {}, kUsual}), HasSubstr("expected unix:/PATH"));
}

TEST(FindServer, ReadsTheConfigurationsAdminListener) {
  const TestFolder folder;
  const auto with = [&](const std::string& listen, const config::Environment& environment = {}) {
    folder.write("u.toml", "[admin]\nlisten = " + listen + "\n");
    return found({{}, (folder / "u.toml").string(), environment, kUsual});
  };
  EXPECT_EQ(with(R"(["127.0.0.1:8504", "unix:/run/u.sock"])"), "unix:/run/u.sock");
  EXPECT_EQ(with(R"(["0.0.0.0:8504"])"), "http://127.0.0.1:8504");
  EXPECT_EQ(with(R"(["[::]:8504"])"), "http://[::1]:8504");
  EXPECT_EQ(with(R"(["tls:192.0.2.1:8543"])"), "https://192.0.2.1:8543");
  EXPECT_EQ(with(R"(["127.0.0.1:0"])").substr(0, 6), "error:");
  EXPECT_THAT(with("[]"), HasSubstr("names no address to reach"));
  EXPECT_THAT(with(R"(["nonsense"])"), HasSubstr("u.toml:2:"));
  EXPECT_THAT(with("["), HasSubstr("u.toml:"));
  EXPECT_EQ(with("[]", {{"UNDERSTUDY_ADMIN_LISTEN", "127.0.0.1:1234"}}), "http://127.0.0.1:1234");
  EXPECT_THAT(found({{}, "/nonexistent.toml", {}, kUsual}), HasSubstr("name the server by --admin"));
  EXPECT_EQ(found({{}, {}, {{"UNDERSTUDY_ADMIN_LISTEN", "unix:/run/e.sock"}}, kUsual}), "unix:/run/e.sock");
}

TEST(FindServer, TriesTheUsualSockets) {
  EXPECT_EQ(found({{}, {}, {}, kUsual}), "unix:/nonexistent/first.sock");
  const TestFolder folder;
  const std::string alive = (folder / "alive.sock").string();
  boost::asio::io_context io;
  const boost::asio::local::stream_protocol::acceptor acceptor(io, alive);
  EXPECT_EQ(found({{}, {}, {}, {"/nonexistent/first.sock", alive}}), "unix:" + alive);
  EXPECT_THAT(usual_sockets("/run/user/7", 7),
              testing::ElementsAre("/run/understudy/admin.sock", "/run/user/7/understudy/admin.sock"));
  EXPECT_EQ(usual_sockets(std::nullopt, 7).at(1), "/tmp/understudy-7/admin.sock");
}

TEST(ReadToken, RefusesAFileThatIsOpenToOthers) {
  const TestFolder folder;
  folder.write("token", "us_abc\n");
  const std::string file = (folder / "token").string();
  using std::filesystem::perms;
  for (const perms open : {perms::group_read, perms::others_read, perms::others_write}) {
    std::filesystem::permissions(file, perms::owner_read | open);
    const auto token = read_token(file);
    ASSERT_FALSE(token.has_value());
    EXPECT_THAT(token.error().message, HasSubstr("chmod 600"));
  }
  std::filesystem::permissions(file, perms::owner_read | perms::owner_write);
  EXPECT_EQ(read_token(file).value(), "us_abc");
}

TEST(ReadToken, RefusesWhatIsNoToken) {
  const TestFolder folder;
  const std::string file = (folder / "token").string();
  const auto error_with = [&](const std::string& content) {
    folder.write("token", content);
    std::filesystem::permissions(file,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return read_token(file).error().message;
  };
  EXPECT_THAT(error_with("\n"), HasSubstr("is empty"));
  EXPECT_THAT(error_with("us_a\nus_b\n"), HasSubstr("more than one"));
  EXPECT_THAT(read_token("/nonexistent").error().message, HasSubstr("No such file"));
}

}  // namespace
}  // namespace understudy::app::cli
