// From bytes to an answer: whatever is asked, what goes out is one well-formed response.
#include <algorithm>
#include <string>
#include <vector>

#include "answer/answerer.h"
#include "base/text.h"
#include "config/reader.h"
#include "fuzz/check.h"
#include "http/request_parser.h"
#include "state/table_builder.h"

namespace understudy::fuzz {
namespace {

using http::ParserScratch;
using http::Request;
using http::RequestParser;

constexpr std::string_view kConfig = R"(
[server]
reason_header = "X-SST-Backend"
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
hosts = ["api.shop.example"]
[groups.shop.cors]
origins = ["https://shop.example", "https://*.shop.example", "http://localhost:*"]
credentials = true
[groups.shop.maintenance.en]
title = "Down <for> \"maintenance\""
message = "Back soon."
[groups.docs]
id = "1a2b7c1e-5d0f-4c53-9d0e-8a6b5f3c2d10"
hosts = ["docs.shop.example"]
[groups.docs.cors]
origins = ["*"]
methods = ["PUT"]
headers = ["X-Token"]
)";

/// The two groups above, one of them with files of its own, in the given mode.
std::shared_ptr<const model::Snapshot> make_snapshot(model::Mode mode) {
  static const model::Locales kLocales = model::built_in_locales();
  const auto read = config::read_config(kConfig, "fuzz.toml", {}, kLocales);
  require(!config::has_errors(read.problems), "the target's own configuration is sound");
  state::TableBuilder builder(kLocales);
  const auto built = state::build_table(read.config, builder).value();
  auto page = std::make_shared<model::PageDir>();
  page->index = "<!DOCTYPE html><title>own</title>";
  page->files.emplace("/img/logo.png", model::PageFile{"PNG", "image/png", "\"00ff\"",
                                                       WallTime(std::chrono::seconds(1'700'000'000))});
  std::vector<model::Group> groups = {built->group(0), built->group(1)};
  groups[1].page = page;
  auto snapshot = std::make_shared<model::Snapshot>();
  snapshot->table = std::make_shared<model::GroupTable>(built->revision(), std::move(groups),
                                                        model::GroupTable::kNone, built->neutral());
  snapshot->states.reset(2);
  for (const std::size_t group : {0U, 1U}) {
    model::GroupState state;
    state.mode = mode;
    state.since = WallTime(std::chrono::seconds(1'699'999'000));
    snapshot->states.set(group, std::move(state));
  }
  snapshot->trusted_proxies = read.config.server.trusted_proxies;
  snapshot->reason_header = read.config.server.reason_header;
  return snapshot;
}

std::string_view value_of(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::string_view line = take_until(head, '\n');
    if (line.size() > name.size() + 2 && iequals(line.substr(0, name.size()), name) &&
        line[name.size()] == ':') {
      return trim_lines(line.substr(name.size() + 1));
    }
  }
  return {};
}

void check_lines(std::string_view head) {
  require(head.starts_with("HTTP/1.1 ") && head.ends_with("\r\n\r\n"),
          "a head begins with HTTP/1.1 and ends with an empty line");
  head.remove_suffix(2);
  static_cast<void>(take_until(head, '\n'));
  std::vector<std::string> names;
  while (!head.empty()) {
    std::string_view line = take_until(head, '\n');
    require(line.size() > 2 && line.ends_with('\r'),
            "a header line ends with CRLF, and none is empty before the last");
    line.remove_suffix(1);
    require(!has_control(line), "no control character gets into a header");
    const auto colon = line.find(": ");
    require(colon != std::string_view::npos && colon > 0, "a header has name and value");
    names.push_back(lower(line.substr(0, colon)));
  }
  for (const char* once : {"content-length", "content-type", "date", "access-control-allow-origin",
                           "retry-after", "connection"}) {
    require(std::count(names.begin(), names.end(), once) <= 1, "a header that may come once comes once");
  }
  require(std::count(names.begin(), names.end(), "date") == 1, "an answer has a date");
}

void check_answer(const Request& request, std::string_view head, std::string_view body, unsigned status) {
  check_lines(head.substr(0, head.find("\r\n\r\n") + 4));
  const std::string_view inline_body = head.substr(head.find("\r\n\r\n") + 4);
  require(inline_body.empty() || body.empty(), "one body at most");
  require(head.substr(9, 3) == std::to_string(status), "the log is told the status that went out");
  const std::size_t sent = inline_body.size() + body.size();
  const std::string_view length = value_of(head, "Content-Length");
  if (request.method == http::Method::kHead || status == 204 || status == 304) {
    require(sent == 0, "no body where none may be");
  } else {
    require(length == std::to_string(sent), "Content-Length is the body's");
  }
  require(status != 204 || length.empty(), "204 has no Content-Length");
  const std::string_view allowed = value_of(head, "Access-Control-Allow-Origin");
  require(allowed.empty() || allowed == "*" || allowed == request.origin,
          "only the asking origin is allowed");
  require(allowed != "*" || value_of(head, "Access-Control-Allow-Credentials").empty(),
          "never * with credentials");
  require(!value_of(head, "Vary").empty() && value_of(head, "Vary").starts_with("Origin"),
          "an answer varies by origin");
}

void answer_one(std::string_view bytes, model::Mode mode) {
  static answer::RenderCache cache(std::size_t{16} << 20);
  static const FakeClock kClock(WallTime(std::chrono::seconds(1'700'000'000)));
  static answer::Answerer answerers[] = {{make_snapshot(model::Mode::kOpen), cache, kClock, 1},
                                         {make_snapshot(model::Mode::kReadOnly), cache, kClock, 2},
                                         {make_snapshot(model::Mode::kMaintenance), cache, kClock, 3}};
  answer::Answerer& answerer = answerers[static_cast<std::size_t>(mode)];
  ParserScratch scratch;
  RequestParser parser(scratch);
  const auto progress = parser.parse_head(bytes);
  if (progress == RequestParser::Progress::kMore) return;
  const bool done = progress == RequestParser::Progress::kDone;
  Request& request = scratch.request;
  request.peer.unix_socket = number_from(bytes) % 2 == 0;
  if (!done && request.origin.data() == nullptr) request.origin = http::salvage_origin(bytes);
  std::string head;
  http::Reply reply{head, {}, nullptr, {}};
  if (done) {
    answerer.answer(request, reply);
  } else {
    request.keep_alive = false;
    answerer.refuse(parser.fault(), request, reply);
  }
  check_answer(request, head, reply.body, reply.note.status);
  const unsigned status = reply.note.status;
  if (!done) {
    require(status >= 400 && status != 503, "what can't be understood is refused");
    return;
  }
  require((request.method == http::Method::kOptions) == (status == 204),
          "OPTIONS gets 204, and nothing else does");
  require(status == 204 || status == 503 || status == 200 || status == 304 || status == 404 || status == 405,
          "a status from the design");
  require(status != 503 || !value_of(head, "Retry-After").empty(), "an answer says when to come back");
  require(status == 503 || status == 204 || request.path().starts_with("/_understudy/") ||
              reply.note.group == "docs",
          "everything else belongs to the API");
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = understudy::fuzz::to_text(data, size);
  for (const auto mode : {understudy::model::Mode::kOpen, understudy::model::Mode::kReadOnly,
                          understudy::model::Mode::kMaintenance}) {
    understudy::fuzz::answer_one(bytes, mode);
  }
  return 0;
}
