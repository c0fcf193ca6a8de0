#include "net/endpoint.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::net {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& text) {
  const auto endpoint = parse_endpoint(text);
  return endpoint ? "parsed" : endpoint.error().message;
}

TEST(Endpoint, ReadsEachKind) {
  const auto socket = parse_endpoint("unix:/run/understudy/admin.sock").value();
  EXPECT_EQ(socket.kind, Endpoint::Kind::kUnix);
  EXPECT_EQ(socket.path, "/run/understudy/admin.sock");
  const auto http = parse_endpoint("http://127.0.0.1:8504").value();
  EXPECT_EQ(http.kind, Endpoint::Kind::kHttp);
  EXPECT_EQ(http.host, "127.0.0.1");
  EXPECT_EQ(http.port, 8504);
  EXPECT_EQ(http.base, "");
  const auto https = parse_endpoint("HTTPS://status.example/base/").value();
  EXPECT_EQ(https.kind, Endpoint::Kind::kHttps);
  EXPECT_EQ(https.host, "status.example");
  EXPECT_EQ(https.port, 443);
  EXPECT_EQ(https.base, "/base");
  EXPECT_EQ(parse_endpoint("http://host").value().port, 80);
  EXPECT_EQ(parse_endpoint("https://[::1]:8443").value().host, "::1");
  EXPECT_EQ(parse_endpoint("https://hooks.example/T1/B2?key=a/").value().base, "/T1/B2?key=a/");
}

TEST(Endpoint, WritesWhatItRead) {
  for (const char* text : {"unix:/run/a.sock", "http://127.0.0.1:8504", "https://status.example/base",
                           "https://[::1]:8443", "http://localhost"}) {
    EXPECT_EQ(to_text(parse_endpoint(text).value()), text);
  }
  EXPECT_EQ(host_header(parse_endpoint("https://a.example:443").value()), "a.example");
  EXPECT_EQ(host_header(parse_endpoint("http://[::1]:8504").value()), "[::1]:8504");
  EXPECT_EQ(host_header(parse_endpoint("unix:/a").value()), "localhost");
}

TEST(Endpoint, ErrorsSayWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "empty"},
      {"/run/understudy/admin.sock", "expected unix:/PATH"},
      {"ftp://host", "expected unix:/PATH"},
      {"localhost:8504", "expected unix:/PATH"},
      {"unix:relative.sock", "begins with a slash"},
      {"unix:", "begins with a slash"},
      {"http://", "host is missing"},
      {"http://:80", "host is missing"},
      {"http://user:secret@host", "user or a password"},
      {"http://host:0", "1 to 65535"},
      {"http://host:65536", "1 to 65535"},
      {"http://host:", "1 to 65535"},
      {"http://host:80x", "1 to 65535"},
      {"http://[::1", "bracket is not closed"},
      {"http://[1.2.3.4]", "no IPv6 address"},
      {"http://[::1]80", "behind the bracket"},
      {"http://a..b", "no such host"},
      {"http://host/#top", "fragment"},
      {"http://ho st", "blanks"},
      {"http://host/a\r\nX: y", "blanks"},
  };
  for (const auto& [text, what] : cases) EXPECT_THAT(error_of(text), HasSubstr(what)) << text;
  EXPECT_THAT(error_of("unix:/" + std::string(107, 'a')), HasSubstr("107 bytes"));
  EXPECT_EQ(error_of("unix:/" + std::string(106, 'a')), "parsed");
  EXPECT_THAT(error_of("http://host\x1b[31m"), testing::Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace understudy::net
