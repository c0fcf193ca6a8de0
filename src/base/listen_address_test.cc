#include "base/listen_address.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace understudy {
namespace {

using Kind = ListenAddress::Kind;

TEST(ListenAddress, ReadsEachKind) {
  struct Case {
    std::string_view text;
    Kind kind;
    std::string_view host;
    std::uint16_t port;
    std::string_view path;
  };
  const Case cases[] = {
      {"127.0.0.1:8503", Kind::kTcp, "127.0.0.1", 8503, ""},
      {"0.0.0.0:0", Kind::kTcp, "0.0.0.0", 0, ""},
      {"[::]:8503", Kind::kTcp, "::", 8503, ""},
      {"[2001:db8::1]:65535", Kind::kTcp, "2001:db8::1", 65535, ""},
      {"tls:0.0.0.0:8543", Kind::kTls, "0.0.0.0", 8543, ""},
      {"tls:[::1]:443", Kind::kTls, "::1", 443, ""},
      {"unix:/run/understudy/answer.sock", Kind::kUnix, "", 0, "/run/understudy/answer.sock"},
      {"unix:/a:1", Kind::kUnix, "", 0, "/a:1"},
  };
  for (const Case& c : cases) {
    const auto address = parse_listen_address(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(address->kind, c.kind) << c.text;
    EXPECT_EQ(address->host, c.host) << c.text;
    EXPECT_EQ(address->port, c.port) << c.text;
    EXPECT_EQ(address->path, c.path) << c.text;
    EXPECT_EQ(address->text, c.text);
  }
}

TEST(ListenAddress, KnowsProxiedOnes) {
  for (const std::string_view text : {"proxy:127.0.0.1:8503", "proxy:[::]:8503"}) {
    const auto address = parse_listen_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_TRUE(address->proxied);
    EXPECT_EQ(address->kind, Kind::kTcp);
    EXPECT_EQ(address->text, text);
  }
  const auto tls = parse_listen_address("proxy+tls:0.0.0.0:8543");
  ASSERT_TRUE(tls);
  EXPECT_TRUE(tls->proxied);
  EXPECT_EQ(tls->kind, Kind::kTls);
  EXPECT_FALSE(parse_listen_address("tls:127.0.0.1:1")->proxied);
  for (const std::string_view text :
       {"proxy", "proxy:", "proxy+", "proxy+127.0.0.1:1", "proxy:tls:127.0.0.1:1", "proxy+tls:",
        "proxy:unix:/a", "proxy:proxy:127.0.0.1:1", "tls:proxy:127.0.0.1:1", "PROXY:127.0.0.1:1"})
    EXPECT_FALSE(parse_listen_address(text)) << text;
}

TEST(ListenAddress, RefusesTheRest) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,
                                      "8503"sv,
                                      ":8503"sv,
                                      "127.0.0.1"sv,
                                      "127.0.0.1:"sv,
                                      "127.0.0.1:x"sv,
                                      "127.0.0.1:-1"sv,
                                      "127.0.0.1:+1"sv,
                                      "127.0.0.1: 1"sv,
                                      "127.0.0.1:65536"sv,
                                      "127.0.0.1:99999999999"sv,
                                      "localhost:80"sv,
                                      "*:80"sv,
                                      "::1:80"sv,
                                      "[::1]"sv,
                                      "[::1]80"sv,
                                      "[::1:80"sv,
                                      "[127.0.0.1]:80"sv,
                                      "256.0.0.1:80"sv,
                                      "http://127.0.0.1:80"sv,
                                      "unix:"sv,
                                      "unix:relative"sv,
                                      "unix:./a"sv,
                                      "tls:"sv,
                                      "tls:unix:/a"sv,
                                      "tls:tls:127.0.0.1:1"sv,
                                      "TLS:127.0.0.1:1"sv,
                                      "127.0.0.1\0x:80"sv}) {
    EXPECT_FALSE(parse_listen_address(text)) << text;
  }
}

TEST(ListenAddress, KnowsHowLongASocketsPathMayBe) {
  const std::string longest = "unix:/" + std::string(106, 'a');
  EXPECT_TRUE(parse_listen_address(longest));
  EXPECT_FALSE(parse_listen_address(longest + "a"));
}

}  // namespace
}  // namespace understudy
