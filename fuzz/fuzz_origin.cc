// Who may read an answer. Lines of the input: Origin, Access-Control-Request-Method, -Headers.
#include <algorithm>
#include <string>

#include "answer/cors.h"
#include "base/text.h"
#include "config/reader.h"
#include "fuzz/check.h"
#include "http/origin.h"
#include "state/table_builder.h"

namespace understudy::fuzz {
namespace {

constexpr std::string_view kConfig = R"(
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
[groups.shop.cors]
origins = ["https://shop.example", "https://other.example:8443", "https://*.shop.example", "http://localhost:*",
           "https://*.dev.example:*", "http://[::1]:8080"]
credentials = true
)";

const model::CorsPolicy& policy() {
  static const model::Locales kLocales = model::built_in_locales();
  static const auto kPolicy = [] {
    const auto read = config::read_config(kConfig, "fuzz.toml", {}, kLocales);
    require(!config::has_errors(read.problems), "the target's own configuration is sound");
    state::TableBuilder builder(kLocales);
    return state::build_table(read.config, builder).value()->group(0).cors;
  }();
  return *kPolicy;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

/// What a label, or several, may be made of.
bool is_name(std::string_view text) {
  return !text.empty() && !text.starts_with('.') && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

/// Takes ":1234" off the end, where it is there.
void take_port(std::string_view& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.size() - colon < 2 || text.size() - colon > 6) return;
  if (std::all_of(text.begin() + static_cast<std::ptrdiff_t>(colon) + 1, text.end(), is_digit))
    text = text.substr(0, colon);
}

/// The policy above, spelt out without any of the product's parsing.
bool may_be_allowed(std::string_view origin) {
  if (origin == "https://shop.example" || origin == "https://other.example:8443" ||
      origin == "http://[::1]:8080")
    return true;
  std::string_view text = origin;
  if (take_prefix(text, "https://") && take_suffix(text, ".shop.example") && is_name(text)) return true;
  text = origin;
  take_port(text);
  if (text == "http://localhost") return true;
  return take_prefix(text, "https://") && take_suffix(text, ".dev.example") && is_name(text);
}

/// Header lines as they would go out: each well-formed, none smuggled in.
void check_lines(std::string_view head, std::string_view origin) {
  while (!head.empty()) {
    std::string_view line = take_until(head, '\n');
    require(line.ends_with('\r'), "a header line ends with CRLF");
    line.remove_suffix(1);
    require(!has_control(line), "no control character gets into a header");
    require(line.starts_with("Access-Control-"), "CORS headers alone");
    if (take_prefix(line, "Access-Control-Allow-Origin: "))
      require(line == origin, "the origin is echoed as it came");
  }
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  std::string_view rest = understudy::fuzz::to_text(data, size);
  understudy::http::Request request;
  request.origin = understudy::take_until(rest, '\n');
  request.access_control_request_method = understudy::take_until(rest, '\n');
  if (!rest.empty()) request.access_control_request_headers = rest;
  // The parser lets no control character through.
  if (understudy::fuzz::has_control(request.access_control_request_method) ||
      understudy::fuzz::has_control(request.access_control_request_headers)) {
    return 0;
  }
  const auto& policy = understudy::fuzz::policy();
  const auto parts = understudy::http::parse_origin(request.origin);
  require(!parts || (!parts->scheme.empty() && !parts->host.empty()), "an origin has scheme and host");
  const bool allowed = understudy::answer::allows_origin(policy, request);
  require(!allowed || understudy::fuzz::may_be_allowed(request.origin), "nobody else is allowed");
  require(!allowed || !understudy::fuzz::has_control(request.origin),
          "an allowed origin can't break a header");
  std::string head;
  understudy::answer::append_cors(head, policy, request);
  require(allowed != head.empty(), "CORS headers for the allowed alone");
  understudy::fuzz::check_lines(head, request.origin);
  head.clear();
  const bool goes_on = understudy::answer::append_preflight(head, policy, request);
  require(allowed != head.empty() && (allowed || !goes_on), "no preflight succeeds for others");
  understudy::fuzz::check_lines(head, request.origin);
  return 0;
}
