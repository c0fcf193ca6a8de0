#include "control/authenticate.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "http/test_request.h"

namespace understudy::control {
namespace {

using std::chrono::seconds;

http::Peer network_peer(std::uint8_t last = 7) {
  http::Peer peer;
  peer.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, last};
  peer.port = 51234;
  return peer;
}

std::string header_of(const Problem& problem, std::string_view name) {
  for (const auto& [key, value] : problem.headers) {
    if (key == name) return value;
  }
  return "";
}

class AuthenticatorTest : public ::testing::Test {
 protected:
  Answer<Identity> identify(std::optional<std::string_view> secret, std::uint8_t last = 7) {
    return authenticator_.identify(network_peer(last), secret);
  }

  FakeClock clock_{WallTime(seconds(1'800'000'000))};
  int looks_ = 0;
  Authenticator authenticator_{clock_, [this](std::string_view secret) -> std::optional<model::Token> {
                                 ++looks_;
                                 if (secret != "us_right") return std::nullopt;
                                 model::Token token;
                                 token.id = "t-ab12cd34";
                                 token.label = "ci";
                                 token.scope = model::Scope::kOperator;
                                 token.groups = {"shop"};
                                 return token;
                               }};
};

TEST_F(AuthenticatorTest, TheSocketsOwnerMayEverything) {
  http::Peer peer;
  peer.unix_socket = true;
  peer.user = 0;
  const auto who = authenticator_.identify(peer, std::nullopt);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->scope, model::Scope::kAdmin);
  EXPECT_EQ(who->caller.who, "root (uid 0)");
  EXPECT_EQ(who->caller.from, "unix socket");
  peer.user = 4'000'000'000;
  EXPECT_EQ(authenticator_.identify(peer, std::nullopt)->caller.who, "uid 4000000000");
  EXPECT_EQ(looks_, 0);
}

TEST_F(AuthenticatorTest, ATokenTellsWhoItIs) {
  const auto who = identify("us_right");
  ASSERT_TRUE(who);
  EXPECT_EQ(who->caller.who, "token ci (t-ab12cd34)");
  EXPECT_EQ(who->caller.from, "192.0.2.7:51234");
  EXPECT_TRUE(who->may_operate("shop"));
  EXPECT_FALSE(who->may_operate("docs"));
}

TEST_F(AuthenticatorTest, NoTokenIsNotAWrongToken) {
  for (int i = 0; i < 20; ++i) {
    const auto who = identify(std::nullopt);
    ASSERT_FALSE(who);
    EXPECT_EQ(who.error().kind, ProblemKind::kUnauthorized);
    EXPECT_EQ(header_of(who.error(), "WWW-Authenticate"), "Bearer realm=\"understudy\"");
  }
  EXPECT_EQ(authenticator_.wrong_tokens(), 0U);
}

TEST_F(AuthenticatorTest, WrongTokensAreCountedAndSlowedDown) {
  for (int i = 0; i < 5; ++i) {
    const auto who = identify("us_wrong");
    ASSERT_FALSE(who);
    EXPECT_EQ(who.error().kind, ProblemKind::kUnauthorized);
    EXPECT_EQ(header_of(who.error(), "WWW-Authenticate"),
              "Bearer realm=\"understudy\", error=\"invalid_token\"");
  }
  const auto throttled = identify("us_right");
  ASSERT_FALSE(throttled) << "the right one has to wait, too: nothing is to be learnt";
  EXPECT_EQ(throttled.error().kind, ProblemKind::kThrottled);
  EXPECT_EQ(header_of(throttled.error(), "Retry-After"), "1");
  EXPECT_EQ(looks_, 5) << "nobody compares while it waits";
  EXPECT_EQ(authenticator_.wrong_tokens(), 5U);
  EXPECT_EQ(authenticator_.throttled(), 1U);
  EXPECT_TRUE(identify("us_right", 8)) << "another address";
  clock_.advance(seconds(1));
  EXPECT_TRUE(identify("us_right"));
}

TEST(Authenticate, ReadsBearerTokens) {
  const auto bearer = [](const std::string& value) -> std::string {
    const http::TestRequest request("GET / HTTP/1.1\nHost: a\nAuthorization: " + value);
    return std::string(bearer_of(request).value_or("(none)"));
  };
  EXPECT_EQ(bearer("Bearer us_x"), "us_x");
  EXPECT_EQ(bearer("bearer  us_x"), "us_x");
  for (const char* none : {"", "Bearer", "Bearer ", "Basic dXM6eA==", "us_x", "Bearer a b"}) {
    EXPECT_EQ(bearer(none), "(none)") << none;
  }
}

TEST(Authenticate, DescribesPeers) {
  EXPECT_EQ(describe_peer(network_peer()), "192.0.2.7:51234");
  http::Peer peer;
  peer.address = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  peer.port = 1;
  EXPECT_EQ(describe_peer(peer), "[2001:db8::1]:1");
}

TEST(Authenticate, ScopesGrow) {
  using model::Scope;
  const auto may = [](Scope scope, Need need) { return check_scope({scope, {}, {}}, need).has_value(); };
  EXPECT_TRUE(may(Scope::kViewer, Need::kViewer));
  EXPECT_TRUE(may(Scope::kViewer, Need::kFeed));
  EXPECT_FALSE(may(Scope::kViewer, Need::kOperator));
  EXPECT_TRUE(may(Scope::kOperator, Need::kOperator));
  EXPECT_FALSE(may(Scope::kOperator, Need::kAdmin));
  EXPECT_TRUE(may(Scope::kAdmin, Need::kAdmin));
  EXPECT_EQ(check_scope({Scope::kViewer, {}, {}}, Need::kAdmin).error().detail,
            "this needs a token of scope admin; yours is of scope viewer");
  EXPECT_TRUE((Identity{Scope::kOperator, {"*"}, {}}).may_operate("docs"));
  EXPECT_FALSE((Identity{Scope::kViewer, {"*"}, {}}).may_operate("docs"));
}

}  // namespace
}  // namespace understudy::control
