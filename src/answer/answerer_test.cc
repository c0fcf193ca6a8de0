#include "answer/answerer.h"

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/test_request.h"
#include "state/test_snapshot.h"

namespace understudy::answer {
namespace {

using model::Mode;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kShop = R"(
[server]
reason_header = "X-SST-Backend"
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
hosts = ["api.shop.example"]
retry_after = "10m"
retry_jitter = 0
[groups.shop.cors]
origins = ["https://shop.example"]
credentials = true
[groups.shop.maintenance.en]
title = "Down for maintenance"
message = "We are currently performing maintenance."
[groups.shop.maintenance.de]
title = "Wartungsarbeiten"
message = "Wir führen gerade Wartungsarbeiten durch."
)";

constexpr WallTime kNow{std::chrono::seconds(1'795'300'000)};  // Sat, 21 Nov 2026 22:26:40 GMT
constexpr WallTime kSince{std::chrono::seconds(1'795'298'400)};
constexpr WallTime kUntil{std::chrono::seconds(1'795'303'800)};

struct Answer {
  std::string head;
  std::string body;
  http::AnswerNote note;

  /// A header's value, "(none)" where it did not come.
  [[nodiscard]] std::string operator[](std::string_view name) const {
    const std::string begin = fmt::format("\r\n{}: ", name);
    const auto at = head.find(begin);
    if (at == std::string::npos) return "(none)";
    return head.substr(at + begin.size(), head.find("\r\n", at + 2) - at - begin.size());
  }
};

/// One answerer with its clock, as a worker has it.
class Theatre {
 public:
  explicit Theatre(std::string_view config = kShop,
                   const std::map<std::string, model::GroupState>& states = {})
      : answerer_(state::test_snapshot(config, states), cache_, clock, 42) {}

  Answer ask(std::string_view lines) {
    http::TestRequest request(lines);
    request.get().peer.unix_socket = true;
    Answer out;
    http::Reply reply{out.head, {}, nullptr, {}};
    answerer_.answer(request, reply);
    return take(out, reply);
  }
  Answer refuse(http::Fault fault, const http::Request& partial) {
    Answer out;
    http::Reply reply{out.head, {}, nullptr, {}};
    answerer_.refuse(fault, partial, reply);
    return take(out, reply);
  }
  Answerer& answerer() { return answerer_; }

  FakeClock clock{kNow};

 private:
  /// Puts the body where it belongs, whether it came beside the head or behind it.
  static Answer take(Answer& out, const http::Reply& reply) {
    const auto end = out.head.find("\r\n\r\n") + 4;
    out.body = out.head.substr(end) + std::string(reply.body);
    out.head.resize(end);
    out.note = reply.note;
    return out;
  }

  RenderCache cache_{std::size_t{1} << 20};
  Answerer answerer_;
};

const std::map<std::string, model::GroupState> kMaintenance = {
    {"shop", {Mode::kMaintenance, kSince, kUntil}}};

TEST(Answerer, AnswersInTheApisPlaceToTheByte) {
  Theatre theatre(kShop, kMaintenance);
  const Answer answer = theatre.ask(
      "POST /orders HTTP/1.1\n"
      "Host: api.shop.example\n"
      "Origin: https://shop.example\n"
      "Accept: application/json\n"
      "Accept-Language: en\n"
      "Content-Length: 0");
  EXPECT_EQ(answer.head,
            "HTTP/1.1 503 Service Unavailable\r\n"
            "Content-Type: application/json\r\n"
            "Content-Language: en\r\n"
            "Content-Length: 365\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Vary: Origin, Accept, Accept-Language, Accept-Encoding\r\n"
            "Understudy-Reason: maintenance\r\n"
            "Retry-After: 3800\r\n"
            "Access-Control-Allow-Origin: https://shop.example\r\n"
            "Access-Control-Allow-Credentials: true\r\n"
            "Access-Control-Expose-Headers: Content-Language, Retry-After, Understudy-Reason\r\n"
            "Date: Sat, 21 Nov 2026 22:26:40 GMT\r\n"
            "\r\n");
  EXPECT_EQ(
      answer.body,
      R"({"status":503,"reason":"maintenance",)"
      R"("title":"Down for maintenance","message":"We are currently performing maintenance.",)"
      R"("errorTitle":{"en":"Down for maintenance","de":"Wartungsarbeiten"},)"
      R"("errorMessage":{"en":"We are currently performing maintenance.","de":"Wir führen gerade Wartungsarbeiten durch."},)"
      R"("since":"2026-11-21T22:00:00Z","until":"2026-11-21T23:30:00Z"})");
  EXPECT_EQ(answer.note.status, 503U);
  EXPECT_EQ(answer.note.group, "shop");
  EXPECT_EQ(answer.note.reason, "maintenance");
  EXPECT_EQ(answer.note.format, "json");
  EXPECT_EQ(answer.note.language, "en");
}

TEST(Answerer, EveryMethodButOptionsGets503) {
  Theatre theatre(kShop, kMaintenance);
  for (const std::string_view method :
       {"GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "TRACE", "BREW"}) {
    const Answer answer = theatre.ask(fmt::format("{} /x HTTP/1.1\nHost: api.shop.example", method));
    EXPECT_THAT(answer.head, StartsWith("HTTP/1.1 503 Service Unavailable\r\n")) << method;
    EXPECT_EQ(answer["Content-Length"], std::to_string(answer.body.size())) << method;
  }
}

TEST(Answerer, HeadHasTheHeadOfGetAndNoBody) {
  Theatre theatre(kShop, kMaintenance);
  const Answer get =
      theatre.ask("GET / HTTP/1.1\nHost: api.shop.example\nAccept: text/html\nAccept-Encoding: br");
  const Answer head =
      theatre.ask("HEAD / HTTP/1.1\nHost: api.shop.example\nAccept: text/html\nAccept-Encoding: br");
  EXPECT_EQ(head.head, get.head);
  EXPECT_EQ(head.body, "");
  EXPECT_FALSE(get.body.empty());
}

TEST(Answerer, ABodyMayOutliveItsSnapshot) {
  Theatre theatre(kShop, kMaintenance);
  const http::TestRequest request("GET / HTTP/1.1\nHost: api.shop.example");
  std::string head;
  http::Reply reply{head, {}, nullptr, {}};
  theatre.answerer().answer(request, reply);
  ASSERT_NE(reply.owner, nullptr);
  const std::shared_ptr<const void> owner = *reply.owner;
  const std::string_view body = reply.body;
  const std::string copy(body);
  theatre.answerer().use(state::test_snapshot("[groups.a]\nid = \"1a2b7c1e-5d0f-4c53-9d0e-8a6b5f3c2d10\"\n"));
  for (const std::string_view accept : {"text/html", "text/plain", "application/xml"}) {
    static_cast<void>(theatre.ask(fmt::format("GET / HTTP/1.1\nHost: a\nAccept: {}", accept)));
  }
  EXPECT_EQ(body, copy);
}

TEST(Answerer, PipelinedHeadsStandBehindOneAnother) {
  Theatre theatre(kShop, kMaintenance);
  std::string head = "earlier";
  http::Reply reply{head, {}, nullptr, {}};
  theatre.answerer().answer(http::TestRequest("GET / HTTP/1.1\nHost: api.shop.example"), reply);
  EXPECT_THAT(head, StartsWith("earlierHTTP/1.1 503"));
}

TEST(Answerer, RetryAfterIsTheGroupsWaitAndSomeMoreAtRandomNeverLess) {
  Theatre theatre(R"(
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
default = true
retry_after = "100s"
retry_jitter = 10
)");
  std::set<int> seen;
  for (int i = 0; i < 2000; ++i)
    seen.insert(std::stoi(theatre.ask("GET / HTTP/1.1\nHost: a")["Retry-After"]));
  EXPECT_EQ(*seen.begin(), 100);
  EXPECT_EQ(*seen.rbegin(), 110);
  EXPECT_EQ(seen.size(), 11U);
}

TEST(Answerer, RetryAfterCountsDownToTheEnd) {
  Theatre theatre(kShop, kMaintenance);
  const auto retry_after = [&] {
    return theatre.ask("GET / HTTP/1.1\nHost: api.shop.example")["Retry-After"];
  };
  EXPECT_EQ(retry_after(), "3800");
  theatre.clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(retry_after(), "3800") << "3799.999 seconds are left: never below";
  theatre.clock.advance(std::chrono::milliseconds(999));
  EXPECT_EQ(retry_after(), "3799");
  theatre.clock.advance(std::chrono::seconds(3799));
  EXPECT_EQ(retry_after(), "1") << "the end has come, and the switch is still on";
  theatre.clock.advance(std::chrono::hours(10));
  EXPECT_EQ(retry_after(), "1");
}

TEST(Answerer, ABodyDoesNotChangeWithTheClock) {
  Theatre theatre(kShop, kMaintenance);
  const std::string before = theatre.ask("GET / HTTP/1.1\nHost: api.shop.example").body;
  theatre.clock.advance(std::chrono::hours(1));
  const Answer after = theatre.ask("GET / HTTP/1.1\nHost: api.shop.example");
  EXPECT_EQ(after.body, before);
  EXPECT_EQ(after["Date"], "Sat, 21 Nov 2026 23:26:40 GMT");
}

TEST(Answerer, TimesBelongToWhatTheOperatorSwitchedOn) {
  Theatre theatre(kShop, {{"shop", {Mode::kMaintenance, kSince, kUntil}}});
  const Answer failure = theatre.ask("GET / HTTP/1.1\nHost: api.shop.example\nX-SST-Backend: failure");
  EXPECT_EQ(failure["Understudy-Reason"], "failure");
  EXPECT_THAT(failure.body, Not(HasSubstr("since")));
  EXPECT_THAT(failure.body, HasSubstr("\"retryAfter\":600"));
  EXPECT_EQ(failure["Retry-After"], "600");
}

TEST(Answerer, ReadOnlyRefusesWrites) {
  Theatre theatre(kShop, {{"shop", {Mode::kReadOnly, kSince, {}}}});
  EXPECT_EQ(theatre.ask("POST / HTTP/1.1\nHost: api.shop.example")["Understudy-Reason"], "read-only");
  EXPECT_EQ(theatre.ask("GET / HTTP/1.1\nHost: api.shop.example")["Understudy-Reason"], "failure");
}

TEST(Answerer, NobodysRequestsGetANeutralAnswer) {
  Theatre theatre(kShop, kMaintenance);
  const Answer answer = theatre.ask("GET / HTTP/1.1\nHost: other.example\nOrigin: https://shop.example");
  EXPECT_THAT(answer.head, StartsWith("HTTP/1.1 503"));
  EXPECT_EQ(answer["Understudy-Reason"], "failure");
  EXPECT_THAT(answer.head, Not(HasSubstr("Access-Control")));
  EXPECT_THAT(answer.body, Not(HasSubstr("Down for maintenance")));
  EXPECT_EQ(theatre.answerer().counters().unmatched, 1U);
}

TEST(Answerer, PreflightsGet204) {
  Theatre theatre(kShop, kMaintenance);
  const std::string_view ask =
      "OPTIONS /orders HTTP/1.1\nHost: api.shop.example\nAccess-Control-Request-Method: PUT\nOrigin: ";
  EXPECT_EQ(theatre.ask(std::string(ask) + "https://shop.example").head,
            "HTTP/1.1 204 No Content\r\n"
            "Access-Control-Allow-Origin: https://shop.example\r\n"
            "Access-Control-Allow-Methods: PUT\r\n"
            "Access-Control-Allow-Credentials: true\r\n"
            "Access-Control-Max-Age: 0\r\n"
            "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n"
            "Cache-Control: no-store\r\n"
            "Date: Sat, 21 Nov 2026 22:26:40 GMT\r\n"
            "\r\n");
  const Answer refused = theatre.ask(std::string(ask) + "https://evil.example");
  EXPECT_THAT(refused.head, StartsWith("HTTP/1.1 204 No Content\r\nVary: Origin"));
  EXPECT_THAT(refused.head, Not(HasSubstr("Access-Control-Allow")));
  EXPECT_EQ(refused.body, "");
  const auto counters = theatre.answerer().counters().groups.at("shop");
  EXPECT_EQ(counters.preflights_allowed(), 1U);
  EXPECT_EQ(counters.preflights_refused(), 1U);
}

TEST(Answerer, OptionsNeverGetsA5xx) {
  Theatre theatre(kShop, kMaintenance);
  for (const std::string_view lines :
       {"OPTIONS / HTTP/1.1\nHost: api.shop.example", "OPTIONS * HTTP/1.1\nHost: api.shop.example",
        "OPTIONS / HTTP/1.0", "OPTIONS / HTTP/1.1\nHost: other.example",
        "OPTIONS /_understudy/health HTTP/1.1\nHost: a", "OPTIONS /_understudy/x HTTP/1.1\nHost: a",
        "OPTIONS / HTTP/1.1\nHost: api.shop.example\nContent-Type: application/grpc",
        "OPTIONS / HTTP/1.1\nHost: a\nOrigin: null\nAccess-Control-Request-Method: PUT"}) {
    const Answer answer = theatre.ask(lines);
    EXPECT_THAT(answer.head, StartsWith("HTTP/1.1 204 No Content\r\n")) << lines;
    EXPECT_EQ(answer.body, "") << lines;
    EXPECT_EQ(answer["Content-Length"], "(none)") << lines;
  }
  const Answer plain =
      theatre.ask("OPTIONS / HTTP/1.1\nHost: api.shop.example\nOrigin: https://shop.example");
  EXPECT_EQ(plain["Allow"], "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  EXPECT_EQ(plain["Access-Control-Allow-Origin"], "https://shop.example");
}

TEST(Answerer, ConnectionFollowsTheRequest) {
  Theatre theatre(kShop);
  EXPECT_EQ(theatre.ask("GET / HTTP/1.1\nHost: a")["Connection"], "(none)");
  EXPECT_EQ(theatre.ask("GET / HTTP/1.1\nHost: a\nConnection: close")["Connection"], "close");
  EXPECT_EQ(theatre.ask("GET / HTTP/1.0")["Connection"], "close");
  EXPECT_EQ(theatre.ask("GET / HTTP/1.0\nConnection: keep-alive")["Connection"], "keep-alive");
  EXPECT_EQ(theatre.ask("OPTIONS / HTTP/1.1\nHost: a\nConnection: close")["Connection"], "close");
}

TEST(Answerer, GrpcClientsGetTheirOwnContentTypeBack) {
  Theatre theatre(kShop, kMaintenance);
  const Answer grpc = theatre.ask(
      "POST /shop.Orders/List HTTP/1.1\nHost: api.shop.example\nContent-Type: application/grpc+proto");
  EXPECT_THAT(grpc.head, StartsWith("HTTP/1.1 503"));
  EXPECT_EQ(grpc["Content-Type"], "application/grpc+proto");
  EXPECT_EQ(grpc["grpc-status"], "14");
  EXPECT_EQ(grpc["grpc-message"], "Down for maintenance: We are currently performing maintenance.");
  EXPECT_EQ(grpc.body, "");
  EXPECT_EQ(grpc["Content-Length"], "0");
  const Answer web = theatre.ask(
      "POST / HTTP/1.1\nHost: api.shop.example\nOrigin: https://shop.example\nContent-Type: "
      "application/grpc-web+proto");
  EXPECT_THAT(web.head, HasSubstr("Access-Control-Expose-Headers: grpc-status, grpc-message\r\n"));
  const Answer long_type = theatre.ask(
      "POST / HTTP/1.1\nHost: api.shop.example\nContent-Type: application/grpc" + std::string(8000, 'x'));
  EXPECT_LE(long_type["Content-Type"].size(), 100U);
}

TEST(Answerer, AWebSocketIsNotOpened) {
  Theatre theatre(kShop, kMaintenance);
  const Answer answer = theatre.ask(
      "GET /ws HTTP/1.1\nHost: api.shop.example\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Key: "
      "x");
  EXPECT_THAT(answer.head, StartsWith("HTTP/1.1 503"));
  EXPECT_EQ(answer["Upgrade"], "(none)");
}

TEST(Answerer, OwnPaths) {
  Theatre theatre(kShop, kMaintenance);
  const Answer health = theatre.ask("GET /_understudy/health HTTP/1.1\nHost: other.example");
  EXPECT_THAT(health.head, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"));
  EXPECT_EQ(health.body, R"({"status":"ok"})");
  EXPECT_EQ(theatre.ask("HEAD /_understudy/health?x HTTP/1.1\nHost: a").body, "");
  const Answer status = theatre.ask(
      "GET /_understudy/status.json HTTP/1.1\nHost: api.shop.example\nOrigin: https://shop.example");
  EXPECT_THAT(status.head, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(status["Access-Control-Allow-Origin"], "https://shop.example");
  EXPECT_EQ(status["Cache-Control"], "no-store");
  EXPECT_THAT(status.body,
              HasSubstr(R"("mode":"maintenance","lifecycle":"open","since":"2026-11-21T22:00:00Z")"));
  EXPECT_THAT(theatre.ask("GET /_understudy/status.json HTTP/1.1\nHost: other.example").head,
              StartsWith("HTTP/1.1 404"));
  const Answer unknown =
      theatre.ask("GET /_understudy/nothing HTTP/1.1\nHost: api.shop.example\nOrigin: https://shop.example");
  EXPECT_THAT(unknown.head,
              StartsWith("HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\n"));
  EXPECT_EQ(unknown["Access-Control-Allow-Origin"], "https://shop.example");
  const Answer post = theatre.ask("POST /_understudy/health HTTP/1.1\nHost: a");
  EXPECT_THAT(post.head, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
  EXPECT_EQ(post["Allow"], "GET, HEAD, OPTIONS");
}

TEST(Answerer, EverythingElseBelongsToTheApi) {
  Theatre theatre(kShop, kMaintenance);
  for (const std::string_view target :
       {"/", "/_understudy", "/_Understudy/health", "/x/_understudy/health", "/?/_understudy/health",
        "/%5Funderstudy/health", "//_understudy/health", "/_understudyx/"}) {
    EXPECT_THAT(theatre.ask(fmt::format("GET {} HTTP/1.1\nHost: api.shop.example", target)).head,
                StartsWith("HTTP/1.1 503"))
        << target;
  }
}

/// The snapshot of kShop, the shop with a page_dir that a test need not write to disk.
std::shared_ptr<const model::Snapshot> with_page() {
  const auto plain = state::test_snapshot(kShop, kMaintenance);
  auto page = std::make_shared<model::PageDir>();
  page->index = "<!DOCTYPE html><title>own</title>";
  page->files.emplace("/img/a b.png", model::PageFile{"PNG!", "image/png", "\"0a\"", kSince});
  std::vector<model::Group> groups = {plain->table->group(0)};
  groups[0].page = page;
  groups[0].presentation += 1000;
  auto snapshot = std::make_shared<model::Snapshot>(*plain);
  snapshot->table = std::make_shared<model::GroupTable>(plain->table->revision() + 1000, groups,
                                                        model::GroupTable::kNone, plain->table->neutral());
  return snapshot;
}

TEST(Answerer, FilesBesideThePage) {
  Theatre theatre;
  theatre.answerer().use(with_page());
  const std::string host = " HTTP/1.1\nHost: api.shop.example\nOrigin: https://shop.example";
  const Answer file = theatre.ask("GET /img/a%20b.png?v=1" + host);
  EXPECT_EQ(file.head,
            "HTTP/1.1 200 OK\r\n"
            "Content-Type: image/png\r\n"
            "Content-Length: 4\r\n"
            "ETag: \"0a\"\r\n"
            "Last-Modified: Sat, 21 Nov 2026 22:00:00 GMT\r\n"
            "Cache-Control: no-cache\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Vary: Origin\r\n"
            "Access-Control-Allow-Origin: https://shop.example\r\n"
            "Access-Control-Allow-Credentials: true\r\n"
            "Access-Control-Expose-Headers: Content-Language, Retry-After, Understudy-Reason\r\n"
            "Date: Sat, 21 Nov 2026 22:26:40 GMT\r\n"
            "\r\n");
  EXPECT_EQ(file.body, "PNG!");
  const Answer head = theatre.ask("HEAD /img/a%20b.png" + host);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head["Content-Length"], "4");
  const Answer unchanged = theatre.ask("GET /img/a%20b.png" + host + "\nIf-None-Match: W/\"0a\"");
  EXPECT_THAT(unchanged.head, StartsWith("HTTP/1.1 304 Not Modified\r\nETag: \"0a\"\r\n"));
  EXPECT_EQ(unchanged.body, "");
  EXPECT_THAT(theatre.ask("GET /img/a%20b.png" + host + "\nIf-None-Match: \"0b\"").head,
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(
      theatre.ask("GET /img/a%20b.png" + host + "\nIf-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT").head,
      StartsWith("HTTP/1.1 304"));
  EXPECT_THAT(theatre.ask("POST /img/a%20b.png" + host).head, StartsWith("HTTP/1.1 503"));
  for (const std::string_view target :
       {"/index.html", "/img/../index.html", "/img/%2e%2e/%2e%2e/etc/passwd", "/img%2fa%20b.png",
        "/img/a%2520b.png", "/IMG/a%20b.png", "/img/a%20b.png/", "/img/", "/%zz"}) {
    const Answer other = theatre.ask(fmt::format("GET {}{}", target, host));
    EXPECT_THAT(other.head, StartsWith("HTTP/1.1 503")) << target;
  }
  const Answer page = theatre.ask("GET / HTTP/1.1\nHost: api.shop.example\nAccept: text/html");
  EXPECT_EQ(page.body, "<!DOCTYPE html><title>own</title>");
  const auto counters = theatre.answerer().counters().groups.at("shop");
  EXPECT_EQ(counters.files_sent(model::Reason::kMaintenance), 3U);
  EXPECT_EQ(counters.files_unchanged(model::Reason::kMaintenance), 2U);
}

TEST(Answerer, RefusalsAreReadableByThePageThatCausedThem) {
  Theatre theatre(kShop, kMaintenance);
  http::Request partial;
  partial.host = "api.shop.example";
  partial.origin = "https://shop.example";
  for (std::size_t fault = 0; fault < http::kFaultCount; ++fault) {
    const http::Refusal& refusal = http::refusal(static_cast<http::Fault>(fault));
    const Answer answer = theatre.refuse(static_cast<http::Fault>(fault), partial);
    EXPECT_THAT(answer.head,
                StartsWith(fmt::format("HTTP/1.1 {} {}\r\nContent-Type: application/problem+json\r\n",
                                       refusal.status, refusal.title)));
    EXPECT_EQ(answer["Content-Length"], std::to_string(answer.body.size()));
    EXPECT_EQ(answer["Connection"], "close");
    EXPECT_EQ(answer["Access-Control-Allow-Origin"], "https://shop.example");
    EXPECT_THAT(answer.body, HasSubstr(fmt::format("\"status\":{}", refusal.status)));
    EXPECT_EQ(theatre.answerer().counters().refused[fault], 1U);
  }
  partial.several_origins = true;
  EXPECT_THAT(theatre.refuse(http::Fault::kMalformed, partial).head, Not(HasSubstr("Access-Control")));
  EXPECT_THAT(theatre.refuse(http::Fault::kMalformed, http::Request{}).head,
              StartsWith("HTTP/1.1 400 Bad Request\r\n"));
}

TEST(Answerer, CountsByGroupReasonAndFormat) {
  Theatre theatre(kShop, kMaintenance);
  static_cast<void>(theatre.ask("GET / HTTP/1.1\nHost: api.shop.example"));
  static_cast<void>(theatre.ask("GET / HTTP/1.1\nHost: api.shop.example\nAccept: text/html"));
  static_cast<void>(
      theatre.ask("GET / HTTP/1.1\nHost: api.shop.example\nAccept: text/html\nUnderstudy-Reason: failure"));
  static_cast<void>(theatre.ask("GET / HTTP/1.1\nHost: other.example"));
  const model::Counters counters = theatre.answerer().counters();
  const auto answers = [&](const std::string& group, model::Reason reason, Format format) {
    return counters.groups.at(group).answers(reason, format);
  };
  EXPECT_EQ(answers("shop", model::Reason::kMaintenance, Format::kJson), 1U);
  EXPECT_EQ(answers("shop", model::Reason::kMaintenance, Format::kHtml), 1U);
  EXPECT_EQ(answers("shop", model::Reason::kFailure, Format::kHtml), 1U);
  EXPECT_EQ(answers("", model::Reason::kFailure, Format::kJson), 1U);
  EXPECT_EQ(counters.groups.size(), 2U);
}

TEST(Answerer, CountsConnections) {
  Theatre theatre;
  theatre.answerer().connection_opened();
  theatre.answerer().connection_opened();
  theatre.answerer().connection_closed();
  EXPECT_EQ(theatre.answerer().counters().connections, 1);
  EXPECT_EQ(theatre.answerer().counters().connections_accepted, 2U);
}

TEST(Answerer, CountersStayThroughReloadsAndLeaveWithTheirGroup) {
  Theatre theatre;
  const std::string other = "[groups.a]\nid = \"1a2b7c1e-5d0f-4c53-9d0e-8a6b5f3c2d10\"\n";
  const auto shop_answers = [&] {
    return theatre.answerer().counters().groups.at("shop").answers(model::Reason::kFailure, Format::kJson);
  };
  static_cast<void>(theatre.ask("GET / HTTP/1.1\nHost: api.shop.example"));
  theatre.answerer().use(state::test_snapshot(other + std::string(kShop)));
  static_cast<void>(theatre.ask("GET / HTTP/1.1\nHost: api.shop.example"));
  EXPECT_EQ(shop_answers(), 2U);
  theatre.answerer().use(state::test_snapshot(other));
  EXPECT_FALSE(theatre.answerer().counters().groups.contains("shop"));
  static_cast<void>(theatre.ask("GET / HTTP/1.1\nHost: api.shop.example"));
  EXPECT_EQ(theatre.answerer().counters().unmatched, 1U);
}

TEST(Answerer, ANewSnapshotIsInForceFromTheNextRequestOn) {
  Theatre theatre(kShop);
  const auto reason = [&] {
    return theatre.ask("GET / HTTP/1.1\nHost: api.shop.example")["Understudy-Reason"];
  };
  EXPECT_EQ(reason(), "failure");
  theatre.answerer().use(state::test_snapshot(kShop, kMaintenance));
  EXPECT_EQ(reason(), "maintenance");
  EXPECT_EQ(theatre.ask("GET / HTTP/1.1\nHost: api.shop.example\nAccept-Language: de")["Content-Language"],
            "de");
}

TEST(Answerer, TheSameSeedGivesTheSameAnswers) {
  const auto answers = [] {
    Theatre theatre(
        "[groups.a]\nid = \"1a2b7c1e-5d0f-4c53-9d0e-8a6b5f3c2d10\"\ndefault = true\nretry_jitter = 100\n");
    std::string all;
    for (int i = 0; i < 20; ++i) all += theatre.ask("GET / HTTP/1.1\nHost: a").head;
    return all;
  };
  EXPECT_EQ(answers(), answers());
}

}  // namespace
}  // namespace understudy::answer
