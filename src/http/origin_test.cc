#include "http/origin.h"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace understudy::http {
namespace {

std::string parts_of(std::string_view text) {
  const auto parts = parse_origin(text);
  return parts ? fmt::format("{}|{}|{}", parts->scheme, parts->host, parts->port) : "none";
}

TEST(Origin, TakesSerialisedOriginsApart) {
  EXPECT_EQ(parts_of("https://shop.example"), "https|shop.example|");
  EXPECT_EQ(parts_of("http://localhost:3000"), "http|localhost|3000");
  EXPECT_EQ(parts_of("https://127.0.0.1:1"), "https|127.0.0.1|1");
  EXPECT_EQ(parts_of("http://[::1]"), "http|[::1]|");
  EXPECT_EQ(parts_of("http://[2001:db8::1]:8080"), "http|[2001:db8::1]|8080");
  EXPECT_EQ(parts_of("capacitor://localhost"), "capacitor|localhost|");
  EXPECT_EQ(parts_of("chrome-extension://abcdefghijklmnop"), "chrome-extension|abcdefghijklmnop|");
  EXPECT_EQ(parts_of("HTTPS://Shop.Example"), "HTTPS|Shop.Example|") << "case is left as it came";
  // As a policy may be written.
  EXPECT_EQ(parts_of("https://*.shop.example"), "https|*.shop.example|");
  EXPECT_EQ(parts_of("http://localhost:*"), "http|localhost|*");
}

TEST(Origin, RefusesWhatNoBrowserSends) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,
                                      "null"sv,
                                      "shop.example"sv,
                                      "//shop.example"sv,
                                      "://shop.example"sv,
                                      "https:shop.example"sv,
                                      "https://"sv,
                                      "https:///"sv,
                                      "https://shop.example/"sv,
                                      "https://shop.example/a"sv,
                                      "https://shop.example?a"sv,
                                      "https://shop.example#a"sv,
                                      "https://user@shop.example"sv,
                                      "https://user:1@shop.example"sv,
                                      "https://shop.example:"sv,
                                      "https://shop.example:80x"sv,
                                      "https://shop.example:-1"sv,
                                      "https://shop.example:0"sv,
                                      "https://shop.example:65536"sv,
                                      "https://shop.example:123456"sv,
                                      "https://shop.example:80:80"sv,
                                      "https://shop.example https://b.example"sv,
                                      "https://shop.example, https://b.example"sv,
                                      " https://shop.example"sv,
                                      "https://shop.example "sv,
                                      "https://shop\0.example"sv,
                                      "https://shop.example\r\nX: 1"sv,
                                      "https://käse.example"sv,
                                      "https://shop%2eexample"sv,
                                      "https://shop\\.example"sv,
                                      "1https://shop.example"sv,
                                      "ht tp://shop.example"sv,
                                      "https://[::1"sv,
                                      "https://::1]"sv,
                                      "https://[::1]x"sv,
                                      "https://[]"sv,
                                      "https://[shop]"sv,
                                      "https://[::1]:"sv}) {
    EXPECT_EQ(parts_of(text), "none") << text;
  }
  EXPECT_EQ(parts_of("https://" + std::string(8192, 'a')), "none");
}

TEST(Origin, TakesThePortOffAHost) {
  EXPECT_EQ(host_without_port("api.shop.example"), "api.shop.example");
  EXPECT_EQ(host_without_port("api.shop.example:8443"), "api.shop.example");
  EXPECT_EQ(host_without_port("[::1]"), "[::1]");
  EXPECT_EQ(host_without_port("[::1]:8503"), "[::1]");
  EXPECT_EQ(host_without_port("[::1"), "");
  EXPECT_EQ(host_without_port(":80"), "");
  EXPECT_EQ(host_without_port(""), "");
}

TEST(Origin, KnowsDefaultPorts) {
  EXPECT_TRUE(is_default_port("http", "80"));
  EXPECT_TRUE(is_default_port("https", "443"));
  EXPECT_FALSE(is_default_port("http", "443"));
  EXPECT_FALSE(is_default_port("https", "80"));
  EXPECT_FALSE(is_default_port("https", ""));
  EXPECT_FALSE(is_default_port("ws", "80"));
}

}  // namespace
}  // namespace understudy::http
