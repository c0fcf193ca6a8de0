#include "app/doctor/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::app::doctor {
namespace {

std::string read(std::string_view text) {
  const auto url = parse_url(text);
  return url ? to_text(*url) : "refused: " + url.error().message;
}

TEST(Url, IsReadAsBrowsersDo) {
  EXPECT_EQ(read("https://api.shop.example"), "https://api.shop.example/");
  EXPECT_EQ(read(" HTTPS://API.Shop.example:443/Orders/?a=b#part "), "https://api.shop.example/Orders/?a=b");
  EXPECT_EQ(read("http://[::1]:8080/x y/ä?q=\"1\""), "http://[::1]:8080/x%20y/%C3%A4?q=%221%22");
  EXPECT_EQ(read("http://a/b/./c/../../d/%2E%2e/e"), "http://a/e");
  EXPECT_EQ(read("http://a/.."), "http://a/");
  EXPECT_EQ(read("http://a/b/.."), "http://a/");
  EXPECT_EQ(read("http://a/b//c/"), "http://a/b//c/");
  EXPECT_EQ(read("http:\\\\a\\b"), "http://a/b");
  EXPECT_EQ(read("http://a?x"), "http://a/?x");
  EXPECT_EQ(read("http://a/...//%2e%2e%2e"), "http://a/...//%2e%2e%2e");
  EXPECT_TRUE(parse_url("http://me:secret@a/").value().user);
  EXPECT_EQ(read("http://me:secret@a/"), "http://a/");
}

TEST(Url, RefusesWhatIsNone) {
  for (const char* text : {"", "api.shop.example", "ftp://a/", "http://", "http:///", "http://a:99999/",
                           "http://a:x/", "http://a b/", "http://[1.2.3.4]/", "javascript:alert(1)"})
    EXPECT_THAT(read(text), testing::StartsWith("refused: ")) << text;
  EXPECT_THAT(read("http://a/" + std::string(9000, 'x')), testing::HasSubstr("longer"));
}

TEST(Url, IsResolvedAgainstWhereItWasSaid) {
  const Url base = parse_url("https://a.example:8443/x/y?z=1").value();
  const auto go = [&](std::string_view location) {
    const auto url = resolve(base, location);
    return url ? to_text(*url) : "refused";
  };
  EXPECT_EQ(go("http://b.example/"), "http://b.example/");
  EXPECT_EQ(go("//b.example/c"), "https://b.example/c");
  EXPECT_EQ(go("/c?d#e"), "https://a.example:8443/c?d");
  EXPECT_EQ(go("c"), "https://a.example:8443/x/c");
  EXPECT_EQ(go("../c/"), "https://a.example:8443/c/");
  EXPECT_EQ(go("?q"), "https://a.example:8443/x/y?q");
  EXPECT_EQ(go(""), "https://a.example:8443/x/y?z=1");
  EXPECT_EQ(go("#part"), "https://a.example:8443/x/y?z=1");
  EXPECT_EQ(go("mailto:a@b"), "refused");
  EXPECT_EQ(go("a/b:c"), "https://a.example:8443/x/a/b:c");
}

TEST(Url, HasAnOrigin) {
  EXPECT_EQ(origin_of(parse_url("https://A.example:443/x").value()), "https://a.example");
  EXPECT_EQ(origin_of(parse_url("http://a.example:443/x").value()), "http://a.example:443");
}

}  // namespace
}  // namespace understudy::app::doctor
