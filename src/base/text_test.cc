#include "base/text.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace understudy {
namespace {

TEST(Text, FoldsAsciiAlone) {
  EXPECT_EQ(lower("ABCxyz-09_Ä"), "abcxyz-09_Ä");
  EXPECT_TRUE(iequals("Host", "hOST"));
  EXPECT_FALSE(iequals("Host", "Hosts"));
  EXPECT_FALSE(iequals("k", "\u212A")) << "the Kelvin sign is no k";
  EXPECT_FALSE(iequals("[", "{")) << "neighbours of the letters stay apart";
  EXPECT_TRUE(iequals("", ""));
}

TEST(Text, FindsWithoutRegardToCase) {
  EXPECT_TRUE(icontains("SST_Maintenance_1", "maintenance"));
  EXPECT_TRUE(icontains("maintenance", "MAINTENANCE"));
  EXPECT_FALSE(icontains("mainten", "maintenance"));
  EXPECT_FALSE(icontains("", "a"));
}

TEST(Text, TrimsBlanks) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim("\r\na\n"), "\r\na\n");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim_lines("\r\n\v\f\t off \n"), "off");
}

TEST(Text, TakesPiecesUntilNothingIsLeft) {
  std::string_view rest = "a,,b,";
  std::vector<std::string> pieces;
  while (!rest.empty()) pieces.emplace_back(take_until(rest, ','));
  EXPECT_EQ(pieces, (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(take_until(rest, ','), "");
  EXPECT_EQ(rest, "");
}

TEST(Text, KnowsWellFormedUtf8) {
  struct Case {
    std::string_view bytes;
    bool fine;
  };
  // The boundaries of RFC 3629 section 4, each from both sides.
  const std::vector<Case> cases = {
      {"", true},
      {"plain", true},
      {"\x7F", true},
      {"\x80", false},
      {"\xBF", false},
      {"\xC0\x80", false},
      {"\xC1\xBF", false},
      {"\xC2\x80", true},
      {"\xDF\xBF", true},
      {"\xDF", false},
      {"\xDF\xC0", false},
      {"\xE0\x9F\xBF", false},
      {"\xE0\xA0\x80", true},
      {"\xED\x9F\xBF", true},
      {"\xED\xA0\x80", false},
      {"\xEE\x80\x80", true},
      {"\xEF\xBF\xBF", true},
      {"\xEF\xBF", false},
      {"\xF0\x8F\xBF\xBF", false},
      {"\xF0\x90\x80\x80", true},
      {"\xF4\x8F\xBF\xBF", true},
      {"\xF4\x90\x80\x80", false},
      {"\xF5\x80\x80\x80", false},
      {"\xFF", false},
      {"a\xE2\x82\xAC"
       "b",
       true},
      {"a\xE2\x82"
       "b",
       false},
  };
  for (const Case& c : cases) EXPECT_EQ(is_utf8(c.bytes), c.fine) << testing::PrintToString(c.bytes);
}

TEST(Text, SuggestsWhatWasProbablyMeant) {
  const std::vector<std::string> keys = {"listen", "workers", "idle_timeout", "id", "reason_header"};
  EXPECT_EQ(nearest("lisen", keys), "listen");
  EXPECT_EQ(nearest("litsen", keys), "listen");
  EXPECT_EQ(nearest("LISTEN", keys), "listen");
  EXPECT_EQ(nearest("idel_timeout", keys), "idle_timeout");
  EXPECT_EQ(nearest("reason-header", keys), "reason_header");
  EXPECT_EQ(nearest("ids", keys), "id");
  EXPECT_EQ(nearest("di", keys), "id") << "two letters swapped are one mistake";
  EXPECT_EQ(nearest("colour", keys), std::nullopt);
  EXPECT_EQ(nearest("", keys), std::nullopt);
  EXPECT_EQ(nearest("listen", {}), std::nullopt);
}

TEST(Text, ShowsControlCharactersAsEscapes) {
  EXPECT_EQ(printable("plain \"text\" Grüße"), "plain \"text\" Grüße");
  EXPECT_EQ(printable("a\nb\tc"), "a\\nb\\tc");
  EXPECT_EQ(printable("\x1B[2J\x7F\r"), "\\u001b[2J\\u007f\\u000d");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\u0000");
}

TEST(Text, CutsBetweenCharacters) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abcd", 3), "abc");
  EXPECT_EQ(cut("aä", 2), "a");
  EXPECT_EQ(cut("aä", 3), "aä");
  EXPECT_EQ(cut("\U0001F3ADx", 3), "");
  EXPECT_EQ(cut("\U0001F3ADx", 4), "\U0001F3AD");
  EXPECT_EQ(cut("", 0), "");
  for (std::size_t most = 0; most <= 12; ++most) EXPECT_TRUE(is_utf8(cut("aä中\U0001F3ADé", most))) << most;
}

}  // namespace
}  // namespace understudy
