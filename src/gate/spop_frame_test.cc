#include "gate/spop_frame.h"

#include <limits>

#include <gtest/gtest.h>

#include "gate/spop_message.h"
#include "gate/test_spop.h"

namespace understudy::gate {
namespace {

using namespace std::string_literals;
using Type = SpopValue::Type;

std::string varint(std::uint64_t number) {
  std::string out;
  append_varint(out, number);
  return out;
}

TEST(SpopFrame, WritesAndReadsNumbers) {
  EXPECT_EQ(varint(239), "\xEF");
  EXPECT_EQ(varint(240), "\xF0\x00"s);
  EXPECT_EQ(varint(2287), "\xFF\x7F");
  EXPECT_EQ(varint(2288), "\xF0\x80\x00"s);
  EXPECT_EQ(varint(16380), "\xFC\xF0\x06") << "as HAProxy writes it";
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  for (std::uint64_t base = 1; base != 0; base <<= 1U) {
    for (const std::uint64_t number :
         {base - 1, base, base + 1, base + 239, base + 2288, kMost - base, kMost}) {
      const std::string bytes = varint(number);
      SpopReader reader(bytes);
      EXPECT_EQ(reader.varint(), number);
      EXPECT_TRUE(reader.ok() && !reader.more()) << number;
      SpopReader cut(std::string_view(bytes).substr(0, bytes.size() - 1));
      EXPECT_EQ(cut.varint(), 0U);
      EXPECT_FALSE(cut.ok()) << number;
    }
  }
}

TEST(SpopFrame, RefusesNumbersWithoutEnd) {
  for (const std::string& bytes :
       {std::string(64, '\xFF'), std::string(11, '\xF0'), varint(~0ULL) + "\xFF"s}) {
    SpopReader reader(bytes);
    const std::uint64_t number = reader.varint();
    EXPECT_TRUE(!reader.ok() || number == ~0ULL);
  }
  // One more than fits.
  std::string over = varint(~0ULL);
  over.back() = static_cast<char>(over.back() + 1);
  SpopReader reader(over);
  EXPECT_EQ(reader.varint(), 0U);
  EXPECT_FALSE(reader.ok());
}

SpopValue value_of(const std::string& bytes, bool well = true) {
  SpopReader reader(bytes);
  SpopValue value = reader.value();
  EXPECT_EQ(reader.ok(), well) << testing::PrintToString(bytes);
  value.bytes = {};  // points into what is gone
  return value;
}

TEST(SpopFrame, ReadsTypedData) {
  EXPECT_EQ(value_of("\0"s).type, Type::kNull);
  EXPECT_TRUE(value_of("\x11").truth);
  EXPECT_FALSE(value_of("\x01").truth);
  for (const char type : {'\x02', '\x03', '\x04', '\x05'})
    EXPECT_EQ(value_of(type + "\xF0\x01"s).number, 256U);
  EXPECT_EQ(value_of("\x06"
                     "1234")
                .type,
            Type::kIpv4);
  EXPECT_EQ(value_of("\x07"
                     "1234567890123456")
                .type,
            Type::kIpv6);
  EXPECT_EQ(value_of("\x08\x02hi").type, Type::kString);
  EXPECT_EQ(value_of("\x09\x00"s).type, Type::kBinary);
  for (const std::string& bytes :
       {""s, "\x0A"s, "\x0F"s,
        "\x06"
        "123"s,
        "\x07"
        "123456789012345"s,
        "\x08"s, "\x08\x03hi"s, "\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00"s, "\x03"s})
    value_of(bytes, false);
}

TEST(SpopFrame, ReadsWhatHaproxySends) {
  const auto hello = parse_spop_frame(std::string_view(kSeenHello).substr(kSpopPrefix));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->type, SpopType::kHaproxyHello);
  EXPECT_EQ(hello->flags, kSpopFin);
  const auto notify = parse_spop_frame(std::string_view(kSeenNotify).substr(kSpopPrefix));
  ASSERT_TRUE(notify);
  EXPECT_EQ(notify->stream, 0U);
  EXPECT_EQ(notify->frame, 1U);
  const SpopNotify read = parse_notify(notify->payload);
  ASSERT_TRUE(read.well_formed && read.asked);
  EXPECT_EQ(read.asked->group, "shop");
  EXPECT_EQ(read.asked->host, "api.shop.example");
  EXPECT_EQ(read.asked->question.method, "GET");
  EXPECT_EQ(read.asked->question.target, "/orders?x=1");
  EXPECT_EQ(read.asked->question.cookies, "a=1; BYPASS_MAINTENANCE=true");
  EXPECT_EQ(read.asked->question.pass, "");
  ASSERT_TRUE(read.asked->question.client);
  EXPECT_EQ((*read.asked->question.client)[12], 127);
  // Cut anywhere it is malformed, but between two messages.
  for (std::size_t cut = 1; cut < notify->payload.size(); ++cut)
    EXPECT_FALSE(parse_notify(notify->payload.substr(0, cut)).well_formed) << cut;
}

TEST(SpopFrame, PassesOverWhatItDoesNotKnow) {
  const auto asked = [](const std::string& payload) { return parse_notify(payload).asked.has_value(); };
  EXPECT_FALSE(asked(""));
  EXPECT_TRUE(parse_notify("").well_formed);
  EXPECT_FALSE(asked("\x05other\x00"s));
  EXPECT_TRUE(
      asked("\x05other\x01\x01"
            "a\x11\x0Aunderstudy\x00"s));
  const std::string odd =
      "\x0Aunderstudy\x03\x05"
      "color\x08\x03red\x02ip\x11\x04path\x03\x05"s;
  ASSERT_TRUE(asked(odd));
  EXPECT_FALSE(parse_notify(odd).asked->question.client) << "no address";
  EXPECT_EQ(parse_notify(odd).asked->question.target, "*") << "no text";
  const std::string absolute = "\x0Aunderstudy\x01\x04path\x08\x12https://x.example/a"s;
  EXPECT_FALSE(parse_notify(absolute).well_formed) << "one byte too many behind its length";
  const std::string right = "\x0Aunderstudy\x01\x04path\x08\x13https://x.example/a"s;
  EXPECT_EQ(parse_notify(right).asked->question.target, "/a") << "as HTTP/2's come";
}

}  // namespace
}  // namespace understudy::gate
