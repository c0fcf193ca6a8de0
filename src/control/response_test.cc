#include "control/response.h"

#include <gtest/gtest.h>

#include "http/test_request.h"

namespace understudy::control {
namespace {

std::string written(const std::string& lines, const Response& response) {
  const http::TestRequest request(lines);
  std::string head = "earlier";
  http::Reply reply{head, {}, nullptr, {}};
  write_response(request, response, WallTime(std::chrono::seconds(784'111'777)), reply);
  EXPECT_EQ(reply.note.status, response.status);
  EXPECT_TRUE(head.starts_with("earlier"));
  return head.substr(7);
}

constexpr const char* kAlways = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
constexpr const char* kDate = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";

TEST(Response, IsWrittenWhole) {
  EXPECT_EQ(written("GET / HTTP/1.1\nHost: a", {412, "application/json", {{"ETag", "\"7\""}}, "{}"}),
            std::string(
                "HTTP/1.1 412 Precondition Failed\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
                "ETag: \"7\"\r\n") +
                kAlways + kDate + "{}");
}

TEST(Response, HeadHasTheLengthAndNoBody) {
  EXPECT_EQ(written("HEAD / HTTP/1.1\nHost: a", {200, "application/json", {}, "{}"}),
            std::string("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n") +
                kAlways + kDate);
}

TEST(Response, NoContentHasNoLength) {
  for (const unsigned status : {204U, 304U}) {
    const std::string head = written("GET / HTTP/1.1\nHost: a\nConnection: close", {status, "", {}, ""});
    EXPECT_EQ(head.find("\r\nContent-"), std::string::npos) << head;
    EXPECT_NE(head.find("Connection: close\r\n"), std::string::npos);
  }
}

TEST(Response, NeverHasACorsHeader) {
  const std::string head =
      written("GET / HTTP/1.1\nHost: a\nOrigin: https://shop.example", {200, "application/json", {}, "{}"});
  EXPECT_EQ(head.find("Access-Control"), std::string::npos);
}

}  // namespace
}  // namespace understudy::control
