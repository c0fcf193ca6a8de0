#include "base/crypto.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/text.h"

namespace understudy {
namespace {

// FIPS 180-4 examples (NIST, "SHA256.pdf").
TEST(Crypto, HashesAsTheStandardSays) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

struct HmacCase {
  std::string key;
  std::string text;
  std::string_view digest;
};

// RFC 4231 section 4.
TEST(Crypto, SignsAsTheRfcsVectorsSay) {
  std::string counting;
  for (char c = 1; c <= 25; ++c) counting += c;
  const HmacCase cases[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {counting, std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The key needs "
       "to "
       "be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const HmacCase& c : cases) EXPECT_EQ(hmac_sha256_hex(c.key, c.text), c.digest) << c.text;
}

TEST(Crypto, ComparesWholeTexts) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "bbc"));
  EXPECT_FALSE(equal_constant_time("abc", "abcd"));
  EXPECT_FALSE(equal_constant_time("abc", ""));
  EXPECT_FALSE(equal_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST(Crypto, TokensAreLongEnoughAndNeverTheSame) {
  std::set<char> letters;
  for (const auto& [bytes, characters] : {std::pair{0, 0}, std::pair{1, 2}, std::pair{2, 3}, std::pair{3, 4},
                                          std::pair{6, 8}, std::pair{32, 43}}) {
    const std::string token = random_token(static_cast<std::size_t>(bytes));
    EXPECT_EQ(token.size(), static_cast<std::size_t>(characters));
  }
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string token = random_token(32);
    EXPECT_TRUE(seen.insert(token).second);
    letters.insert(token.begin(), token.end());
  }
  for (const char c : letters) EXPECT_TRUE(is_alpha(c) || is_digit(c) || c == '-' || c == '_') << c;
  // 4,300 letters drawn: one of the 64 missing is less likely than 1 in 10^27.
  EXPECT_EQ(letters.size(), 64U);
}

TEST(Crypto, UuidsAreRandomOnes) {
  std::set<std::string> seen;
  std::set<char> variants;
  for (int i = 0; i < 200; ++i) {
    const std::string uuid = random_uuid();
    ASSERT_EQ(uuid.size(), 36U);
    for (std::size_t at = 0; at < uuid.size(); ++at) {
      const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
      const bool hex = is_digit(uuid[at]) || (uuid[at] >= 'a' && uuid[at] <= 'f');
      EXPECT_TRUE(dash ? uuid[at] == '-' : hex) << uuid;
    }
    EXPECT_EQ(uuid[14], '4') << uuid;
    variants.insert(uuid[19]);
    EXPECT_TRUE(seen.insert(uuid).second) << uuid;
  }
  EXPECT_EQ(variants, (std::set<char>{'8', '9', 'a', 'b'}));
}

}  // namespace
}  // namespace understudy
