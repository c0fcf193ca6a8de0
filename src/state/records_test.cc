#include "state/records.h"

#include <chrono>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace understudy::state {
namespace {

using model::Mode;

const WallTime kTime(std::chrono::milliseconds(1'800'000'000'250));

model::Switch full_switch() {
  model::Switch value;
  value.mode = Mode::kReadOnly;
  value.reason = "index \"rebuild\"\n<b>";
  value.texts = {{"de", {"Wartung", "Gleich zurück"}}, {"en", {"", "Back soon"}}};
  value.since = kTime;
  value.until = kTime + std::chrono::hours(1);
  value.by = "deploy (uid 1000)";
  value.closed_through = kTime - std::chrono::hours(1);
  value.reopening_until = kTime + std::chrono::minutes(10);
  value.reopening_from = Mode::kReadOnly;
  return value;
}

model::Window full_window() {
  model::Window window;
  window.id = "w-ab12cd34";
  window.title = "Weekly";
  window.groups = {"shop", "pay"};
  window.mode = Mode::kReadOnly;
  window.zone = "Europe/Berlin";
  window.start = "2026-11-22T02:00:00";
  window.end = "2026-11-22T04:00:00";
  window.rule = "FREQ=WEEKLY;BYDAY=SU";
  window.except = {"2026-11-29T02:00:00"};
  window.at_end = model::AtEnd::kStay;
  window.texts = {{"en", {"Down", "Back at four"}}};
  window.reason = "patches";
  window.by = "understudy";
  window.created = kTime;
  return window;
}

model::Token full_token() {
  return {"t-ab12cd34",         "ci",  model::Scope::kOperator,       {"shop", "*"},
          std::string(64, 'a'), kTime, kTime + std::chrono::hours(1), kTime,
          "deploy (uid 1000)"};
}

TEST(Records, ComeBackAsTheyWere) {
  EXPECT_EQ(decode_switch(encode_switch(full_switch())).value(), full_switch());
  EXPECT_EQ(decode_switch(encode_switch({})).value(), model::Switch());
  EXPECT_EQ(decode_window(encode_window(full_window())).value(), full_window());
  EXPECT_EQ(decode_token(encode_token(full_token())).value(), full_token());
}

TEST(Records, AreCompact) {
  EXPECT_EQ(encode_switch({}), R"({"mode":"open"})");
  model::Switch value;
  value.mode = Mode::kMaintenance;
  value.texts = {{"en", {"Down", ""}}, {"de", {"", ""}}};
  value.until = kTime;
  EXPECT_EQ(encode_switch(value), R"({"mode":"maintenance","texts":{"en":{"title":"Down"},"de":{}},)"
                                  R"("until":"2027-01-15T08:00:00.250Z"})");
}

TEST(Records, CanBeReadWhateverBytesWereWritten) {
  model::Switch value;
  value.by = "m\xFFller";
  EXPECT_EQ(decode_switch(encode_switch(value)).value().by, "m\uFFFDller");
}

std::string switch_problem(std::string_view text) {
  const auto read = decode_switch(text);
  return read ? "read" : read.error().message;
}

TEST(Records, RefuseWhatTheyDoNotKnowAndNameIt) {
  EXPECT_EQ(switch_problem(R"({})"), "mode: is missing");
  EXPECT_EQ(switch_problem(R"({"mode":"shut"})"), "mode: no known value: shut");
  EXPECT_EQ(switch_problem(R"({"mode":1})"), "mode: expected text");
  EXPECT_EQ(switch_problem(R"({"mode":"open","pass":1})"), "pass: not known; written by a newer version?");
  EXPECT_EQ(switch_problem(R"({"mode":"open","until":"soon"})"),
            "until: expected a time as 2026-11-20T22:00:00Z");
  EXPECT_EQ(switch_problem(R"({"mode":"open","texts":[]})"), "texts: expected an object");
  EXPECT_EQ(switch_problem(R"({"mode":"open","texts":{"en":""}})"), "texts.en: expected an object");
  EXPECT_EQ(switch_problem(R"({"mode":"open","texts":{"en":{"title":[]}}})"),
            "texts.en.title: expected text");
  EXPECT_EQ(switch_problem(R"({"mode":"open","texts":{"en":{"x":""}}})"),
            "texts.en.x: not known; written by a newer version?");
  EXPECT_EQ(switch_problem("[]"), "expected an object");
  for (const char* text : {"", "{", "null", R"({"mode":"open"} x)", "{\"mode\":\"open\",\"by\":\"\xFF\"}"}) {
    EXPECT_NE(switch_problem(text), "read") << text;
  }
}

TEST(Records, AWindowHasWhatItNeeds) {
  for (const std::string_view name : {"id", "groups", "mode", "zone", "start", "end", "atEnd", "created"}) {
    std::string text = encode_window(full_window());
    const auto at = text.find(std::string("\"").append(name).append("\":"));
    ASSERT_NE(at, std::string::npos) << name;
    text.insert(at + 1, "x");
    const auto read = decode_window(text);
    ASSERT_FALSE(read) << name;
    EXPECT_EQ(read.error().message, std::string(name).append(": is missing"));
  }
  model::Window open = full_window();
  open.mode = Mode::kOpen;
  EXPECT_FALSE(decode_window(encode_window(open))) << "a window that holds nothing";
}

TEST(Records, ATokenHasAHash) {
  for (const std::string& hash :
       {std::string(63, 'a'), std::string(64, 'A'), std::string(65, 'a'), std::string()}) {
    model::Token token = full_token();
    token.hash = hash;
    const auto read = decode_token(encode_token(token));
    ASSERT_FALSE(read) << hash;
    EXPECT_TRUE(read.error().message.starts_with("hash: ")) << read.error().message;
  }
}

TEST(Records, APassIsReadAsItWasWritten) {
  const model::Pass full{"p-0123456789abcdef",
                         "9e428b69-47e2-48b7-a694-bb2222bf48c3",
                         "QA",
                         kTime,
                         kTime,
                         "ada",
                         7,
                         kTime,
                         "00c0ffee"};
  EXPECT_EQ(decode_pass(encode_pass(full)).value(), full);
  for (const std::string_view name : {"id", "group", "created", "expires", "key"}) {
    std::string text = encode_pass(full);
    text.insert(text.find(std::string("\"").append(name).append("\":")) + 1, "x");
    EXPECT_EQ(decode_pass(text).error().message, std::string(name).append(": is missing"));
  }
  for (const std::string_view uses : {"-1", "1.5", "\"1\"", "18446744073709551616", "null"}) {
    std::string text = encode_pass(full);
    text.replace(text.find("\"uses\":7") + 7, 1, uses);
    ASSERT_FALSE(decode_pass(text)) << text;
    EXPECT_EQ(decode_pass(text).error().message, "uses: expected a number from 0");
  }
  model::Pass odd = full;
  odd.id = "p-0123456789abcdeF";
  EXPECT_EQ(decode_pass(encode_pass(odd)).error().message, "id: expected p- and 16 hexadecimal digits");
}

TEST(Records, APassKeyHas32Bytes) {
  const model::PassKey key{"00c0ffee", std::string(31, '\xff') + '\0', kTime};
  EXPECT_EQ(decode_pass_key(encode_pass_key(key)).value(), key);
  for (const std::size_t size : {std::size_t{0}, std::size_t{31}, std::size_t{33}}) {
    model::PassKey other = key;
    other.secret = std::string(size, 's');
    EXPECT_TRUE(decode_pass_key(encode_pass_key(other)).error().message.starts_with("secret: ")) << size;
  }
}

}  // namespace
}  // namespace understudy::state
