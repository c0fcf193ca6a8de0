#include "http/weighted_list.h"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace understudy::http {
namespace {

/// "item{parameters}weight" for each element.
std::string listed(std::string_view field) {
  WeightedList list(field);
  WeightedItem item;
  std::string out;
  while (list.next(item)) {
    if (!out.empty()) out += ' ';
    out += item.item;
    if (!item.parameters.empty()) out += fmt::format("{{{}}}", item.parameters);
    out += fmt::format("/{}", item.weight);
  }
  return out;
}

struct Case {
  std::string_view field;
  std::string_view expected;
};

TEST(WeightedList, ReadsElementsAndWeights) {
  const Case cases[] = {
      {"", ""},
      {" \t ", ""},
      {"gzip", "gzip/1000"},
      {"gzip,br", "gzip/1000 br/1000"},
      {"a ;q=0.5 , b;q=1", "a/500 b/1000"},
      {"a;Q=0.5", "a/500"},
      {"a; q=0.25", "a/250"},
      {"a;q=1.000", "a/1000"},
      {"a;q=1.", "a/1000"},
      {"a;q=0.", "a/0"},
      {"a;q=0", "a/0"},
      {"a;q=0.000", "a/0"},
      {"a;q=0.123", "a/123"},
      {"*;q=0.1", "*/100"},
      {"a;level=1;q=0.4", "a{level=1}/400"},
      {"a; level=1 ; charset=utf-8", "a{level=1 ; charset=utf-8}/1000"},
      {"a;q=0.4;ext=1", "a/400"},
      {"a;quality=1", "a{quality=1}/1000"},
  };
  for (const Case& c : cases) EXPECT_EQ(listed(c.field), c.expected) << c.field;
}

TEST(WeightedList, NeverRoundsAWeightDownToARefusal) {
  EXPECT_EQ(listed("a;q=0.05"), "a/50");
  EXPECT_EQ(listed("a;q=0.001"), "a/1");
  EXPECT_EQ(listed("a;q=0.0001"), "a/1");
  EXPECT_EQ(listed("a;q=0.00000000000000000000001"), "a/1");
  EXPECT_EQ(listed("a;q=0.9999"), "a/999");
  EXPECT_EQ(listed("a;q=0.0000"), "a/0");
}

TEST(WeightedList, PassesMalformedWeightsOver) {
  for (const std::string_view weight :
       {"999", "2",    "1.1", "1.001", "-1", "-0", ".5",  "0,5",  "",     "x",
        "0x1", "0.5x", "1e0", "00",    "01", "+1", "NaN", "0.-1", "0..5", "\"1\""}) {
    const std::string field = fmt::format("a;q={}, b;q=0.5", weight);
    // "0,5" is two elements: the weight 0 and a name.
    EXPECT_EQ(listed(field), weight == "0,5" ? "a/0 5/1000 b/500" : "b/500") << weight;
  }
}

TEST(WeightedList, PassesEmptyElementsOver) {
  EXPECT_EQ(listed(",,a, ,b,"), "a/1000 b/1000");
  EXPECT_EQ(listed(";q=0.5, a"), "a/1000");
}

TEST(WeightedList, KeepsQuotedStringsWhole) {
  EXPECT_EQ(listed(R"(a;t="x,y;q=0";q=0.5, b)"), R"(a{t="x,y;q=0"}/500 b/1000)");
  EXPECT_EQ(listed(R"(a;t="\",b;q=0", c)"), R"(a{t="\",b;q=0"}/1000 c/1000)");
  EXPECT_EQ(listed(R"(a;t="never closed, b)"), R"(a{t="never closed, b}/1000)");
}

TEST(WeightedList, GoesThroughLongListsWithoutStoringThem) {
  std::string field;
  for (int i = 0; i < 10000; ++i) field += "en-US;q=0.5,";
  WeightedList list(field);
  WeightedItem item;
  int count = 0;
  while (list.next(item)) ++count;
  EXPECT_EQ(count, 10000);
}

}  // namespace
}  // namespace understudy::http
