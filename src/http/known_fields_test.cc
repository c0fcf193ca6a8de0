#include "http/known_fields.h"

#include <string>

#include <gtest/gtest.h>

#include "http/scan.h"

namespace understudy::http {
namespace {

TEST(KnownFields, AreFoundInAnyCase) {
  for (const KnownField& field : kKnownFields) {
    std::string upper(field.name);
    std::string mixed(field.name);
    for (std::size_t i = 0; i < upper.size(); ++i) {
      if (upper[i] >= 'a' && upper[i] <= 'z') upper[i] = static_cast<char>(upper[i] - ('a' - 'A'));
      if (i % 2 == 0) mixed[i] = upper[i];
    }
    for (const std::string& name : {std::string(field.name), upper, mixed}) {
      const KnownField* const found = find_known_field(name);
      ASSERT_NE(found, nullptr) << name;
      EXPECT_EQ(found->name, field.name);
      EXPECT_EQ(found->place, field.place);
      EXPECT_EQ(found->rule, field.rule);
    }
  }
}

// One byte changed to any other visible one: only the other case of a letter is the same name.
TEST(KnownFields, AreNotTakenForOthers) {
  for (const KnownField& field : kKnownFields) {
    for (std::size_t at = 0; at < field.name.size(); ++at) {
      for (int byte = 0x21; byte < 256; ++byte) {
        std::string name(field.name);
        name[at] = static_cast<char>(byte);
        if (!is_visible_byte(name[at])) continue;
        const char was = field.name[at];
        const bool same = name[at] == was || (was >= 'a' && was <= 'z' && name[at] == was - ('a' - 'A'));
        ASSERT_EQ(find_known_field(name) != nullptr, same) << name;
      }
    }
    EXPECT_EQ(find_known_field(std::string(field.name) + "x"), nullptr);
    EXPECT_EQ(find_known_field(field.name.substr(1)), nullptr);
  }
  for (const std::string_view name : {"", "a", "te", "age", "sec-fetch-mode", "x-forwarded-by"}) {
    EXPECT_EQ(find_known_field(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace understudy::http
