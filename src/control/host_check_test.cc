#include "control/host_check.h"

#include <gtest/gtest.h>

#include "http/test_request.h"

namespace understudy::control {
namespace {

HostCheck check(std::initializer_list<const char*> listeners, const std::vector<std::string>& names = {}) {
  std::vector<ListenAddress> addresses;
  for (const char* listener : listeners) addresses.push_back(parse_listen_address(listener).value());
  return {addresses, names};
}

TEST(HostCheck, KnowsTheListenersAddress) {
  const HostCheck loopback = check({"127.0.0.1:8504", "unix:/run/understudy/admin.sock"});
  for (const char* ours : {"127.0.0.1:8504", "127.0.0.1", "localhost:8504", "LOCALHOST", "localhost.:9000"}) {
    EXPECT_TRUE(loopback.is_ours(ours)) << ours;
  }
  for (const char* foreign :
       {"", ":8504", "evil.example", "evil.example:8504", "127.0.0.1.evil.example", "localhost.evil.example",
        "127.0.0.2:8504", "[::1]:8504", "192.0.2.7", "2130706433", "0177.0.0.1", "admin"}) {
    EXPECT_FALSE(loopback.is_ours(foreign)) << foreign;
  }
}

TEST(HostCheck, ReadsIpv6Literals) {
  const HostCheck v6 = check({"[::1]:8504", "[2001:db8::7]:8504"});
  for (const char* ours : {"[::1]:8504", "[::1]", "[0:0:0:0:0:0:0:1]:1", "[2001:DB8:0::7]", "localhost"}) {
    EXPECT_TRUE(v6.is_ours(ours)) << ours;
  }
  for (const char* foreign : {"[::2]", "[2001:db8::8]:8504", "[::1", "[]", "127.0.0.1"}) {
    EXPECT_FALSE(v6.is_ours(foreign)) << foreign;
  }
}

TEST(HostCheck, OnAllInterfacesAnyNumberButNoName) {
  for (const char* listener : {"0.0.0.0:8504", "tls:[::]:8504"}) {
    const HostCheck any = check({listener});
    EXPECT_TRUE(any.is_ours("192.0.2.7:8504"));
    EXPECT_TRUE(any.is_ours("[2001:db8::1]:8504"));
    EXPECT_TRUE(any.is_ours("localhost"));
    EXPECT_FALSE(any.is_ours("evil.example:8504"));
  }
  EXPECT_FALSE(check({"192.0.2.7:8504"}).is_ours("localhost"));
}

TEST(HostCheck, TakesTheNamesThatAreListed) {
  const HostCheck named = check({"192.0.2.7:8504"}, {"Admin.Shop.Example", "other.example."});
  EXPECT_TRUE(named.is_ours("admin.shop.example:8504"));
  EXPECT_TRUE(named.is_ours("ADMIN.shop.example."));
  EXPECT_TRUE(named.is_ours("other.example"));
  EXPECT_FALSE(named.is_ours("shop.example"));
  EXPECT_FALSE(HostCheck().is_ours("localhost"));
}

TEST(HostCheck, TellsForeignOrigins) {
  const auto foreign = [](const std::string& fields) {
    const http::TestRequest request("PUT / HTTP/1.1\n" + fields);
    return is_foreign_origin(request);
  };
  EXPECT_FALSE(foreign("Host: 127.0.0.1:8504"));
  EXPECT_FALSE(foreign("Host: 127.0.0.1:8504\nOrigin: http://127.0.0.1:8504"));
  EXPECT_FALSE(foreign("Host: admin.example\nOrigin: https://admin.example"));
  EXPECT_FALSE(foreign("Host: admin.example:443\nOrigin: https://admin.example"));
  EXPECT_FALSE(foreign("Host: [::1]:8504\nOrigin: http://[::1]:8504"));
  EXPECT_TRUE(foreign("Host: 127.0.0.1:8504\nOrigin: http://127.0.0.1:3000"));
  EXPECT_TRUE(foreign("Host: 127.0.0.1:8504\nOrigin: http://127.0.0.1"));
  EXPECT_TRUE(foreign("Host: 127.0.0.1:8504\nOrigin: null"));
  EXPECT_TRUE(foreign("Host: 127.0.0.1:8504\nOrigin:"));
  EXPECT_TRUE(foreign("Host: admin.example\nOrigin: https://evil.example"));
  EXPECT_TRUE(foreign("Host: a.example\nOrigin: http://a.example\nOrigin: http://a.example"));
}

}  // namespace
}  // namespace understudy::control
