// What `understudy doctor` reads of an answer. Lines of the input: the page's origin, a header each ("Name:
// value"), then, behind an empty line, the body. The first Location is resolved as well.
#include <algorithm>
#include <string>

#include "app/doctor/report.h"
#include "base/text.h"
#include "fuzz/check.h"

namespace understudy::fuzz {
namespace {

namespace doctor = app::doctor;

/// What the client would have given: names and values without control characters.
net::ClientAttempt parse_answer(std::string_view rest) {
  net::ClientAttempt answer;
  answer.answered = true;
  answer.response.status = rest.empty() ? 200 : 200 + static_cast<unsigned>(number_from(rest) % 400);
  while (!rest.empty()) {
    std::string_view line = take_until(rest, '\n');
    if (line.empty()) break;
    if (has_control(line)) continue;
    const std::string_view name = take_until(line, ':');
    answer.response.headers.emplace_back(name, trim(line));
  }
  answer.response.body = rest;
  return answer;
}

void check_url(std::string_view text) {
  const auto url = doctor::parse_url(text);
  if (!url) return;
  const std::string written = doctor::to_text(*url);
  require(!has_control(written) && written.find(' ') == std::string::npos,
          "an address is fit for a request line");
  require(url->target.starts_with('/'), "a target begins with a slash");
  auto again = doctor::parse_url(written);
  require(again.has_value(), "what was written can be read");
  again->user = url->user;
  require(*again == *url, "and means the same");
}

void check_list(const net::HeaderFields& headers, std::string_view name) {
  const doctor::TokenList list = doctor::token_list(headers, name);
  require(!list.malformed || list.items.empty(), "a malformed list has no items");
  require(list.present || list.items.empty(), "nor has one that is not there");
  for (const std::string& item : list.items)
    require(!item.empty() && item.find_first_of(" ,\t\"") == std::string::npos, "an item is a token");
}

/// The strictest of the rules, spelt out again.
void check_cors(const net::HeaderFields& headers, const std::string& origin) {
  using doctor::CorsCheck;
  using doctor::Credentials;
  const bool with = doctor::check_cors(headers, origin, Credentials::kInclude) == CorsCheck::kPasses;
  const bool without = doctor::check_cors(headers, origin, Credentials::kOmit) == CorsCheck::kPasses;
  require(!with || without || origin == "*", "what passes with credentials passes without");
  const auto count = std::count_if(headers.begin(), headers.end(), [](const auto& field) {
    return iequals(field.first, "Access-Control-Allow-Origin");
  });
  require(!without || count > 0, "nothing passes without a header");
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace understudy;  // NOLINT(google-build-using-namespace): one function
  std::string_view rest = fuzz::to_text(data, size);
  app::doctor::Report report;
  report.page.origin = take_until(rest, '\n');
  report.page.url = app::doctor::parse_url("http://api.example/x").value();
  report.page.headers = {{"X-Shop", "1"}, {"Authorization", "x"}};
  report.page.method = "PUT";
  const net::ClientAttempt answer = fuzz::parse_answer(rest);
  const net::HeaderFields& headers = answer.response.headers;
  fuzz::check_url(report.page.origin);
  for (const auto& [name, value] : headers) {
    fuzz::check_url(value);
    const auto next = app::doctor::resolve(report.page.url, value);
    if (next) fuzz::check_url(app::doctor::to_text(*next));
    static_cast<void>(app::doctor::is_forbidden_header(name, value));
    static_cast<void>(app::doctor::is_safelisted_header(name, value));
    fuzz::check_list(headers, name);
  }
  fuzz::check_cors(headers, report.page.origin);
  for (const auto mode : {app::doctor::Credentials::kOmit, app::doctor::Credentials::kInclude}) {
    report.visits.push_back(
        app::doctor::visit(report.page, mode, [&](const app::doctor::Asked&) { return answer; }));
    fuzz::require(report.visits.back().exchanges.size() <= 12, "redirects end");
  }
  const app::doctor::Exchange stranger{app::doctor::stranger(report.page), answer};
  report.findings = app::doctor::find(report.page, report.visits, &stranger);
  for (const char c : app::doctor::render(report, {}))
    fuzz::require(static_cast<unsigned char>(c) >= 0x20 || c == '\n',
                  "nothing reaches a terminal that moves its cursor");
  fuzz::require(is_utf8(app::doctor::to_json(report)), "JSON is UTF-8");
  return 0;
}
