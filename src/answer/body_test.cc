#include "answer/body.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "answer/own_paths.h"
#include "answer/page.h"
#include "base/embedded.h"
#include "base/json_text.h"
#include "base/text.h"
#include "state/test_snapshot.h"

namespace understudy::answer {
namespace {

namespace json = boost::json;
using model::Reason;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kHostile =
    "</title></script><script>alert(1)</script><img src=x onerror=alert(1)> \"quoted\" 'single' & &amp; ]]> "
    "{{title}} "
    "{{{message}}} %s \\ \n\n event: forged \r\ndata: {}\x01\x7F \u2028\u2029 \uFFFE\uFFFF Grüße \U0001F3AD";

constexpr WallTime kSince{std::chrono::seconds(1'795'298'400)};  // 2026-11-21T22:00:00Z
constexpr WallTime kUntil{std::chrono::seconds(1'795'303'800)};  // 2026-11-21T23:30:00Z

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || c == '"' || c == '\\') {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// A group with texts of its own, or none where `texts` is empty, and what its bodies are made of.
class Stage {
 public:
  explicit Stage(std::string_view texts, std::string_view settings = "")
      : snapshot_(state::test_snapshot(fmt::format(
            "[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\n{}\n{}\n", settings, texts))) {}

  [[nodiscard]] BodyInput input(Reason reason, std::string_view tag) const {
    const model::Group& group = snapshot_->table->group(0);
    return {*group.texts,    reason, group.texts->offered(reason).by_tag.at(lower(tag)),
            since,           until,  group.retry_after,
            group.page.get()};
  }
  [[nodiscard]] std::string render(Format format, Reason reason = Reason::kMaintenance,
                                   std::string_view tag = "en") const {
    return render_body(format, input(reason, tag));
  }

  std::optional<WallTime> since;
  std::optional<WallTime> until;

 private:
  const std::shared_ptr<const model::Snapshot> snapshot_;
};

Stage hostile() {
  return Stage(
      fmt::format("[groups.shop.maintenance.en]\ntitle = {0}\nmessage = {0}\n", toml_string(kHostile)));
}

json::object parsed(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error);
  EXPECT_FALSE(error) << error.message() << ": " << text;
  return value.is_object() ? value.as_object() : json::object();
}

std::string string_at(const json::object& object, std::string_view key) {
  const auto* found = object.if_contains({key.data(), key.size()});
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : "(none)";
}

std::vector<std::string> keys(const json::value& value) {
  std::vector<std::string> out;
  for (const auto& member : value.as_object()) out.emplace_back(member.key());
  return out;
}

TEST(Body, JsonIsTheDesignsShape) {
  Stage stage(
      "[groups.shop.maintenance.en]\ntitle = \"Down for maintenance\"\nmessage = \"Back soon.\"\n"
      "[groups.shop.maintenance.de]\ntitle = \"Wartungsarbeiten\"\nmessage = \"Gleich zurück.\"\n");
  EXPECT_EQ(stage.render(Format::kJson),
            R"({"status":503,"reason":"maintenance","title":"Down for maintenance","message":"Back soon.",)"
            R"("errorTitle":{"en":"Down for maintenance","de":"Wartungsarbeiten"},)"
            R"("errorMessage":{"en":"Back soon.","de":"Gleich zurück."},"retryAfter":600})");
  stage.since = kSince;
  stage.until = kUntil;
  EXPECT_EQ(stage.render(Format::kJson, Reason::kMaintenance, "de"),
            R"({"status":503,"reason":"maintenance","title":"Wartungsarbeiten","message":"Gleich zurück.",)"
            R"("errorTitle":{"en":"Down for maintenance","de":"Wartungsarbeiten"},)"
            R"("errorMessage":{"en":"Back soon.","de":"Gleich zurück."},)"
            R"("since":"2026-11-21T22:00:00Z","until":"2026-11-21T23:30:00Z"})");
}

TEST(Body, MapsHoldTheOperatorsLanguagesOrTheNegotiatedOneAndEnglish) {
  const Stage own(
      "[groups.shop.maintenance.de]\ntitle = \"W\"\nmessage = \"G\"\n[groups.shop.maintenance.fr]\ntitle = "
      "\"M\"\nmessage = \"B\"\n");
  // Japanese was negotiated, for which there is only the built-in text.
  const json::object mixed = parsed(own.render(Format::kJson, Reason::kMaintenance, "ja"));
  EXPECT_EQ(string_at(mixed, "title"), state::test_locales().find("ja")->text(Reason::kMaintenance).title);
  EXPECT_THAT(keys(mixed.at("errorTitle")), ElementsAre("de", "fr"));
  EXPECT_THAT(keys(mixed.at("errorMessage")), ElementsAre("de", "fr"));
  // For a failure the operator wrote nothing.
  EXPECT_THAT(keys(parsed(own.render(Format::kJson, Reason::kFailure, "ja")).at("errorTitle")),
              ElementsAre("ja", "en"));
  EXPECT_THAT(keys(parsed(own.render(Format::kJson, Reason::kFailure, "en")).at("errorTitle")),
              ElementsAre("en"));
  const Stage without_english("", "languages = [\"de\", \"fr\"]");
  EXPECT_THAT(keys(parsed(without_english.render(Format::kJson, Reason::kFailure, "fr")).at("errorTitle")),
              ElementsAre("fr"));
}

TEST(Body, ProblemDetails) {
  Stage stage("[groups.shop.failure.en]\ntitle = \"T\"\nmessage = \"M\"\n");
  const json::object problem = parsed(stage.render(Format::kProblem, Reason::kFailure));
  EXPECT_EQ(problem.at("status").as_int64(), 503);
  EXPECT_EQ(string_at(problem, "title"), "T");
  EXPECT_EQ(string_at(problem, "detail"), "M");
  EXPECT_EQ(string_at(problem, "reason"), "failure");
  EXPECT_EQ(problem.at("retryAfter").as_int64(), 600);
  EXPECT_TRUE(problem.contains("type"));
}

TEST(Body, NothingInABodyChangesWithTheClock) {
  Stage stage("");
  stage.until = kUntil;
  for (const Format format : {Format::kJson, Format::kProblem, Format::kXml, Format::kHtml}) {
    EXPECT_EQ(stage.render(format).find("retryAfter"), std::string::npos) << "an end is known";
  }
}

TEST(Body, JsonFormatsSurviveHostileTexts) {
  const Stage stage = hostile();
  for (const Format format : {Format::kJson, Format::kProblem, Format::kGraphql, Format::kJsonRpc}) {
    const std::string body = stage.render(format);
    EXPECT_EQ(body.find("</"), std::string::npos) << body;
    EXPECT_EQ(body.find_first_of("\r\n\x01\x7F"), std::string::npos);
    EXPECT_EQ(body.find("\u2028"), std::string::npos);
    const json::object object = parsed(body);
    json::object inner = object;
    if (format == Format::kGraphql) inner = object.at("errors").as_array().at(0).as_object();
    if (format == Format::kJsonRpc) inner = object.at("error").as_object().at("data").as_object();
    const std::string_view key = format == Format::kProblem ? "detail" : "message";
    EXPECT_EQ(string_at(inner, key), kHostile);
  }
}

TEST(Body, OwnProtocolsHaveTheirShape) {
  const Stage stage("[groups.shop.maintenance.en]\ntitle = \"T\"\nmessage = \"M\"\n");
  const json::object graphql = parsed(stage.render(Format::kGraphql));
  ASSERT_EQ(graphql.at("errors").as_array().size(), 1U);
  const json::object& error = graphql.at("errors").as_array()[0].as_object();
  EXPECT_EQ(string_at(error, "message"), "M");
  EXPECT_EQ(string_at(error.at("extensions").as_object(), "reason"), "maintenance");
  const json::object rpc = parsed(stage.render(Format::kJsonRpc));
  EXPECT_EQ(string_at(rpc, "jsonrpc"), "2.0");
  EXPECT_TRUE(rpc.at("id").is_null());
  EXPECT_EQ(rpc.at("error").as_object().at("code").as_int64(), -32000);
  EXPECT_EQ(string_at(rpc.at("error").as_object(), "message"), "T");
  EXPECT_EQ(stage.render(Format::kGrpc), "");
  EXPECT_EQ(stage.render(Format::kGrpcWeb), "");
}

/// Undoes what append_markup does; fails the test on markup that is none of the body's own.
std::string unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    EXPECT_TRUE(text[0] != '<' && text[0] != '>' && text[0] != '"' && text[0] != '\'') << text;
    if (text[0] != '&') {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    const std::string_view entity = text.substr(0, text.find(';') + 1);
    const std::pair<std::string_view, char> entities[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
    bool known = false;
    for (const auto& [name, c] : entities) {
      if (name != entity) continue;
      out += c;
      known = true;
    }
    EXPECT_TRUE(known) << entity;
    text.remove_prefix(entity.size());
  }
  return out;
}

std::string between(std::string_view body, std::string_view begin, std::string_view end) {
  const auto at = body.find(begin);
  EXPECT_NE(at, std::string_view::npos) << begin;
  if (at == std::string_view::npos) return "";
  body.remove_prefix(at + begin.size());
  return std::string(body.substr(0, body.find(end)));
}

/// The hostile text with U+FFFD in place of the characters that XML 1.0 has no place for.
std::string in_xml(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && text[i] != '\n' && text[i] != '\t') || byte == 0x7F) {
      out += "\uFFFD";
    } else if (text.substr(i, 3) == "\uFFFE" || text.substr(i, 3) == "\uFFFF") {
      out += "\uFFFD";
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

TEST(Body, XmlFormatsSurviveHostileTexts) {
  Stage stage = hostile();
  const std::string expected = in_xml(kHostile);
  for (const Format format : {Format::kXml, Format::kTextXml, Format::kSoap11, Format::kSoap12}) {
    const std::string body = stage.render(format);
    EXPECT_TRUE(body.starts_with(R"(<?xml version="1.0" encoding="UTF-8"?><)"));
    EXPECT_EQ(unescaped(between(body, "<title>", "</title>")), expected);
    EXPECT_EQ(unescaped(between(body, "<message>", "</message>")), expected);
    EXPECT_EQ(between(body, "<retryAfter>", "</retryAfter>"), "600");
    EXPECT_EQ(body.find("<script"), std::string::npos);
  }
  EXPECT_EQ(unescaped(between(stage.render(Format::kSoap11), "<faultstring>", "</faultstring>")), expected);
  EXPECT_EQ(unescaped(between(stage.render(Format::kSoap12), "<env:Text xml:lang=\"en\">", "</env:Text>")),
            expected);
  stage.since = kSince;
  stage.until = kUntil;
  const std::string body = stage.render(Format::kXml);
  EXPECT_EQ(between(body, "<since>", "</since>"), "2026-11-21T22:00:00Z");
  EXPECT_EQ(between(body, "<until>", "</until>"), "2026-11-21T23:30:00Z");
  EXPECT_EQ(body.find("retryAfter"), std::string::npos);
}

TEST(Body, SoapFaultsSayThatItIsTheServersSide) {
  const Stage stage("");
  EXPECT_EQ(between(stage.render(Format::kSoap11), "<faultcode>", "</faultcode>"), "soap:Server");
  EXPECT_EQ(between(stage.render(Format::kSoap12), "<env:Value>", "</env:Value>"), "env:Receiver");
}

TEST(Body, ReplacementLeavesOtherCharactersAlone) {
  std::string out;
  append_markup(out, "a\tb\nc \uFFFC\uFFFD \U0001FFFE é");
  EXPECT_EQ(out, "a\tb\nc \uFFFC\uFFFD \U0001FFFE é");
}

TEST(Body, ThePageSurvivesHostileTexts) {
  const Stage stage = hostile();
  const std::string body = stage.render(Format::kHtml);
  EXPECT_EQ(unescaped(between(body, "<title>", "</title>")), in_xml(kHostile));
  EXPECT_EQ(unescaped(between(body, "<p class=\"message\">", "</p>")), in_xml(kHostile));
  const auto count = [&](std::string_view what) {
    std::size_t found = 0;
    for (auto at = body.find(what); at != std::string::npos; at = body.find(what, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("<script"), 1U) << "the page's own";
  EXPECT_EQ(count("<style"), 1U);
  EXPECT_EQ(count("<img"), 0U);
}

TEST(Body, ThePageSpeaksItsLanguageInItsDirection) {
  const Stage stage("");
  EXPECT_THAT(stage.render(Format::kHtml, Reason::kFailure, "ar"),
              HasSubstr("<html lang=\"ar\" dir=\"rtl\">"));
  EXPECT_THAT(stage.render(Format::kHtml, Reason::kFailure, "zh-Hant"),
              HasSubstr("<html lang=\"zh-Hant\" dir=\"ltr\">"));
  for (const model::Locale& locale : state::test_locales().all()) {
    for (const Reason reason : model::kReasons) {
      const std::string body = stage.render(Format::kHtml, reason, locale.tag);
      std::string title;
      append_markup(title, locale.text(reason).title);
      EXPECT_THAT(body, HasSubstr("<h1>" + title + "</h1>")) << locale.tag;
      EXPECT_EQ(body.find("{{"), std::string::npos)
          << locale.tag << ": a variable that the template has no value for";
    }
  }
}

TEST(Body, ThePageCarriesItsTimesAsData) {
  Stage stage("");
  EXPECT_THAT(stage.render(Format::kHtml), HasSubstr("data-retry=\"600\""));
  stage.since = kSince;
  stage.until = kUntil;
  const std::string body = stage.render(Format::kHtml);
  EXPECT_THAT(body, HasSubstr("data-until=\"2026-11-21T23:30:00Z\""));
  EXPECT_THAT(body, HasSubstr("datetime=\"2026-11-21T22:00:00Z\""));
  EXPECT_THAT(body, HasSubstr("2026-11-21 22:00 UTC"));
  EXPECT_EQ(body.find("data-retry"), std::string::npos);
}

TEST(Body, ThePagesPolicyNamesItsOwnStyleAndScript) {
  const Stage stage("");
  const std::string body = stage.render(Format::kHtml);
  EXPECT_EQ(between(body, "<style>", "</style>"), embedded_file("pages/page/page.css").content);
  EXPECT_EQ(between(body, "<script>", "</script>"), embedded_file("pages/page/page.js").content);
  const std::string& policy = page_security_policy();
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("script-src 'sha256-"));
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(policy.find_first_of("\r\n"), std::string::npos);
}

TEST(Body, PlainText) {
  Stage stage(
      "[groups.shop.maintenance.en]\ntitle = \"T\"\nmessage = \"M\"\n[groups.shop.failure.en]\ntitle = "
      "\"T\"\n"
      "message = \"\"\n");
  EXPECT_EQ(stage.render(Format::kText), "T\n\nM\n");
  EXPECT_EQ(stage.render(Format::kText, Reason::kFailure), "T\n");
  stage.since = kSince;
  stage.until = kUntil;
  EXPECT_EQ(stage.render(Format::kText),
            "T\n\nM\n\nSince: 2026-11-21T22:00:00Z\nExpected back: 2026-11-21T23:30:00Z\n");
}

TEST(Body, AnEventStreamIsOneEvent) {
  const std::string body = hostile().render(Format::kEventStream);
  std::string_view rest = body;
  EXPECT_EQ(take_until(rest, '\n'), "retry: 600000");
  EXPECT_EQ(take_until(rest, '\n'), "event: understudy");
  const std::string_view data = take_until(rest, '\n');
  ASSERT_TRUE(data.starts_with("data: {"));
  EXPECT_EQ(string_at(parsed(data.substr(6)), "message"), kHostile);
  EXPECT_EQ(rest, "\n");
}

TEST(Body, GrpcMessagesArePercentEncoded) {
  EXPECT_EQ(grpc_lines({"Down", "Soon"}), "grpc-status: 14\r\ngrpc-message: Down: Soon\r\n");
  EXPECT_EQ(grpc_lines({"Down", ""}), "grpc-status: 14\r\ngrpc-message: Down\r\n");
  EXPECT_EQ(grpc_lines({"100 %\r\nX: 1", "ä"}),
            "grpc-status: 14\r\ngrpc-message: 100 %25%0D%0AX: 1: %C3%A4\r\n");
  const std::string lines = grpc_lines({std::string(kHostile), std::string(kHostile)});
  std::string encoded = between(lines, "grpc-message: ", "\r\n");
  std::string decoded;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    ASSERT_TRUE(encoded[i] >= 0x20 && encoded[i] <= 0x7E);
    if (encoded[i] == '%') {
      decoded += static_cast<char>(std::strtol(encoded.substr(i + 1, 2).c_str(), nullptr, 16));
      i += 2;
    } else {
      decoded += encoded[i];
    }
  }
  EXPECT_EQ(decoded, std::string(kHostile) + ": " + std::string(kHostile));
}

TEST(Body, ALongGrpcMessageIsCutAtACharacter) {
  std::string title;
  for (int i = 0; i < 3000; ++i) title += "中";
  const std::string lines = grpc_lines({title, ""});
  EXPECT_LT(lines.size(), 4096U);
  const std::string encoded = between(lines, "grpc-message: ", "\r\n");
  EXPECT_EQ(encoded.size() % 9, 0U) << "three bytes a character, three characters a byte";
  EXPECT_GT(encoded.size(), 1000U);
}

TEST(Body, AnOperatorsPageIsSentAsItIs) {
  model::PageDir page;
  page.index = "<!DOCTYPE html><p>{{title}} \xFF";
  const Stage stage("");
  BodyInput input = stage.input(Reason::kMaintenance, "en");
  input.page = &page;
  EXPECT_EQ(render_body(Format::kHtml, input), page.index);
  EXPECT_NE(render_body(Format::kJson, input), page.index);
}

TEST(Body, StatusForBanners) {
  const auto snapshot =
      state::test_snapshot(fmt::format("[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\n"
                                       "[groups.shop.maintenance.en]\ntitle = {0}\nmessage = {0}\n",
                                       toml_string(kHostile)));
  const model::Group& group = snapshot->table->group(0);
  const std::size_t english = group.texts->offered(Reason::kMaintenance).by_tag.at("en");
  const json::object open = parsed(status_json(group, {}, english));
  EXPECT_EQ(string_at(open, "group"), "shop");
  EXPECT_EQ(string_at(open, "mode"), "open");
  EXPECT_TRUE(open.at("since").is_null() && open.at("until").is_null() && open.at("next").is_null());
  const json::object closed =
      parsed(status_json(group, {model::Mode::kMaintenance, kSince, kUntil}, english));
  EXPECT_EQ(string_at(closed, "mode"), "maintenance");
  EXPECT_EQ(string_at(closed, "since"), "2026-11-21T22:00:00Z");
  EXPECT_EQ(string_at(closed, "until"), "2026-11-21T23:30:00Z");
  EXPECT_EQ(string_at(closed.at("message").as_object(), "en"), kHostile);
}

}  // namespace
}  // namespace understudy::answer
