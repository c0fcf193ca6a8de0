#include "answer/cors.h"

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "http/test_request.h"
#include "state/test_snapshot.h"

namespace understudy::answer {
namespace {

std::shared_ptr<const model::CorsPolicy> policy(std::string_view cors) {
  const auto snapshot = state::test_snapshot(
      "[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\n[groups.shop.cors]\n" +
      std::string(cors));
  return snapshot->table->group(0).cors;
}

constexpr std::string_view kShop = R"(
origins = ["https://shop.example", "https://pay.example:8443", "https://*.shop.example", "http://localhost:*",
           "https://*.dev.example:*", "http://[::1]:3000"]
credentials = true
)";

TEST(Cors, AllowsTheOriginsOfThePolicy) {
  const auto shop = policy(kShop);
  for (const std::string_view origin :
       {"https://shop.example", "https://pay.example:8443", "https://a.shop.example",
        "https://a.b.shop.example", "https://a-1.shop.example", "http://localhost", "http://localhost:1",
        "http://localhost:65535", "https://x.dev.example", "https://x.dev.example:8443",
        "http://[::1]:3000"}) {
    EXPECT_TRUE(allows_origin(*shop, origin)) << origin;
  }
}

TEST(Cors, AllowsNoneThatLooksLikeThem) {
  using namespace std::string_view_literals;
  const auto shop = policy(kShop);
  for (const std::string_view origin : {""sv,
                                        "null"sv,
                                        "https://"sv,
                                        "https://shop.example/"sv,
                                        "https://shop.example."sv,
                                        "https://shop.example:443"sv,
                                        "https://shop.example:8443"sv,
                                        "http://shop.example"sv,
                                        "HTTPS://shop.example"sv,
                                        "https://SHOP.example"sv,
                                        "https://evilshop.example"sv,
                                        "https://shop.example.evil.example"sv,
                                        "https://shop.exampleevil"sv,
                                        "https://shop-example"sv,
                                        "https://shopXexample"sv,
                                        "https://shop.example@evil.example"sv,
                                        "https://evil.example/https://shop.example"sv,
                                        "https://evil.example#.shop.example"sv,
                                        "https://evil.example?.shop.example"sv,
                                        "https://evil.example/.shop.example"sv,
                                        "https://evil.example:.shop.example"sv,
                                        "https://evil.example\\.shop.example"sv,
                                        "https://evil.example\0.shop.example"sv,
                                        "https://evil.example\r\n.shop.example"sv,
                                        "https://evil.example%00.shop.example"sv,
                                        "https://evil.example`.shop.example"sv,
                                        "https://evil.example{.shop.example"sv,
                                        "https://.shop.example"sv,
                                        "https://a..shop.example"sv,
                                        "https://*.shop.example"sv,
                                        "https://a.shop.example:443"sv,
                                        "https://A.shop.example"sv,
                                        "http://a.shop.example"sv,
                                        "https://a.shop.example "sv,
                                        " https://a.shop.example"sv,
                                        "https://a.shop.example, https://b.shop.example"sv,
                                        "https://a.shop.example https://b.shop.example"sv,
                                        "https://pay.example"sv,
                                        "https://pay.example:84430"sv,
                                        "https://localhost:1"sv,
                                        "http://localhost:"sv,
                                        "http://localhost:0"sv,
                                        "http://localhost:65536"sv,
                                        "http://localhost:x"sv,
                                        "http://localhost:*"sv,
                                        "http://localhost:80@evil.example"sv,
                                        "http://localhost.evil.example:80"sv,
                                        "http://a.localhost"sv,
                                        "https://dev.example"sv,
                                        "https://dev.example:1"sv,
                                        "https://x.dev.example:"sv,
                                        "http://[::1]"sv,
                                        "http://[::2]:3000"sv,
                                        "http://::1:3000"sv}) {
    EXPECT_FALSE(allows_origin(*shop, origin)) << origin;
  }
  EXPECT_FALSE(allows_origin(*shop, "https://" + std::string(8192, 'a') + ".shop.example"));
  EXPECT_FALSE(allows_origin(*policy(""), "https://shop.example")) << "no origins, nobody";
}

TEST(Cors, NullAndAnyAreAllowedWhereTheyAreListed) {
  EXPECT_TRUE(allows_origin(*policy("origins = [\"null\"]"), "null"));
  EXPECT_FALSE(allows_origin(*policy("origins = [\"null\"]"), "https://shop.example"));
  EXPECT_TRUE(allows_origin(*policy("origins = [\"*\"]"), "https://any.example"));
  EXPECT_TRUE(allows_origin(*policy("origins = [\"*\"]"), "null"));
  EXPECT_FALSE(allows_origin(*policy("origins = [\"*\"]"), ""));
}

std::string cors_of(const model::CorsPolicy& policy, const http::Request& request) {
  std::string head;
  append_cors(head, policy, request);
  return head;
}

TEST(Cors, LetsTheAllowedReadAnswers) {
  const http::TestRequest request("GET / HTTP/1.1\nHost: a\nOrigin: https://a.shop.example");
  EXPECT_EQ(cors_of(*policy(kShop), request),
            "Access-Control-Allow-Origin: https://a.shop.example\r\n"
            "Access-Control-Allow-Credentials: true\r\n"
            "Access-Control-Expose-Headers: Content-Language, Retry-After, Understudy-Reason\r\n");
  EXPECT_EQ(
      cors_of(*policy("origins = [\"*\"]\nexpose = [\"X-Total\", \"X-Page\"]"), request),
      "Access-Control-Allow-Origin: *\r\n"
      "Access-Control-Expose-Headers: Content-Language, Retry-After, Understudy-Reason, X-Total, X-Page\r\n");
  EXPECT_EQ(cors_of(*policy("origins = [\"https://other.example\"]"), request), "");
}

TEST(Cors, BelievesNoneOfSeveralOrigins) {
  const auto shop = policy(kShop);
  EXPECT_EQ(
      cors_of(*shop,
              http::TestRequest(
                  "GET / HTTP/1.1\nHost: a\nOrigin: https://shop.example\nOrigin: https://shop.example")),
      "");
  EXPECT_EQ(cors_of(*shop, http::TestRequest("GET / HTTP/1.1\nHost: a")), "");
  EXPECT_EQ(cors_of(*policy("origins = [\"*\"]"),
                    http::TestRequest(
                        "GET / HTTP/1.1\nHost: a\nOrigin: https://a.example\nOrigin: https://b.example")),
            "");
}

struct Preflight {
  bool goes_on;
  std::string head;
};

Preflight preflight(const model::CorsPolicy& policy, std::string_view lines) {
  Preflight out;
  out.goes_on = append_preflight(out.head, policy,
                                 http::TestRequest("OPTIONS / HTTP/1.1\nHost: a\n" + std::string(lines)));
  return out;
}

TEST(Cors, PreflightsAllowWhatTheBrowserAsksFor) {
  const auto shop = policy(kShop);
  const Preflight plain =
      preflight(*shop, "Origin: https://shop.example\nAccess-Control-Request-Method: PUT");
  EXPECT_TRUE(plain.goes_on);
  EXPECT_EQ(plain.head,
            "Access-Control-Allow-Origin: https://shop.example\r\nAccess-Control-Allow-Methods: PUT\r\n"
            "Access-Control-Allow-Credentials: true\r\nAccess-Control-Max-Age: 0\r\n");
  const Preflight with_headers =
      preflight(*shop,
                "Origin: https://shop.example\nAccess-Control-Request-Method: DELETE\n"
                "Access-Control-Request-Headers: content-type,x-token");
  EXPECT_TRUE(with_headers.goes_on);
  EXPECT_NE(with_headers.head.find("Access-Control-Allow-Headers: content-type,x-token\r\n"),
            std::string::npos);
}

TEST(Cors, PreflightsOfOthersGetNothing) {
  const Preflight refused =
      preflight(*policy(kShop), "Origin: https://evil.example\nAccess-Control-Request-Method: PUT");
  EXPECT_FALSE(refused.goes_on);
  EXPECT_EQ(refused.head, "");
}

TEST(Cors, ListedMethodsAndHeadersAreAllThatIsAllowed) {
  const auto listed = policy(R"(
origins = ["https://shop.example"]
methods = ["PUT", "DELETE"]
headers = ["X-Token", "Content-Type"]
max_age = "10m")");
  const auto ask = [&](const std::string& method, const std::string& headers) {
    return preflight(*listed, "Origin: https://shop.example\nAccess-Control-Request-Method: " + method +
                                  (headers.empty() ? "" : "\nAccess-Control-Request-Headers: " + headers));
  };
  EXPECT_EQ(
      ask("PUT", "").head,
      "Access-Control-Allow-Origin: https://shop.example\r\nAccess-Control-Allow-Methods: PUT, DELETE\r\n"
      "Access-Control-Allow-Headers: X-Token, Content-Type\r\nAccess-Control-Max-Age: 600\r\n");
  EXPECT_TRUE(ask("PUT", "").goes_on);
  EXPECT_TRUE(ask("DELETE", "x-token, content-type").goes_on) << "header names have no case";
  EXPECT_TRUE(ask("POST", "x-token").goes_on) << "GET, HEAD and POST need no permission";
  EXPECT_FALSE(ask("PATCH", "").goes_on);
  EXPECT_FALSE(ask("put", "").goes_on) << "methods have";
  EXPECT_FALSE(ask("PUT", "x-token,x-other").goes_on);
  EXPECT_TRUE(ask("PUT", ", x-token ,,").goes_on);
}

TEST(Cors, EchoesNothingThatIsNoName) {
  const auto shop = policy(kShop);
  const std::string origin = "Origin: https://shop.example\n";
  const Preflight method = preflight(*shop, origin + "Access-Control-Request-Method: P@T, X");
  EXPECT_EQ(method.head.find("P@T"), std::string::npos);
  EXPECT_FALSE(method.goes_on) << "without the method's name the browser stops";
  const Preflight headers = preflight(
      *shop, origin + "Access-Control-Request-Method: PUT\nAccess-Control-Request-Headers: x-a, x:b");
  EXPECT_EQ(headers.head.find("x:b"), std::string::npos);
  EXPECT_FALSE(headers.goes_on);
}

}  // namespace
}  // namespace understudy::answer
