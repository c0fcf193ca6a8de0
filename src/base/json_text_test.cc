#include "base/json_text.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"

namespace understudy {
namespace {

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonText, EscapesWhatJsonAndEmbeddingAskFor) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(json_string("\n\r\t"), R"("\n\r\t")");
  EXPECT_EQ(json_string(std::string_view("\0\x1F\x7F", 3)), R"("\u0000\u001f\u007f")");
  EXPECT_EQ(json_string("</script>"), R"("\u003c/script>")");
  EXPECT_EQ(json_string("\u2028\u2029"), R"("\u2028\u2029")");
  EXPECT_EQ(json_string("Grüße 中 \U0001F3AD"), "\"Grüße 中 \U0001F3AD\"");
}

TEST(JsonText, PutsTheReplacementCharacterForWhatIsNoUtf8) {
  EXPECT_EQ(json_string("a\xFF"
                        "b"),
            R"("a\ufffdb")");
  EXPECT_EQ(json_string("\xC3"), R"("\ufffd")");
  EXPECT_EQ(json_string("\xED\xA0\x80"), R"("\ufffd\ufffd\ufffd")");
  EXPECT_EQ(json_string("\xE2\x82"
                        "a"),
            R"("\ufffd\ufffda")");
}

TEST(JsonText, GivesBackWhatWentInAndStaysJsonForEveryPairOfBytes) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const std::string text = {'x', static_cast<char>(first), static_cast<char>(second), 'y'};
      boost::system::error_code error;
      const boost::json::value value = boost::json::parse(json_string(text), error);
      ASSERT_FALSE(error) << first << " " << second;
      if (is_utf8(text)) {
        EXPECT_EQ(std::string(value.as_string()), text);
      }
    }
  }
}

}  // namespace
}  // namespace understudy
