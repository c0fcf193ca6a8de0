#include "base/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace understudy {
namespace {

// RFC 4648 section 10.
TEST(Base64, FollowsTheRfc) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xFB\xFF\xFE"), "+//+");
}

std::optional<std::string> undo(std::string_view text) {
  std::array<std::uint8_t, 8> bytes;
  const auto size = decode_base64url(text, bytes);
  if (!size) return std::nullopt;
  return std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*size));
}

TEST(Base64, HasAUrlsAlphabet) {
  for (const std::string_view text : {"", "f", "fo", "foo", "foobar", "\xFB\xFF\xFE"})
    EXPECT_EQ(undo(base64url(text)), text);
  EXPECT_EQ(base64url("fo"), "Zm8");
  EXPECT_EQ(base64url("\xFB\xFF\xFE"), "-__-");
}

TEST(Base64, UndoesNothingElse) {
  for (const std::string_view text :
       {"A", "Zm9vY", "Zh", "Zm9", "Zm8=", "Zm 8", "+//+", "\xC3\xA4xx", "AAAAAAAAAAAAAAAA"})
    EXPECT_EQ(undo(text), std::nullopt) << text;
}

}  // namespace
}  // namespace understudy
