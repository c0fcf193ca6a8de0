#include "app/doctor/fetch_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "http/token.h"

namespace understudy::app::doctor {
namespace {

template <std::size_t Count>
bool is_one_of(std::string_view word, const std::array<std::string_view, Count>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 23> kForbidden{"accept-charset",
                                                      "accept-encoding",
                                                      "access-control-request-headers",
                                                      "access-control-request-method",
                                                      "access-control-request-private-network",
                                                      "connection",
                                                      "content-length",
                                                      "cookie",
                                                      "cookie2",
                                                      "date",
                                                      "dnt",
                                                      "expect",
                                                      "host",
                                                      "keep-alive",
                                                      "origin",
                                                      "referer",
                                                      "set-cookie",
                                                      "set-cookie2",
                                                      "te",
                                                      "trailer",
                                                      "transfer-encoding",
                                                      "upgrade",
                                                      "via"};
constexpr std::array<std::string_view, 3> kOverrides{"x-http-method", "x-http-method-override",
                                                     "x-method-override"};
constexpr std::array<std::string_view, 3> kForms{"application/x-www-form-urlencoded", "multipart/form-data",
                                                 "text/plain"};
constexpr std::array<std::string_view, 7> kReadable{"cache-control", "content-language", "content-length",
                                                    "content-type",  "expires",          "last-modified",
                                                    "pragma"};
constexpr std::size_t kMaxSafeValue = 128;
constexpr std::size_t kMaxSafeTotal = 1024;
constexpr std::chrono::seconds kDefaultMaxAge{5};

/// "CORS-unsafe request-header byte".
bool is_unsafe_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F ||
         std::string_view("\"():<>?@[\\]{}").find(c) != std::string_view::npos;
}

bool is_language_byte(char c) {
  return is_alpha(c) || is_digit(c) || std::string_view(" *,-.;=").find(c) != std::string_view::npos;
}

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

/// "bytes=0-", "bytes=0-99": a single range with a start.
bool is_simple_range(std::string_view value) {
  constexpr std::string_view kUnit = "bytes=";
  if (!value.starts_with(kUnit)) return false;
  value.remove_prefix(kUnit.size());
  const std::string_view first = take_digits(value);
  if (first.empty() || !value.starts_with('-')) return false;
  value.remove_prefix(1);
  const std::string_view last = take_digits(value);
  if (!value.empty()) return false;
  if (last.empty()) return true;
  const auto number = [](std::string_view digits) {
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    return std::pair(digits.size(), digits);
  };
  return number(first) <= number(last);
}

/// "sorted, each once" of lower-case names.
std::vector<std::string> listed(const std::set<std::string>& names) { return {names.begin(), names.end()}; }

bool is_set_cookie(std::string_view name) { return name == "set-cookie" || name == "set-cookie2"; }

}  // namespace

std::string normalized_method(std::string_view method) {
  for (const std::string_view known : {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"}) {
    if (iequals(method, known)) return std::string(known);
  }
  return std::string(method);
}

bool is_forbidden_method(std::string_view method) {
  return iequals(method, "CONNECT") || iequals(method, "TRACE") || iequals(method, "TRACK");
}

bool is_safelisted_method(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "POST";
}

bool is_forbidden_header(std::string_view name, std::string_view value) {
  const std::string low = lower(name);
  if (is_one_of(low, kForbidden) || low.starts_with("proxy-") || low.starts_with("sec-")) return true;
  if (!is_one_of(low, kOverrides)) return false;
  while (!value.empty()) {
    if (is_forbidden_method(trim(take_until(value, ',')))) return true;
  }
  return false;
}

bool is_safelisted_header(std::string_view name, std::string_view value) {
  if (value.size() > kMaxSafeValue) return false;
  const std::string low = lower(name);
  if (low == "accept") return std::none_of(value.begin(), value.end(), is_unsafe_byte);
  if (low == "accept-language" || low == "content-language")
    return std::all_of(value.begin(), value.end(), is_language_byte);
  if (low == "content-type") {
    if (std::any_of(value.begin(), value.end(), is_unsafe_byte)) return false;
    return is_one_of(lower(trim(take_until(value, ';'))), kForms);
  }
  return low == "range" && is_simple_range(value);
}

std::vector<std::string> unsafe_header_names(const net::HeaderFields& headers) {
  std::set<std::string> unsafe;
  std::set<std::string> safe;
  std::size_t size = 0;
  for (const auto& [name, value] : headers) {
    if (is_safelisted_header(name, value)) {
      safe.insert(lower(name));
      size += value.size();
    } else {
      unsafe.insert(lower(name));
    }
  }
  if (size > kMaxSafeTotal) unsafe.merge(safe);
  return listed(unsafe);
}

std::optional<std::string> combined(const net::HeaderFields& headers, std::string_view name) {
  std::optional<std::string> out;
  for (const auto& [key, value] : headers) {
    if (!iequals(key, name)) continue;
    out = out ? fmt::format("{}, {}", *out, trim(value)) : std::string(trim(value));
  }
  return out;
}

bool TokenList::has(std::string_view item) const {
  return std::find(items.begin(), items.end(), item) != items.end();
}

bool TokenList::has_ignoring_case(std::string_view item) const {
  return std::any_of(items.begin(), items.end(), [&](const std::string& one) { return iequals(one, item); });
}

TokenList token_list(const net::HeaderFields& headers, std::string_view name) {
  TokenList list;
  const auto text = combined(headers, name);
  list.present = text.has_value();
  std::string_view rest = text ? *text : std::string_view();
  while (!rest.empty()) {
    const std::string_view item = trim(take_until(rest, ','));
    if (item.empty()) continue;
    if (!http::is_token(item)) {
      list.malformed = true;
      list.items.clear();
      return list;
    }
    list.items.emplace_back(item);
  }
  return list;
}

CorsCheck check_cors(const net::HeaderFields& headers, std::string_view origin, Credentials credentials) {
  const auto allowed = combined(headers, "Access-Control-Allow-Origin");
  if (!allowed) return CorsCheck::kOriginMissing;
  if (*allowed == "*") return credentials == Credentials::kOmit ? CorsCheck::kPasses : CorsCheck::kOriginStar;
  if (*allowed != origin)
    return allowed->find(',') != std::string::npos ? CorsCheck::kOriginSeveral : CorsCheck::kOriginWrong;
  if (credentials == Credentials::kOmit) return CorsCheck::kPasses;
  return combined(headers, "Access-Control-Allow-Credentials") == "true" ? CorsCheck::kPasses
                                                                         : CorsCheck::kCredentials;
}

std::vector<PreflightGap> preflight_gaps(const net::HeaderFields& answer, std::string_view method,
                                         const std::vector<std::string>& unsafe_headers,
                                         Credentials credentials) {
  using Kind = PreflightGap::Kind;
  std::vector<PreflightGap> gaps;
  const TokenList methods = token_list(answer, "Access-Control-Allow-Methods");
  const TokenList names = token_list(answer, "Access-Control-Allow-Headers");
  if (methods.malformed) gaps.push_back({Kind::kMalformed, "Access-Control-Allow-Methods"});
  if (names.malformed) gaps.push_back({Kind::kMalformed, "Access-Control-Allow-Headers"});
  if (!gaps.empty()) return gaps;
  const bool star = credentials == Credentials::kOmit;
  if (!is_safelisted_method(method) && !methods.has(method) && !(star && methods.has("*")))
    gaps.push_back({methods.has("*") ? Kind::kMethodStar : Kind::kMethod, std::string(method)});
  for (const std::string& name : unsafe_headers) {
    if (names.has_ignoring_case(name)) continue;
    // "CORS non-wildcard request-header name"
    if (name == "authorization" && star && names.has("*")) {
      gaps.push_back({Kind::kAuthorizationStar, name});
    } else if (!star || !names.has("*")) {
      gaps.push_back({names.has("*") ? Kind::kHeaderStar : Kind::kHeader, name});
    }
  }
  return gaps;
}

Exposure exposure(const net::HeaderFields& headers, Credentials credentials) {
  const TokenList exposed = token_list(headers, "Access-Control-Expose-Headers");
  const bool all = credentials == Credentials::kOmit && exposed.has("*");
  std::set<std::string> readable;
  std::set<std::string> hidden;
  for (const auto& field : headers) {
    const std::string name = lower(field.first);
    if (is_set_cookie(name)) continue;
    const bool shown = all || is_one_of(name, kReadable) || exposed.has_ignoring_case(name);
    (shown ? readable : hidden).insert(name);
  }
  return {listed(readable), listed(hidden)};
}

Exposure own_exposure(const net::HeaderFields& headers) {
  std::set<std::string> readable;
  for (const auto& field : headers) {
    if (!is_set_cookie(lower(field.first))) readable.insert(lower(field.first));
  }
  return {listed(readable), {}};
}

std::chrono::seconds max_age(const net::HeaderFields& headers) {
  const auto text = combined(headers, "Access-Control-Max-Age");
  std::uint32_t seconds = 0;
  if (!text || text->empty() || !std::all_of(text->begin(), text->end(), is_digit)) return kDefaultMaxAge;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  static_cast<void>(end);
  // More than fits is for ever.
  return std::chrono::seconds(error == std::errc{} ? seconds : UINT32_MAX);
}

bool is_bad_port(const Url& url) {
  static constexpr std::array<std::uint16_t, 83> kBad{
      0,    1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,   23,   25,   37,   42,   43,
      53,   69,   77,   79,   87,   95,   101,  102,  103,  104,  109,  110,  111,  113,  115,  117,  119,
      123,  135,  137,  139,  143,  161,  179,  389,  427,  465,  512,  513,  514,  515,  526,  530,  531,
      532,  540,  548,  554,  556,  563,  587,  601,  636,  989,  990,  993,  995,  1719, 1720, 1723, 2049,
      3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080};
  return std::find(kBad.begin(), kBad.end(), url.port) != kBad.end();
}

bool is_mixed_content(std::string_view origin, const Url& url) {
  if (!origin.starts_with("https://") || url.scheme != "http") return false;
  // "potentially trustworthy": this very machine.
  const std::string& host = url.host;
  const bool own = host == "localhost" || host.ends_with(".localhost") || host == "::1" ||
                   (host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
                    host.find_first_not_of("0123456789.") == std::string::npos);
  return !own;
}

bool is_redirect(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace understudy::app::doctor
