#include "answer/question.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "answer/client_address.h"
#include "state/test_snapshot.h"

namespace understudy::answer {
namespace {

using model::Mode;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kToml = R"(
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
[groups.shop.gate]
paths = ["/api/*", "/.well-known/*"]
exempt = ["/.well-known/acme-challenge/*", "GET /api/health"]
reads = ["POST /api/graphql", "/api/search"]
ramp_cookie = "session"
[groups.shop.bypass]
networks = ["203.0.113.0/24", "2001:db8::/32"]
cookie = "BYPASS"
header = "X-Bypass=letmein"
[groups.bare]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c4"
)";

const WallTime kNow = WallTime(std::chrono::hours(490000));

const model::PassKey kKey{"0123abcd", "0123456789abcdef0123456789abcdef", kNow};

model::Pass pass(std::string_view id, WallTime expires) {
  model::Pass made;
  made.id = id;
  made.group = "9e428b69-47e2-48b7-a694-bb2222bf48c3";
  made.expires = expires;
  return made;
}

class Deciding : public ::testing::Test {
 protected:
  Deciding() : snapshot_(*state::test_snapshot(kToml)) {
    snapshot_.passes = std::make_shared<const model::PassBook>(std::vector{kept_}, std::vector{kKey});
    question_.method = "GET";
    question_.target = "/api/orders";
    question_.client = parse_address("192.0.2.1");
    state_.mode = Mode::kMaintenance;
  }

  Decision decide() { return decide(kNow); }
  Decision decide(WallTime now) {
    return answer::decide(question_, snapshot_.table->group(snapshot_.table->find(group_)), state_, snapshot_,
                          now);
  }
  Cause cause() { return decide().cause; }
  std::string said() { return explain(decide(), question_); }
  void reopen(Mode from = Mode::kMaintenance) {
    auto occasion = std::make_shared<model::Occasion>();
    occasion->reopening_since = kNow;
    occasion->reopening_until = kNow + minutes(10);
    occasion->reopening_from = from;
    state_ = {};
    state_.lifecycle = model::Lifecycle::kReopening;
    state_.occasion = std::move(occasion);
  }

  const model::Pass kept_ = pass("p-0123456789abcdef", kNow + minutes(5));
  model::Snapshot snapshot_;
  model::GroupState state_;
  Question question_;
  std::string_view group_ = "shop";
};

TEST_F(Deciding, AnOpenGroupLetsEverythingThrough) {
  state_.mode = Mode::kOpen;
  question_.cookies = "BYPASS=false";
  EXPECT_EQ(cause(), Cause::kOpen);
  EXPECT_EQ(said(), "passes: the group is open");
}

TEST_F(Deciding, MaintenanceBlocksWhoeverHasNoRight) {
  for (const std::string_view method : {"GET", "POST", "OPTIONS", "DELETE"}) {
    question_.method = method;
    EXPECT_EQ(cause(), Cause::kMaintenance) << method;
  }
  EXPECT_TRUE(decide().blocked());
  EXPECT_EQ(said(), "blocked: maintenance");
}

TEST_F(Deciding, WhatIsNoPartOfTheGroupIsNotItsBusiness) {
  question_.target = "/blog/?a=/api/";
  EXPECT_EQ(cause(), Cause::kOutside);
  question_.target = "/api";
  EXPECT_EQ(cause(), Cause::kOutside);
  for (const std::string_view inside : {"/api/", "/api/a?b", "/blog/../api/a", "/blog/%2e%2e/api/a",
                                        "//api/a", "/%2561pi/a", "/blog%2fapi", "/blog;/api"}) {
    question_.target = inside;
    EXPECT_EQ(cause(), Cause::kMaintenance) << inside;
  }
  group_ = "bare";
  question_.target = "/blog";
  EXPECT_EQ(cause(), Cause::kMaintenance);
}

TEST_F(Deciding, ExemptPathsGoThroughAndNothingThatOnlyLooksLikeThem) {
  question_.target = "/.well-known/acme-challenge/token?x=1";
  EXPECT_EQ(cause(), Cause::kExempt);
  EXPECT_EQ(
      said(),
      "passes: /.well-known/acme-challenge/token?x=1 always goes through (/.well-known/acme-challenge/*)");
  question_.target = "/.well-known/acme%2Dchallenge/token";
  EXPECT_EQ(cause(), Cause::kExempt);
  question_.target = "/api/health";
  EXPECT_EQ(cause(), Cause::kExempt);
  question_.method = "POST";
  EXPECT_EQ(cause(), Cause::kMaintenance);
  for (const std::string_view target :
       {"/.well-known/acme-challenge/../../api/orders", "/.well-known/acme-challenge/%2e%2e/%2e%2e/api",
        "/.well-known/acme-challenge/%2E./x", "/.well-known/acme-challenge//x",
        "/.well-known/acme-challenge/%252e%252e/x", "/.well-known/acme-challenge/..%2fapi",
        "/.well-known/acme-challenge/..\\api", "/.well-known/acme-challenge/..;/api",
        "/.well-known/acme-challenge/a%00", "/.well-known/Acme-Challenge/a", "/.well-known/acme-challenge"}) {
    question_.target = target;
    EXPECT_EQ(cause(), Cause::kMaintenance) << target;
  }
  group_ = "bare";
  question_.target = "/.well-known/acme-challenge/token";
  EXPECT_EQ(cause(), Cause::kExempt)
      << "certificates are renewed in maintenance, unless somebody says otherwise";
}

TEST_F(Deciding, ReadOnlyLetsReadsThrough) {
  state_.mode = Mode::kReadOnly;
  for (const std::string_view method : {"GET", "HEAD", "OPTIONS"}) {
    question_.method = method;
    EXPECT_EQ(cause(), Cause::kRead) << method;
  }
  EXPECT_EQ(said(), "passes: OPTIONS reads, which read-only leaves alone");
  for (const std::string_view method : {"POST", "PUT", "PATCH", "DELETE", "get", ""}) {
    question_.method = method;
    EXPECT_EQ(cause(), Cause::kReadOnly) << method;
  }
  question_.method = "POST";
  EXPECT_EQ(said(), "blocked: POST writes, and the group is read-only");
  question_.target = "/api/graphql";
  EXPECT_EQ(cause(), Cause::kRead);
  EXPECT_EQ(said(), "passes: POST /api/graphql counts as reading (/api/graphql)");
  question_.method = "PUT";
  EXPECT_EQ(cause(), Cause::kReadOnly);
  question_.target = "/api/search";
  EXPECT_EQ(cause(), Cause::kRead);
  question_.target = "/api/x/../search";
  EXPECT_EQ(cause(), Cause::kReadOnly);
  state_.mode = Mode::kMaintenance;
  question_.target = "/api/search";
  EXPECT_EQ(cause(), Cause::kMaintenance);
}

TEST_F(Deciding, ANetworkLetsItsClientsThrough) {
  question_.client = parse_address("203.0.113.7");
  EXPECT_EQ(cause(), Cause::kNetwork);
  EXPECT_EQ(said(), "passes: 203.0.113.7 is in 203.0.113.0/24");
  question_.client = parse_address("::ffff:203.0.113.7");
  EXPECT_EQ(cause(), Cause::kNetwork);
  question_.client = parse_address("2001:db8:1::2");
  EXPECT_EQ(said(), "passes: 2001:db8:1::2 is in 2001:db8::/32");
  question_.client = std::nullopt;
  EXPECT_EQ(said(), "blocked: maintenance; no address is known");
  group_ = "bare";
  EXPECT_EQ(said(), "blocked: maintenance");
}

TEST_F(Deciding, ACookieLetsThroughWithItsValueAlone) {
  question_.cookies = "a=b; BYPASS=true";
  EXPECT_EQ(cause(), Cause::kCookie);
  EXPECT_EQ(said(), "passes: the cookie BYPASS lets it through");
  for (const std::string_view cookies : {"BYPASS=", "BYPASS=TRUE", "BYPASS=1", "BYPASS=truetrue"}) {
    question_.cookies = cookies;
    EXPECT_EQ(said(), "blocked: maintenance; the bypass cookie has another value") << cookies;
  }
  for (const std::string_view cookies : {"bypass=true", "XBYPASS=true", "BYPASS", "x=BYPASS=true"}) {
    question_.cookies = cookies;
    EXPECT_EQ(said(), "blocked: maintenance") << cookies;
  }
  group_ = "bare";
  question_.cookies = "=true; BYPASS=true";
  EXPECT_EQ(cause(), Cause::kMaintenance) << "a group without such a cookie";
}

TEST_F(Deciding, AHeaderLetsThroughWithItsValueAlone) {
  question_.header = "letmein";
  EXPECT_EQ(cause(), Cause::kHeader);
  EXPECT_EQ(said(), "passes: the header X-Bypass lets it through");
  question_.header = "true";
  EXPECT_EQ(said(), "blocked: maintenance; the bypass header has another value");
  group_ = "bare";
  EXPECT_EQ(said(), "blocked: maintenance");
}

TEST_F(Deciding, ASignedPassLetsThroughByHeaderOrCookie) {
  const std::string token = sign_pass(kept_, kKey);
  question_.pass = token;
  EXPECT_EQ(cause(), Cause::kPass);
  EXPECT_EQ(decide().pass, "p-0123456789abcdef");
  EXPECT_EQ(said(), "passes: the signed pass p-0123456789abcdef lets it through");
  question_.pass = "";
  const std::string cookies = "a=b; understudy_pass=" + token;
  question_.cookies = cookies;
  EXPECT_EQ(cause(), Cause::kPass);
  EXPECT_EQ(explain(decide(kNow + minutes(5)), question_), "blocked: maintenance; the pass has expired");
  group_ = "bare";
  EXPECT_EQ(said(), "blocked: maintenance; the pass is of another group");
}

TEST_F(Deciding, APassThatIsNoneIsToldApart) {
  const std::string token = sign_pass(pass("p-00000000000000ff", kNow + minutes(5)), kKey);
  question_.pass = token;
  EXPECT_EQ(said(), "blocked: maintenance; the pass was revoked");
  std::string changed = sign_pass(kept_, kKey);
  changed[60] = changed[60] == 'A' ? 'B' : 'A';
  question_.pass = changed;
  EXPECT_EQ(said(), "blocked: maintenance; the pass was changed, or not signed here");
  question_.pass = std::string_view(changed).substr(0, 50);
  EXPECT_EQ(said(), "blocked: maintenance; the pass is cut or changed");
  const std::string other = sign_pass(kept_, {"ffffffff", kKey.secret, kNow});
  question_.pass = other;
  EXPECT_EQ(said(), "blocked: maintenance; the pass was signed with a key that is gone");
  snapshot_.passes = nullptr;
  EXPECT_EQ(said(), "blocked: maintenance; no pass was ever given");
  EXPECT_TRUE(decide().pass.empty());
}

TEST_F(Deciding, FalseTakesEveryRightAway) {
  const std::string token = sign_pass(kept_, kKey);
  question_.client = parse_address("203.0.113.7");
  question_.header = "letmein";
  question_.pass = token;
  const std::string_view cookies[] = {"BYPASS=false", "BYPASS=FALSE", "understudy_pass=false",
                                      "BYPASS=true; understudy_pass=false"};
  for (const std::string_view said_false : cookies) {
    question_.cookies = said_false;
    EXPECT_EQ(cause(), Cause::kCancelled) << said_false;
  }
  EXPECT_EQ(said(), "blocked: understudy_pass says \"false\", which takes every right away");
  question_.cookies = "";
  question_.header = "false";
  EXPECT_EQ(said(), "blocked: X-Bypass says \"false\", which takes every right away");
  question_.header = "";
  question_.pass = "false";
  EXPECT_EQ(cause(), Cause::kCancelled);
  state_.mode = Mode::kReadOnly;
  EXPECT_EQ(cause(), Cause::kRead) << "what everybody may is no right";
  question_.method = "POST";
  EXPECT_EQ(cause(), Cause::kCancelled);
}

class Ramp : public Deciding {
 protected:
  Ramp() { reopen(); }
};

TEST_F(Ramp, LetsAClientInOnceAndForGood) {
  bool in = false;
  for (int second = 0; second < 600; ++second) {
    const Decision decision = decide(kNow + seconds(second));
    if (in) {
      EXPECT_EQ(decision.cause, Cause::kAdmitted) << second;
    } else if (decision.cause == Cause::kWaiting) {
      EXPECT_EQ(decide(kNow + seconds(second) + decision.wait).cause, Cause::kAdmitted)
          << "it comes as it was told";
      EXPECT_GT(decision.wait, seconds(0));
    }
    in = decision.cause == Cause::kAdmitted;
  }
  EXPECT_EQ(decide(kNow + minutes(10)).cause, Cause::kOpen);
}

TEST_F(Ramp, LetsAnEvenlyGrowingShareIn) {
  for (int tenth = 0; tenth <= 9; ++tenth) {
    int in = 0;
    for (std::uint32_t i = 0; i < 10000; ++i) {
      Address address = parse_address("10.0.0.0").value();
      address[14] = static_cast<std::uint8_t>(i >> 8);
      address[15] = static_cast<std::uint8_t>(i);
      question_.client = address;
      if (decide(kNow + minutes(tenth)).cause == Cause::kAdmitted) ++in;
    }
    EXPECT_NEAR(in, tenth * 1000, 150) << tenth;
  }
}

TEST_F(Ramp, TellsClientsApartByCookieElseByAddress) {
  const WallTime half = kNow + minutes(5);
  const auto wait = [&] { return decide(half).wait; };
  question_.cookies = "session=s1";
  const auto by_cookie = wait();
  question_.client = parse_address("198.51.100.9");
  EXPECT_EQ(wait(), by_cookie) << "one session, two addresses";
  question_.cookies = "";
  int same = 0;
  for (int i = 1; i < 100; ++i) {
    question_.client = parse_address(fmt::format("2001:db9::{}", i));
    const auto first = wait();
    question_.client = parse_address(fmt::format("2001:db9::{:x}:1", i));
    if (wait() == first) ++same;
  }
  EXPECT_EQ(same, 99) << "one network of IPv6 is one client";
}

TEST_F(Ramp, SpreadsThoseWhoCannotBeToldApart) {
  question_.client = std::nullopt;
  int in = 0;
  double waited = 0;
  for (int i = 0; i < 10000; ++i) {
    const Decision decision = decide(kNow + minutes(5) + std::chrono::microseconds(i * 37));
    if (decision.cause == Cause::kAdmitted) {
      ++in;
    } else {
      EXPECT_LE(decision.wait, seconds(300));
      waited += static_cast<double>(decision.wait.count());
    }
  }
  EXPECT_NEAR(in, 5000, 200);
  EXPECT_NEAR(waited / (10000 - in), 150, 8);
}

TEST_F(Ramp, RightsGoBeforeTurnsAndOtherRampsHaveOtherOrders) {
  question_.client = parse_address("203.0.113.7");
  EXPECT_EQ(cause(), Cause::kNetwork);
  question_.cookies = "BYPASS=false";
  EXPECT_EQ(cause(), Cause::kWaiting) << "one of all";
  EXPECT_EQ(said().substr(0, 58), "blocked: the group reopens little by little; its turn come");
  question_.target = "/blog";
  EXPECT_EQ(cause(), Cause::kOutside);
  question_.target = "/api/x";
  const auto wait = decide().wait;
  auto occasion = std::make_shared<model::Occasion>(*state_.occasion);
  occasion->reopening_since = kNow - std::chrono::milliseconds(1);
  state_.occasion = std::move(occasion);
  EXPECT_NE(decide().wait, wait);
}

TEST_F(Ramp, OutOfReadOnlyOnlyWritesWait) {
  reopen(Mode::kReadOnly);
  EXPECT_EQ(cause(), Cause::kAdmitted) << "kRead says that the group is read-only";
  EXPECT_EQ(said(), "passes: GET reads, which read-only left alone");
  question_.method = "POST";
  EXPECT_EQ(cause(), Cause::kWaiting);
  question_.target = "/api/search";
  EXPECT_EQ(cause(), Cause::kAdmitted);
}

TEST_F(Ramp, BeforeItsBeginningEverybodyWaits) {
  EXPECT_EQ(decide(kNow - minutes(1)).cause, Cause::kWaiting) << "a clock that was set back";
}

}  // namespace
}  // namespace understudy::answer
