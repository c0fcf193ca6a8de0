#include "http/scan.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/token.h"

namespace understudy::http {
namespace {

using Find = const char* (*)(const char*, const char*);
using Goes = bool (*)(char);

struct ScanCase {
  Find find;
  Goes goes_on;  ///< the same, for one byte
};

const ScanCase kCases[] = {
    {find_text_end, is_text_byte},
    {find_visible_end, is_visible_byte},
    {find_name_end, [](char c) { return is_visible_byte(c) && c != ':'; }},
    {find_token_end, [](char c) { return is_token(std::string_view(&c, 1)); }},
    {find_path_end, [](char c) { return c != '?' && c != '#'; }},
};

// Every byte, at every place of blocks and of what is left behind the last one. The buffer ends with the
// text, so that the sanitizer sees a byte read behind it.
TEST(Scan, FindsEachByteAtEachPlace) {
  for (const ScanCase& c : kCases) {
    for (std::size_t size = 0; size <= 36; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        for (int byte = 0; byte < 256; ++byte) {
          std::vector<char> text(size, 'a');
          text[at] = static_cast<char>(byte);
          const char* const end = text.data() + size;
          const char* const expected = c.goes_on(text[at]) ? end : text.data() + at;
          ASSERT_EQ(c.find(text.data(), end), expected) << byte << " at " << at << " of " << size;
        }
      }
    }
  }
}

// Whatever stands behind the name.
TEST(Scan, KnowsATokenByEachOfItsBytesAlone) {
  for (std::size_t size = 0; size <= 36; ++size) {
    for (const std::size_t behind : {0U, 1U, 9U, 40U}) {
      for (int byte = 0; byte < 256; ++byte) {
        std::vector<char> text(size + behind, 'a');
        for (std::size_t at = size; at < text.size(); ++at) text[at] = static_cast<char>(byte);
        const char* const begin = text.data();
        ASSERT_TRUE(is_token(begin, begin + size, begin + text.size())) << byte << " behind " << size;
        for (std::size_t at = 0; at < size; ++at) {
          text[at] = static_cast<char>(byte);
          ASSERT_EQ(is_token(begin, begin + size, begin + text.size()), is_token_byte(text[at]))
              << byte << " at " << at << " of " << size << " and " << behind;
          text[at] = 'a';
        }
      }
    }
  }
}

TEST(Scan, GoesOnBehindATab) {
  const std::string text = "a\tb\tc\td\te\tf\tg\th\ti\r\n";
  EXPECT_EQ(find_text_end(text.data(), text.data() + text.size()), text.data() + text.find('\r'));
}

}  // namespace
}  // namespace understudy::http
