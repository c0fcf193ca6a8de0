#include "base/password.h"

#include <string>

#include <gtest/gtest.h>

namespace understudy {
namespace {

TEST(Password, IsKnownByItsHash) {
  const std::string hash = hash_password("correct horse").value();
  EXPECT_EQ(hash.substr(0, 3), "$y$");
  EXPECT_TRUE(check_password("correct horse", hash));
  for (const std::string& wrong : {std::string("correct hors"), std::string("Correct horse"), std::string(),
                                   std::string("correct horse\0", 14), std::string("correct horse ")})
    EXPECT_FALSE(check_password(wrong, hash)) << wrong;
  EXPECT_NE(hash_password("correct horse").value(), hash) << "salted";
}

TEST(Password, MayBeOfAnyMethod) {
  // crypt(5)'s SHA-512, from `openssl passwd -6 -salt saltsalt secret`.
  EXPECT_TRUE(check_password(
      "secret",
      "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1"));
}

TEST(Password, IsRefusedWhereItCanBeNone) {
  EXPECT_FALSE(hash_password(""));
  EXPECT_FALSE(hash_password(std::string(kMostPassword + 1, 'x')));
  EXPECT_TRUE(hash_password(std::string(kMostPassword, 'x')));
  EXPECT_FALSE(hash_password(std::string("a\0b", 3)));
}

TEST(Password, AHashThatIsNoneFitsNothing) {
  for (const char* hash : {"", "*", "*0", "$y$", "plain", "$6$", "$9$salt$hash", "\xff"})
    EXPECT_FALSE(check_password("secret", hash)) << hash;
}

}  // namespace
}  // namespace understudy
