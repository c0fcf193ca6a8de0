#include "model/pass.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace understudy::model {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::string_view kShop = "9e428b69-47e2-48b7-a694-bb2222bf48c3";
constexpr std::string_view kOther = "0e428b69-47e2-48b7-a694-bb2222bf48c3";
const WallTime kNow{seconds(1'800'000'000)};

class Passes : public testing::Test {
 protected:
  const PassKey key_{"00c0ffee", std::string(32, '\x5a'), kNow};
  const Pass pass_{"p-0123456789abcdef", std::string(kShop), "QA", kNow, kNow + hours(2), "root", 0, {}};
  const std::string token_ = sign_pass(pass_, key_);
  const PassBook book_{{pass_}, {key_}};

  [[nodiscard]] PassFault fault(std::string_view token) const {
    return book_.verify(token, kShop, kNow).fault;
  }
};

TEST_F(Passes, LetThroughWhatWasSigned) {
  EXPECT_EQ(token_.size(), 95U);
  EXPECT_EQ(token_.substr(0, 3), "up_");
  const auto verified = book_.verify(token_, kShop, kNow);
  EXPECT_EQ(verified.fault, PassFault::kNone);
  EXPECT_EQ(verified.id, "p-0123456789abcdef");
  EXPECT_EQ(verified.expires, pass_.expires);
}

// The HMAC by Python's: hmac.new(b"\x5a" * 32, the first 37 bytes, "sha256").
TEST_F(Passes, AreSignedAsTheRfcSays) {
  EXPECT_EQ(
      token_,
      "up_AQDA_-6eQotpR-JIt6aUuyIiv0jDASNFZ4mrze8AAAAAa0nuIHp4oy8A-N907Q9vcWXp56zj1ARkYtrJK28npZY_a9rc");
}

TEST_F(Passes, CutAnywhereAreMalformed) {
  for (std::size_t length = 0; length < token_.size(); ++length)
    EXPECT_EQ(fault(std::string_view(token_).substr(0, length)), PassFault::kMalformed) << length;
  EXPECT_EQ(fault(token_ + "A"), PassFault::kMalformed);
  EXPECT_EQ(fault(token_ + "="), PassFault::kMalformed);
  EXPECT_EQ(fault(" " + token_), PassFault::kMalformed);
}

TEST_F(Passes, ChangedInAnyLetterAreRefused) {
  for (std::size_t at = 0; at < token_.size(); ++at) {
    for (const char other : {'A', 'z', '-', '_', '%', '\0', '\xff'}) {
      std::string changed = token_;
      if (changed[at] == other) continue;
      changed[at] = other;
      const PassFault found = fault(changed);
      EXPECT_TRUE(found == PassFault::kMalformed || found == PassFault::kUnknownKey ||
                  found == PassFault::kWrongMac)
          << at << ' ' << to_text(found);
    }
  }
}

TEST_F(Passes, ExpireWithTheSecond) {
  EXPECT_EQ(book_.verify(token_, kShop, pass_.expires - seconds(1)).fault, PassFault::kNone);
  const auto late = book_.verify(token_, kShop, pass_.expires);
  EXPECT_EQ(late.fault, PassFault::kExpired);
  EXPECT_EQ(late.id, pass_.id);
}

TEST_F(Passes, AreOfOneGroup) {
  EXPECT_EQ(book_.verify(token_, kOther, kNow).fault, PassFault::kOtherGroup);
  for (const std::string_view odd :
       {"", "shop", "9e428b69-47e2-48b7-a694-bb2222bf48c", "9e428b69-47e2-48b7-a694-bb2222bf48cx",
        "9e428b69------------------------48c3"})
    EXPECT_EQ(book_.verify(token_, odd, kNow).fault, PassFault::kOtherGroup) << odd;
}

TEST_F(Passes, AreGoneOnceRevoked) {
  const PassBook without{{}, {key_}};
  const auto verified = without.verify(token_, kShop, kNow);
  EXPECT_EQ(verified.fault, PassFault::kRevoked);
  EXPECT_EQ(verified.id, "");
}

TEST_F(Passes, NeedTheirKey) {
  const PassKey other{"00c0ffef", key_.secret, kNow};
  const PassKey forged{key_.id, std::string(32, 'x'), kNow};
  EXPECT_EQ(fault(sign_pass(pass_, other)), PassFault::kUnknownKey);
  EXPECT_EQ(fault(sign_pass(pass_, forged)), PassFault::kWrongMac);
  EXPECT_EQ(PassBook().verify(token_, kShop, kNow).fault, PassFault::kUnknownKey);
}

TEST_F(Passes, OfAnOlderKeyStayGood) {
  const PassKey newer{"00000001", std::string(32, 'n'), kNow};
  const PassBook book{{pass_}, {newer, key_}};
  EXPECT_EQ(book.verify(token_, kShop, kNow).fault, PassFault::kNone);
  EXPECT_EQ(book.verify(sign_pass(pass_, newer), kShop, kNow).fault, PassFault::kNone);
}

}  // namespace
}  // namespace understudy::model
