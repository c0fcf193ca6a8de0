#include "http/request_parser.h"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "http/test_request.h"

namespace understudy::http {
namespace {

using Progress = RequestParser::Progress;

constexpr std::string_view kPreflight =
    "OPTIONS /orders?x=1 HTTP/1.1\r\nHost: api.shop.example:8443\r\nOrigin: https://shop.example\r\n"
    "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-a\r\n"
    "Access-Control-Request-Headers: x-b\r\nX-Other: 1\r\nX-Empty:\r\n\r\n";

Fault fault_of(std::string_view bytes) {
  ParserScratch scratch;
  RequestParser parser(scratch);
  const Progress progress = parser.parse_head(bytes);
  EXPECT_EQ(progress, Progress::kRefused) << bytes.substr(0, 80);
  return parser.fault();
}

TEST(RequestParser, TakesAHeadApart) {
  ParserScratch scratch;
  RequestParser parser(scratch);
  ASSERT_EQ(parser.parse_head(kPreflight), Progress::kDone);
  const Request& request = scratch.request;
  EXPECT_EQ(parser.consumed(), kPreflight.size());
  EXPECT_EQ(request.method, Method::kOptions);
  EXPECT_EQ(request.path(), "/orders");
  EXPECT_EQ(request.host, "api.shop.example:8443");
  EXPECT_EQ(request.access_control_request_headers, "x-a,x-b");
  EXPECT_TRUE(request.is_preflight());
  EXPECT_TRUE(request.keep_alive);
  EXPECT_EQ(request.other("x-other"), "1");
  EXPECT_NE(request.other("X-Empty").data(), nullptr);
  EXPECT_EQ(request.other("X-None").data(), nullptr);
}

TEST(RequestParser, GivesTheSameWhereverTheHeadIsSplit) {
  for (std::size_t cut = 0; cut < kPreflight.size(); ++cut) {
    ParserScratch scratch;
    ASSERT_EQ(RequestParser(scratch).parse_head(kPreflight.substr(0, cut)), Progress::kMore) << cut;
  }
}

TEST(RequestParser, KnowsWhereTheNextRequestBegins) {
  const std::string two = std::string(kPreflight) + "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  ParserScratch scratch;
  RequestParser parser(scratch);
  ASSERT_EQ(parser.parse_head(two), Progress::kDone);
  EXPECT_EQ(parser.consumed(), kPreflight.size());
}

struct BodyCase {
  std::string name;
  std::string body;  ///< behind the head
  Progress progress;
};

TEST(RequestParser, ReadsBodiesAwaySplitAtEveryByte) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::vector<BodyCase> cases = {
      {"Content-Length: 5\r\n\r\n", "hello", Progress::kDone},
      {"Transfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n3;x=\"y\"\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n",
       Progress::kDone},
      {"Transfer-Encoding: Chunked\r\n\r\n", "0\r\n\r\n", Progress::kDone},
      {"Transfer-Encoding: chunked\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", Progress::kRefused},
      {"Transfer-Encoding: chunked\r\n\r\n", "zz\r\n", Progress::kRefused},
      {"Transfer-Encoding: chunked\r\n\r\n", "-1\r\n", Progress::kRefused},
      {"Transfer-Encoding: chunked\r\n\r\n", "fffffffffffffffff\r\n", Progress::kRefused},
  };
  for (const BodyCase& c : cases) {
    for (std::size_t cut = 0; cut <= c.body.size(); ++cut) {
      ParserScratch scratch;
      RequestParser parser(scratch);
      ASSERT_EQ(parser.parse_head(head + c.name), Progress::kDone);
      RequestParser moved(std::move(parser));
      // What was not taken is offered again, with more behind it.
      Progress progress = moved.skip_body(c.body.substr(0, cut));
      std::string rest = c.body.substr(progress == Progress::kMore ? moved.consumed() : cut);
      if (progress == Progress::kMore) progress = moved.skip_body(rest);
      EXPECT_EQ(progress, c.progress) << c.body << " cut at " << cut;
    }
  }
}

TEST(RequestParser, RefusesWhatIsInDoubt) {
  const std::string get = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(fault_of("GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"), Fault::kMalformed);
  EXPECT_EQ(fault_of("G@T / HTTP/1.1\r\nHost: a\r\n\r\n"), Fault::kMalformed);
  EXPECT_EQ(fault_of("GET noslash HTTP/1.1\r\nHost: a\r\n\r\n"), Fault::kMalformed);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\nHost: a\n\n"), Fault::kMalformed);
  EXPECT_EQ(fault_of("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), Fault::kMalformed);
  EXPECT_EQ(fault_of(get + "Host: a\r\nX:\r\n b\r\n\r\n"), Fault::kFolded);
  EXPECT_EQ(fault_of(get + "Host: a\r\nX: \r\n \r\n\r\n"), Fault::kFolded);
  EXPECT_EQ(fault_of(get + "Host: a:80abc\r\n\r\n"), Fault::kHost);
  EXPECT_EQ(fault_of(get + "Host: a:80:80\r\n\r\n"), Fault::kHost);
  EXPECT_EQ(fault_of(get + "Host: [::1\r\n\r\n"), Fault::kHost);
  EXPECT_EQ(fault_of(get + "Host: a\nX: 1\r\n\r\n"), Fault::kMalformed);
  EXPECT_EQ(fault_of(get + "Host : a\r\n\r\n"), Fault::kMalformed);
  EXPECT_EQ(fault_of(get + "Host: a\r\nX: a\r\n b\r\n\r\n"), Fault::kFolded);
  EXPECT_EQ(fault_of(get + std::string("Host: a\r\nX: a\0b\r\n\r\n", 20)), Fault::kMalformed);
  EXPECT_EQ(fault_of(get + "\r\n"), Fault::kHost);
  EXPECT_EQ(fault_of(get + "Host: a\r\nHost: a\r\n\r\n"), Fault::kHost);
  EXPECT_EQ(fault_of(get + "Host: a b\r\n\r\n"), Fault::kHost);
  EXPECT_EQ(fault_of(get + "Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Fault::kFraming);
  EXPECT_EQ(fault_of(get + "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"),
            Fault::kFraming);
  EXPECT_EQ(fault_of(get + "Host: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"), Fault::kFraming);
  EXPECT_EQ(fault_of(get + "Host: a\r\nContent-Length: 1, 1\r\n\r\n"), Fault::kFraming);
  EXPECT_EQ(fault_of(get + "Host: a\r\nContent-Length: -1\r\n\r\n"), Fault::kFraming);
  EXPECT_EQ(fault_of(get + "Host: a\r\nContent-Length: 18446744073709551616\r\n\r\n"), Fault::kFraming);
  EXPECT_EQ(fault_of(get + "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), Fault::kTransferCoding);
  EXPECT_EQ(fault_of("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), Fault::kFraming);
  EXPECT_EQ(fault_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Fault::kVersion);
  EXPECT_EQ(fault_of(std::string("\x16\x03\x01\x02\x00\x01", 6)), Fault::kTlsOnPlain);
  EXPECT_EQ(fault_of("GET /" + std::string(kMaxTarget, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"),
            Fault::kTargetTooLong);
  EXPECT_EQ(fault_of("GET /" + std::string(kMaxTarget + 100, 'a')), Fault::kTargetTooLong);
  EXPECT_EQ(fault_of(get + "Host: a\r\nX: " + std::string(kMaxHeader, 'a') + "\r\n\r\n"),
            Fault::kHeaderTooLarge);
  EXPECT_EQ(fault_of(get + "Host: a\r\nX: " + std::string(kMaxHeader, 'a')), Fault::kHeaderTooLarge);
  std::string many = get + "Host: a\r\n";
  for (std::size_t i = 0; i < kMaxFields; ++i) many += "X: 1\r\n";
  EXPECT_EQ(fault_of(many + "\r\n"), Fault::kHeaderTooLarge);
}

// What the fault is must not depend on how the bytes arrive: nothing behind a limit is looked at.
TEST(RequestParser, RefusesTheSameWhereverTheHeadIsSplit) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string long_target = "/" + std::string(kMaxTarget - 1, 'a');
  const auto padded = [&](std::size_t size, std::string_view behind) {
    return get + "X: " + std::string(size - get.size() - 3 - behind.size(), 'a') + std::string(behind);
  };
  struct Case {
    std::string bytes;
    Fault fault;
  };
  std::string many = get;
  for (std::size_t i = 1; i < kMaxFields; ++i) many += "X: 1\r\n";
  const std::vector<Case> cases = {
      {"GET " + long_target + "a HTTP/1.1\r\nHost: a\r\n\r\n", Fault::kTargetTooLong},
      {std::string(100, 'A') + " " + long_target + " HTTP/1.1\r\nHost: a\r\n\r\n", Fault::kTargetTooLong},
      {"GET " + long_target + " HTTP/2.0\r\nHost: a\r\n\r\n", Fault::kVersion},
      {std::string(20'000, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n", Fault::kHeaderTooLarge},
      {padded(kMaxHeader + 1, "\r\n\r\n"), Fault::kHeaderTooLarge},
      {padded(kMaxHeader, "") + "\x01\r\n\r\n", Fault::kHeaderTooLarge},
      {get + "Connection: a\r\n b c\r\n\r\n", Fault::kFolded},
      {get + "Content-Length: 1\r\n\t2\r\n\r\n", Fault::kFolded},
      {many + "Connection: a b\r\n\r\n", Fault::kHeaderTooLarge},
      {many + "Content-Length: x\r\n\r\n", Fault::kHeaderTooLarge},
      {get + "Connection: a b\r\n\r\n", Fault::kMalformed},
      {get + "Proxy-Connection: a b\r\n\r\n", Fault::kMalformed},
      {get + "X(: a\r\n\r\n", Fault::kMalformed},
      {get + "X: a\rb\r\n\r\n", Fault::kMalformed},
      {get + "X: a\x7F\r\n\r\n", Fault::kMalformed},
      {get + "\rX", Fault::kMalformed},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(fault_of(c.bytes), c.fault) << c.bytes.substr(0, 60);
    for (std::size_t cut = 0; cut<c.bytes.size(); cut += c.bytes.size()> 1000 && cut < 8000 ? 501U : 1U) {
      ParserScratch scratch;
      RequestParser parser(scratch);
      const Progress progress = parser.parse_head(std::string_view(c.bytes).substr(0, cut));
      ASSERT_NE(progress, Progress::kDone);
      if (progress == Progress::kRefused) {
        ASSERT_EQ(parser.fault(), c.fault) << c.bytes.substr(0, 60) << " cut at " << cut;
      }
    }
  }
  for (const std::string& sound : {padded(kMaxHeader, "\r\n\r\n"), many + "\r\n",
                                   "GET " + long_target + " HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    ParserScratch scratch;
    RequestParser parser(scratch);
    EXPECT_EQ(parser.parse_head(sound), Progress::kDone) << sound.substr(0, 60);
    EXPECT_EQ(parser.consumed(), sound.size());
  }
}

TEST(RequestParser, KnowsWhetherTheConnectionGoesOn) {
  const auto keeps = [](std::string_view version, std::string_view lines) {
    ParserScratch scratch;
    RequestParser parser(scratch);
    const std::string bytes = fmt::format("GET / {}\r\nHost: a\r\n{}\r\n", version, lines);
    EXPECT_EQ(parser.parse_head(bytes), Progress::kDone) << bytes;
    return scratch.request.keep_alive;
  };
  EXPECT_TRUE(keeps("HTTP/1.1", ""));
  EXPECT_TRUE(keeps("HTTP/1.1", "Connection: keep-alive\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: Close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: x, ,close\r\nConnection: keep-alive\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Proxy-Connection: close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0", ""));
  EXPECT_TRUE(keeps("HTTP/1.0", "Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0", "Connection: keep-alive, close\r\n"));
}

TEST(RequestParser, SalvagesTheOriginOfABrokenHead) {
  EXPECT_EQ(salvage_origin("GET / HTTP/1.1\r\nBad Header\r\norigin:  https://shop.example \r\n"),
            "https://shop.example");
  EXPECT_EQ(salvage_origin("GET / HTTP/1.1\r\nOrigin: a\r\nOrigin: b\r\n").data(), nullptr);
  EXPECT_EQ(salvage_origin("GET / HTTP/1.1\r\n").data(), nullptr);
}

TEST(RequestParser, TakesTheHostOfAnAbsoluteTarget) {
  ParserScratch scratch;
  RequestParser parser(scratch);
  ASSERT_EQ(parser.parse_head("GET http://api.shop.example:80/a?b HTTP/1.1\r\nHost: other\r\n\r\n"),
            Progress::kDone);
  EXPECT_EQ(scratch.request.host, "api.shop.example:80");
  EXPECT_EQ(scratch.request.path(), "/a");
}

TEST(RequestParser, CollectsABodyWhereverItIsSplit) {
  const std::string cases[] = {
      "Content-Length: 11\r\n\r\nhello world",
      "Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\nX-A: 1\r\n\r\n"};
  for (const std::string& rest : cases) {
    const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\n" + rest + "GET /next";
    ParserScratch scratch;
    RequestParser head(scratch);
    ASSERT_EQ(head.parse_head(bytes), Progress::kDone);
    const std::size_t begin = head.consumed();
    for (std::size_t cut = begin; cut < bytes.size(); ++cut) {
      RequestParser parser(scratch);
      ASSERT_EQ(parser.parse_head(bytes), Progress::kDone);
      std::string content;
      std::string_view waiting = std::string_view(bytes).substr(begin, cut - begin);
      Progress progress = parser.read_body(waiting, content);
      std::size_t used = begin + parser.consumed();
      if (progress == Progress::kMore) {
        progress = parser.read_body(std::string_view(bytes).substr(used), content);
        used += parser.consumed();
      }
      ASSERT_EQ(progress, Progress::kDone) << cut;
      EXPECT_EQ(content, "hello world") << cut;
      EXPECT_EQ(bytes.substr(used), "GET /next") << cut;
    }
  }
}

TEST(RequestParser, JoinsWhatCookiesAndProxiesSaySeveralTimes) {
  TestRequest request(
      "GET / HTTP/1.1\nHost: a\nCookie: a=1\nX-Forwarded-For: 192.0.2.1\nCookie: b=2\n"
      "x-forwarded-for: 10.0.0.1, 10.0.0.2");
  EXPECT_EQ(request.get().cookies, "a=1; b=2");
  EXPECT_EQ(request.get().forwarded_for, "192.0.2.1,10.0.0.1, 10.0.0.2");
  TestRequest none("GET / HTTP/1.1\nHost: a");
  EXPECT_EQ(none.get().cookies.data(), nullptr);
  EXPECT_EQ(none.get().forwarded_for.data(), nullptr);
}

}  // namespace
}  // namespace understudy::http
