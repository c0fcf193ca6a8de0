#include "app/cli/table.h"

#include <gtest/gtest.h>

namespace understudy::app::cli {
namespace {

TEST(Table, MeasuresWhatATerminalShows) {
  EXPECT_EQ(display_width("shop"), 4U);
  EXPECT_EQ(display_width("Größe"), 5U);
  EXPECT_EQ(display_width("日本"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(fit("maintenance", 6), "maint…");
  EXPECT_EQ(fit("maintenance", 11), "maintenance");
  EXPECT_EQ(fit("日本語", 4), "日…");
  EXPECT_EQ(fit("日本語", 0), "");
}

TEST(Table, LetsNothingThroughThatATerminalObeys) {
  EXPECT_EQ(display_text("a\x1b[31mb\nc"), "a\\u001b[31mb\\nc");
  EXPECT_EQ(display_text("a\u009b31mb"), "a?31mb");  // CSI in one character
  EXPECT_EQ(display_text("a\u202eb"), "a?b");        // turns the direction of writing
  EXPECT_EQ(display_text("a\xff\xc3"), "a??");       // no UTF-8
  EXPECT_EQ(display_text("Wartung – später"), "Wartung – später");
}

Table two_columns() {
  Table table({{"GROUP", Cut::kMayBe}, {"BY", Cut::kNever}, {"NEXT", Cut::kMayBe}});
  table.add({{"日本-shop-with-a-name", Paint::kBold}, {"deploy", Paint::kPlain}, {}});
  table.add({{"api", Paint::kPlain}, {}, {}});
  return table;
}

TEST(Table, AlignsColumnsAndLeavesOutEmptyOnes) {
  EXPECT_EQ(two_columns().render(std::nullopt, Colour::kNo),
            "GROUP                  BY\n"
            "日本-shop-with-a-name  deploy\n"
            "api\n");
}

TEST(Table, CutsWhatMayBeCutToTheWidth) {
  EXPECT_EQ(two_columns().render(20, Colour::kNo),
            "GROUP         BY\n"
            "日本-shop-w…  deploy\n"
            "api\n");
  // Nothing gets narrower than eight columns, and a column that may not be cut stays whole.
  EXPECT_EQ(two_columns().render(3, Colour::kNo),
            "GROUP     BY\n"
            "日本-sh…  deploy\n"
            "api\n");
}

TEST(Table, PaintsOnlyWhereColourIsWanted) {
  Table table({{"MODE", Cut::kNever}, {"BY", Cut::kNever}});
  table.add({{"open", Paint::kGreen}, {"x", Paint::kPlain}});
  EXPECT_EQ(table.render(std::nullopt, Colour::kNo), "MODE  BY\nopen  x\n");
  EXPECT_EQ(table.render(std::nullopt, Colour::kYes),
            "\x1b[2mMODE\x1b[0m  \x1b[2mBY\x1b[0m\n\x1b[32mopen\x1b[0m  x\n");
}

}  // namespace
}  // namespace understudy::app::cli
