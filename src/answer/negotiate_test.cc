#include "answer/negotiate.h"

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "http/test_request.h"
#include "state/test_snapshot.h"

namespace understudy::answer {
namespace {

Format format_for(std::string_view accept) {
  http::Request request;
  request.accept = accept;
  return negotiate_format(request);
}

struct FormatCase {
  std::string_view accept;
  Format format;
};

TEST(NegotiateFormat, PrefersWhatTheClientPrefers) {
  const FormatCase cases[] = {
      {"application/json", Format::kJson},
      {"application/problem+json", Format::kProblem},
      {"text/html", Format::kHtml},
      {"text/plain", Format::kText},
      {"application/xml", Format::kXml},
      {"text/xml", Format::kTextXml},
      {"TEXT/HTML", Format::kHtml},
      {"text/html;q=0.5, text/plain;q=0.6", Format::kText},
      {"application/json;q=0.9, application/problem+json", Format::kProblem},
      {"text/html;q=0.05", Format::kHtml},
      {"text/html;q=0.0001, application/json;q=0", Format::kHtml},
      {"text/html;charset=utf-8, application/json;q=0.9", Format::kHtml},
      {"text/html; charset=\"UTF-8\", application/json;q=0.9", Format::kHtml},
      {"image/avif,image/webp,text/plain;q=0.1", Format::kText},
      // What browsers and libraries send.
      {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", Format::kHtml},
      {"application/json, text/plain, */*", Format::kJson},
      {"text/html, application/json;q=0.9, */*;q=0.1", Format::kHtml},
      {"*/*", Format::kJson},
  };
  for (const FormatCase& c : cases) EXPECT_EQ(format_for(c.accept), c.format) << c.accept;
}

TEST(NegotiateFormat, TheMoreSpecificRangeDecides) {
  const FormatCase cases[] = {
      {"text/*", Format::kHtml},
      {"application/*", Format::kJson},
      {"text/*;q=0.5, text/html;q=0", Format::kText},
      {"text/html;q=0, text/*;q=0.5", Format::kText},
      {"*/*;q=1, application/*;q=0.1", Format::kHtml},
      {"*/*, application/json;q=0, application/problem+json;q=0", Format::kHtml},
      {"application/json;q=0, */*;q=0.1", Format::kProblem},
      {"*/*;q=0, text/plain;q=0.1", Format::kText},
      {"text/*;q=0.3, text/html;q=0.7, text/html;level=1, */*;q=0.5", Format::kHtml},
      // The same range twice: what it was given best counts.
      {"text/html;q=0, text/html;q=0.5", Format::kHtml},
  };
  for (const FormatCase& c : cases) EXPECT_EQ(format_for(c.accept), c.format) << c.accept;
}

TEST(NegotiateFormat, AtEqualWeightsByNameThenByTheServersOrder) {
  const FormatCase cases[] = {
      {"text/xml, application/xml, text/plain, text/html, application/problem+json, application/json",
       Format::kJson},
      {"text/plain, text/html", Format::kHtml},
      {"text/plain;q=0.5, application/xml;q=0.5", Format::kText},
      {"text/html, */*", Format::kHtml},
      {"*/*, text/plain", Format::kText},
  };
  for (const FormatCase& c : cases) EXPECT_EQ(format_for(c.accept), c.format) << c.accept;
}

TEST(NegotiateFormat, AnswersWhatCanBeReadWhereNothingIsAcceptable) {
  const FormatCase cases[] = {
      {"", Format::kJson},
      {" ", Format::kJson},
      {",", Format::kJson},
      {"image/png", Format::kJson},
      {"*/*;q=0", Format::kJson},
      {"application/json;q=0", Format::kJson},
      {"text/html;q=999", Format::kJson},
      {"nonsense", Format::kJson},
      {"application/vnd.shop.v2+json", Format::kJson},
      {"application/json;version=2", Format::kJson},
      {"application/vnd.shop+xml, text/csv", Format::kXml},
      {"application/xhtml+xml", Format::kHtml},
      {"text/html;level=1", Format::kHtml},
      {"application/atom+xml;q=0.1, application/hal+json;q=0.9", Format::kJson},
  };
  for (const FormatCase& c : cases) EXPECT_EQ(format_for(c.accept), c.format) << c.accept;
}

TEST(NegotiateFormat, LooksAtTheLastOfManyRanges) {
  std::string accept;
  for (int i = 0; i < 5000; ++i) accept += fmt::format("x/y{};q=0.5, ", i);
  EXPECT_EQ(format_for(accept + "text/html;q=0.1"), Format::kHtml);
}

struct ProtocolCase {
  std::string_view lines;
  Format format;
};

TEST(NegotiateFormat, TheRequestsOwnProtocolGoesFirst) {
  const ProtocolCase cases[] = {
      {"Content-Type: application/grpc", Format::kGrpc},
      {"Content-Type: application/grpc+proto\nAccept: */*", Format::kGrpc},
      {"Content-Type: application/grpc-web+proto\nAccept: text/html", Format::kGrpcWeb},
      {"Content-Type: application/grpc-web-text", Format::kGrpcWeb},
      {"Content-Type: Application/GRPC", Format::kGrpc},
      {"Content-Type: application/soap+xml; charset=utf-8; action=\"a\"", Format::kSoap12},
      {"Content-Type: text/xml; charset=utf-8\nSOAPAction: \"urn:a\"", Format::kSoap11},
      {"Content-Type: text/xml\nSOAPAction:", Format::kSoap11},
      {"Content-Type: text/xml", Format::kJson},
      {"Content-Type: text/xml\nAccept: text/xml", Format::kTextXml},
      {"Content-Type: application/json\nSOAPAction: \"a\"", Format::kJson},
      {"Content-Type: application/json-rpc", Format::kJsonRpc},
      {"Accept: application/json-rpc", Format::kJsonRpc},
      {"Accept: application/json-rpc, application/json", Format::kJson},
      {"Content-Type: application/graphql", Format::kGraphql},
      {"Content-Type: application/graphql+json", Format::kGraphql},
      {"Content-Type: application/json\nAccept: application/graphql-response+json, application/json;q=0.9",
       Format::kGraphql},
      {"Accept: application/graphql-response+json;q=0, application/json", Format::kJson},
      {"Accept: text/event-stream", Format::kEventStream},
      {"Accept: TEXT/event-stream;q=0.5", Format::kEventStream},
      {"Accept: text/event-stream, application/json", Format::kJson},
      {"Accept: text/event-stream;q=0", Format::kJson},
      {"Content-Type: application/json\nAccept: text/html", Format::kHtml},
  };
  for (const ProtocolCase& c : cases) {
    const http::TestRequest request("POST / HTTP/1.1\nHost: a\n" + std::string(c.lines));
    EXPECT_EQ(negotiate_format(request), c.format) << c.lines;
  }
}

/// The languages that a group offers for maintenance.
const model::LanguageSet& offered(const std::shared_ptr<const model::Snapshot>& snapshot) {
  return snapshot->table->group(0).texts->offered(model::Reason::kMaintenance);
}

std::shared_ptr<const model::Snapshot> offering(std::string_view languages) {
  return state::test_snapshot(fmt::format(
      "[groups.shop]\nid = \"9e428b69-47e2-48b7-a694-bb2222bf48c3\"\nlanguages = [{}]\n", languages));
}

struct LanguageCase {
  std::string_view accept;
  std::string_view tag;
};

TEST(NegotiateLanguage, LooksUpWhatIsBuiltIn) {
  const auto snapshot = offering("");
  const LanguageCase cases[] = {
      {"", "en"},
      {"de", "de"},
      {"DE-at", "de"},
      {"de-AT,de;q=0.8,en;q=0.5", "de"},
      {"de-CH-1996", "de"},
      {"de-x-private-words", "de"},
      {"en-GB", "en"},
      {"fr-CA, en;q=0.9", "fr"},
      {"de;q=0.5, fr;q=0.8", "fr"},
      {"de;q=0.05, fr;q=0.04", "de"},
      {"de;q=0.0001", "de"},
      {"de, fr", "de"},
      {"eo, tlh, ja;q=0.1", "ja"},
      {"eo", "en"},
      {"nonsense-, -, --, 1234, de", "de"},
      {"de;q=999, fr;q=0.1", "fr"},
      // Scripts and codes that cutting subtags off does not lead to.
      {"zh", "zh-Hans"},
      {"zh-CN", "zh-Hans"},
      {"zh-SG", "zh-Hans"},
      {"zh-TW", "zh-Hant"},
      {"zh-HK", "zh-Hant"},
      {"zh-MO", "zh-Hant"},
      {"zh-Hant-HK", "zh-Hant"},
      {"zh-Hans-CN", "zh-Hans"},
      {"zh-TW, zh;q=0.9, en-US;q=0.8", "zh-Hant"},
      {"pt", "pt-BR"},
      {"pt-PT", "pt-PT"},
      {"pt-BR, pt;q=0.9", "pt-BR"},
      {"no", "nb"},
      {"nn-NO, nn;q=0.9", "nb"},
      {"iw", "he"},
      {"in-ID", "id"},
      {"sr-Latn-RS", "sr"},
      // Refused ones.
      {"de;q=0", "en"},
      {"de;q=0, de-AT", "en"},
      {"de;q=0, fr;q=0.1", "fr"},
      // RFC 4647 section 3.4: `*` is skipped where other ranges follow, else it means the default.
      {"*", "en"},
      {"*;q=0.5, de;q=0.8", "de"},
      {"*, de;q=0.5", "de"},
      {"*, de", "de"},
      {"eo, *", "en"},
  };
  for (const LanguageCase& c : cases) {
    const auto& set = offered(snapshot);
    EXPECT_EQ(set.languages[negotiate_language(c.accept, set)].tag, c.tag) << c.accept;
  }
}

TEST(NegotiateLanguage, ChoosesAmongWhatIsOffered) {
  const struct {
    std::string_view languages;
    std::string_view accept;
    std::string_view tag;
  } cases[] = {
      {R"("de", "fr")", "", "de"},
      {R"("de", "fr")", "en", "de"},
      {R"("de", "fr")", "fr-CH, en;q=0.9", "fr"},
      {R"("de", "fr")", "*", "de"},
      {R"("de", "fr")", "*, de;q=0", "fr"},
      {R"("pt-PT")", "pt", "pt-PT"},
      {R"("en", "pt-PT")", "pt-BR", "pt-PT"},
      {R"("en", "zh-Hans")", "zh-TW", "zh-Hans"},
  };
  for (const auto& c : cases) {
    const auto snapshot = offering(c.languages);
    const auto& set = offered(snapshot);
    EXPECT_EQ(set.languages[negotiate_language(c.accept, set)].tag, c.tag)
        << c.languages << " / " << c.accept;
  }
}

TEST(NegotiateLanguage, EndlessListsAreCutShort) {
  const auto snapshot = offering("");
  const auto& set = offered(snapshot);
  std::string field;
  for (int i = 0; i < 10000; ++i) field += "xx-YY;q=0.9,";
  EXPECT_EQ(set.languages[negotiate_language(field, set)].tag, "en");
  EXPECT_EQ(set.languages[negotiate_language("de," + field, set)].tag, "de");
  EXPECT_EQ(set.languages[negotiate_language(std::string(100000, 'a'), set)].tag, "en");
}

struct CodingCase {
  std::string_view accept;
  Coding coding;
};

TEST(NegotiateCoding, PrefersWhatTheClientPrefers) {
  const CodingCase cases[] = {
      {"", Coding::kIdentity},
      {"gzip", Coding::kGzip},
      {"GZIP", Coding::kGzip},
      {"x-gzip", Coding::kGzip},
      {"br", Coding::kBrotli},
      {"zstd", Coding::kZstd},
      {"gzip, deflate, br, zstd", Coding::kBrotli},
      {"gzip, zstd", Coding::kZstd},
      {"gzip;q=0.8, br;q=0.7", Coding::kGzip},
      {"gzip;q=0.05", Coding::kGzip},
      {"gzip;q=0.0001", Coding::kGzip},
      {"gzip;q=0", Coding::kIdentity},
      {"*", Coding::kBrotli},
      {"*;q=0", Coding::kIdentity},
      {"br;q=0, *", Coding::kZstd},
      {"br;q=0, *;q=0.5, gzip", Coding::kGzip},
      {"identity", Coding::kIdentity},
      {"identity, gzip;q=0.5", Coding::kIdentity},
      {"identity;q=0.5, gzip;q=0.5", Coding::kGzip},
      {"identity;q=0", Coding::kIdentity},
      {"gzip, identity;q=0", Coding::kGzip},
      {"deflate, compress", Coding::kIdentity},
      // Look-alikes are other codings.
      {"notgzip, gzipped, gzip2, abr, brotli", Coding::kIdentity},
      {"gzip;q=999, br;q=1.5, zstd;q=", Coding::kIdentity},
      {"gzip;level=\"1,br\"", Coding::kGzip},
  };
  for (const CodingCase& c : cases) EXPECT_EQ(negotiate_coding(c.accept), c.coding) << c.accept;
}

TEST(NegotiationMemo, AlwaysSaysWhatWorkingItOutSays) {
  const auto all = offering("");
  const auto few = offering(R"("de", "fr")");
  NegotiationMemo memo;
  // Many headers of equal length, so that they share the memo's few places, each three times in turn.
  for (int i = 0; i < 3000; ++i) {
    const std::string header =
        fmt::format("{}-{:03};q=0.{}, de;q=0.5", i % 3 == 0 ? "fr" : "xx", i / 3 % 1000, i % 10);
    for (const auto& snapshot : {all, few}) {
      const auto& set = offered(snapshot);
      ASSERT_EQ(memo.language(header, set), negotiate_language(header, set)) << header;
    }
    const std::string accept =
        fmt::format("text/{};q=0.{}, text/plain;q=0.5", i % 2 == 0 ? "html" : "htmx", i % 10);
    http::Request request;
    request.accept = accept;
    ASSERT_EQ(memo.format(request), negotiate_format(request)) << accept;
    const std::string coding = fmt::format("gzip;q=0.{}, br;q=0.5", i % 10);
    ASSERT_EQ(memo.coding(coding), negotiate_coding(coding)) << coding;
  }
}

TEST(NegotiationMemo, KeepsSetsOfLanguagesApart) {
  const auto few = offering(R"("de", "fr")");
  const model::LanguageSet& one = offered(few);
  model::LanguageSet other = one;
  std::swap(other.by_tag.at("de"), other.by_tag.at("fr"));
  std::swap(other.languages[0], other.languages[1]);
  NegotiationMemo memo;
  // Whatever numbers they have, those that share a place in the memo included.
  for (std::uint32_t step = 1; step <= 200; ++step) {
    other.id = one.id + step;
    EXPECT_EQ(memo.language("fr", one), 1U) << step;
    EXPECT_EQ(memo.language("fr", other), 0U) << step;
  }
}

TEST(NegotiationMemo, LongHeadersAreWorkedOutToo) {
  const auto snapshot = offering("");
  NegotiationMemo memo;
  const std::string field = std::string(300, ' ') + "de";
  EXPECT_EQ(memo.language(field, offered(snapshot)), negotiate_language(field, offered(snapshot)));
  EXPECT_EQ(memo.coding(std::string(300, ' ') + "gzip"), Coding::kGzip);
}

TEST(NegotiationMemo, ABodysTypeIsNotForgottenForTheSameAccept) {
  NegotiationMemo memo;
  EXPECT_EQ(memo.format(http::TestRequest("POST / HTTP/1.1\nHost: a\nAccept: */*")), Format::kJson);
  EXPECT_EQ(
      memo.format(http::TestRequest("POST / HTTP/1.1\nHost: a\nAccept: */*\nContent-Type: application/grpc")),
      Format::kGrpc);
  EXPECT_EQ(memo.format(http::TestRequest("POST / HTTP/1.1\nHost: a\nAccept: */*")), Format::kJson);
}

}  // namespace
}  // namespace understudy::answer
