// A call of the admin API. The input's first line: method, target and If-Match with spaces between them; what
// comes behind it is the body.
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "control/api_json.h"
#include "control/api_requests.h"
#include "control/host_check.h"
#include "control/json_fields.h"
#include "control/preconditions.h"
#include "control/query.h"
#include "control/routes.h"
#include "fuzz/check.h"
#include "http/merge_patch.h"
#include "http/request.h"

namespace understudy::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow = WallTime(1'800'000'000s);

/// Whatever was wrong, it can be told.
void check_problem(const control::Problem& problem) {
  const control::Response response = control::to_response(problem);
  require(is_utf8(response.body), "a problem is UTF-8");
  boost::json::error_code error;
  const auto told = boost::json::parse(response.body, error);
  require(!error && told.is_object(), "a problem is JSON");
  require(response.status >= 400 && !problem.detail.empty(), "a problem says what it is");
  for (const auto& [name, value] : response.headers) {
    require(!has_control(name) && !has_control(value), "no header ends a line");
  }
}

void check_target(std::string_view method, std::string_view target) {
  http::Request request;
  request.target = target;
  const std::string_view path = request.path();
  if (path.starts_with(control::kApiPrefix)) {
    const auto match = control::match_route(method, path);
    if (!match) return check_problem(match.error());
    require(!match->allow.empty(), "a path has methods");
    require(is_utf8(match->argument) && !has_control(match->argument), "a name is clean");
  }
  const auto query = control::Query::read(target, {"after", "limit", "token"});
  if (!query) return check_problem(query.error());
  const auto token = control::query_value(target, "token");
  require(!token || *token == query->text("token"), "a parameter is the same, whoever reads it");
  const auto limit = query->number("limit", 100, 1, 1000);
  if (!limit) return check_problem(limit.error());
  require(*limit >= 1 && *limit <= 1000, "a number is in its bounds");
}

void check_window(const boost::json::object& body) {
  const auto window = control::read_window(body, kNow);
  if (!window) return check_problem(window.error());
  const auto again = control::read_window(control::writable_json(*window), kNow);
  require(again && *again == *window, "a window that is written is read the same");
}

void check_body(std::string_view text) {
  const auto body = control::parse_object(text);
  if (!body) return check_problem(body.error());
  require(is_utf8(text), "JSON is UTF-8");
  if (const auto change = control::read_switch_change(*body, kNow); !change) {
    check_problem(change.error());
  } else {
    require(is_utf8(change->reason) && control::is_clean(change->reason), "a reason is clean");
    require(!change->ramp || change->mode == model::Mode::kOpen, "only an open group reopens");
  }
  if (const auto token = control::read_token_request(*body, kNow); !token) {
    check_problem(token.error());
  } else {
    require(!token->expires || *token->expires > kNow, "a token ends later");
  }
  check_window(*body);
  boost::json::object merged = *body;
  http::merge_patch(merged, *body);
  boost::json::object once = merged;
  http::merge_patch(merged, *body);
  require(once == merged, "the same patch twice changes nothing more");
}

void check_tags(std::string_view text) {
  const auto tags = control::parse_tags(text);
  if (!tags || tags->kind == control::TagList::Kind::kAny) return;
  std::string written;
  for (const control::EntityTag& tag : tags->tags) {
    if (!written.empty()) written += ", ";
    if (tag.strength == control::EntityTag::Strength::kWeak) written += "W/";
    written.append("\"").append(tag.opaque).append("\"");
  }
  const auto again = control::parse_tags(written);
  require(again && again->tags == tags->tags, "tags that are written are read the same");
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = understudy::fuzz::to_text(data, size);
  std::string_view line = understudy::take_until(rest, '\n');
  const std::string_view method = understudy::take_until(line, ' ');
  const std::string_view target = understudy::take_until(line, ' ');
  understudy::fuzz::check_target(method, target);
  understudy::fuzz::check_tags(line);
  understudy::fuzz::check_body(rest);
  const understudy::control::HostCheck hosts({*understudy::parse_listen_address("127.0.0.1:8504")}, {});
  const bool ours = hosts.is_ours(line);
  understudy::fuzz::require(
      !ours || line.starts_with("127.") || understudy::icontains(line, "localhost") || line.starts_with('['),
      "only the listener's address is ours");
  return 0;
}
