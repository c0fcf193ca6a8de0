// Rules for `groups.*.gate.*` and `groups.*.bypass.*`.

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/format.h>

#include "base/text.h"
#include "config/checks.h"
#include "http/token.h"
#include "model/gate_policy.h"

namespace understudy::config {
namespace {

using Verdict = std::optional<Objection>;

std::string_view text_of(const Value& value) { return std::get<std::string>(value); }

/// cookie-octet (RFC 6265 section 4.1.1).
bool is_cookie_octet(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7F && c != '"' && c != ',' && c != ';' && c != '\\';
}

bool is_header_octet(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7F;
}

/// Headers that say something else, or that a proxy or understudy itself writes.
bool has_its_own_meaning(std::string_view header) {
  constexpr std::array<std::string_view, 17> kTaken = {
      "host",          "connection", "content-length", "content-type", "transfer-encoding", "expect",
      "upgrade",       "origin",     "cookie",         "accept",       "accept-language",   "accept-encoding",
      "if-none-match", "soapaction", "user-agent",     "te",           "if-modified-since"};
  const std::string name = lower(header);
  return std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end() || name.starts_with("x-forwarded-") ||
         name.starts_with("understudy-") || name.starts_with("access-control-") ||
         name == "x-maintpage-response-group" || name == "x-original-uri" || name == "x-original-url" ||
         name == "x-original-method";
}

/// Both say "NAME" or "NAME=VALUE".
template <typename IsOctet>
Objections check_credential(std::string_view text, std::string_view expected, IsOctet is_octet) {
  const auto object = [&](std::string_view message) -> Objections {
    return {{std::string(message), std::string(expected), 0}};
  };
  const auto equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  if (!http::is_token(name)) return object("the name has letters that no such name may have");
  if (equals == std::string_view::npos) return {};
  const std::string_view value = text.substr(equals + 1);
  if (value.empty()) return object("the value is empty");
  if (value == "false") return object("\"false\" takes every right away and can give none");
  if (!std::all_of(value.begin(), value.end(), is_octet))
    return object("the value has letters that no such value may have");
  return {};
}

constexpr std::string_view kBase64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool is_base64(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most &&
         text.find_first_not_of(kBase64) == std::string_view::npos;
}

bool is_salt(std::string_view text) {
  return !text.empty() && text.size() <= 16 && text.find_first_of(":\n") == std::string_view::npos;
}

/// The forms of crypt(5) that are slow enough to guess at: yescrypt, gost-yescrypt, scrypt, bcrypt, SHA-512
/// and SHA-256.
bool is_slow_hash(std::string_view hash) {
  if (!hash.starts_with('$')) return false;
  std::string_view rest = hash.substr(1);
  const std::string_view method = take_until(rest, '$');
  if (method == "y" || method == "gy") {
    const std::string_view parameters = take_until(rest, '$');
    const std::string_view salt = take_until(rest, '$');
    return is_base64(parameters, 1, 16) && is_base64(salt, 0, 86) && is_base64(rest, 43, 43);
  }
  if (method == "7") return is_base64(take_until(rest, '$'), 11, 97) && is_base64(rest, 43, 43);
  if (method == "2a" || method == "2b" || method == "2y") {
    const std::string_view cost = take_until(rest, '$');
    return cost.size() == 2 && std::all_of(cost.begin(), cost.end(), is_digit) && is_base64(rest, 53, 53);
  }
  if (method != "5" && method != "6") return false;
  std::string_view salt = take_until(rest, '$');
  if (salt.starts_with("rounds=")) {
    const std::string_view rounds = salt.substr(7);
    if (rounds.empty() || rounds.size() > 9 || !std::all_of(rounds.begin(), rounds.end(), is_digit))
      return false;
    salt = take_until(rest, '$');
  }
  const std::size_t length = method == "6" ? 86 : 43;
  return is_salt(salt) && is_base64(rest, length, length);
}

/// A plain origin: nothing that stands for many, as a link must not lead just anywhere.
Verdict judge_redirect(const std::string& text) {
  constexpr std::string_view kExpected =
      "an origin such as \"https://shop.example\", scheme, host and perhaps port";
  if (text == "null" || text.find('*') != std::string::npos)
    return Objection{"a link leads to one origin alone", std::string(kExpected), 0};
  if (!text.starts_with("https://") && !text.starts_with("http://") && text.find("://") != std::string::npos)
    return Objection{"the scheme is neither http nor https", std::string(kExpected), 0};
  return judge_origin(text);
}

template <typename Judge>
Objections for_each(const Value& value, Judge judge) {
  Objections objections;
  const auto& list = std::get<std::vector<std::string>>(value);
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto objection = judge(list[i]);
    if (!objection) continue;
    objection->element = i;
    objections.push_back(std::move(*objection));
  }
  return objections;
}

}  // namespace

Objections check_patterns(const Value& value) {
  return for_each(value, [](const std::string& text) -> Verdict {
    std::string why;
    if (model::parse_path_pattern(text, why)) return std::nullopt;
    return Objection{why, R"(a path such as "/api/*" or "POST /graphql")", 0};
  });
}

Objections check_cookie_name(const Value& value) {
  const std::string_view name = text_of(value);
  if (name.empty() || http::is_token(name)) return {};
  return {{"", "a cookie's name such as \"session\"", 0}};
}

Objections check_bypass_cookie(const Value& value) {
  constexpr std::string_view kExpected =
      "a cookie such as \"BYPASS_MAINTENANCE\" or \"BYPASS_MAINTENANCE=VALUE\"";
  const std::string_view text = text_of(value);
  if (text.empty()) return {};
  if (text.substr(0, text.find('=')) == model::kPassCookie)
    return {{"this cookie carries signed passes", std::string(kExpected), 0}};
  return check_credential(text, kExpected, is_cookie_octet);
}

Objections check_bypass_header(const Value& value) {
  constexpr std::string_view kExpected = "a header such as \"X-Bypass\" or \"X-Bypass=VALUE\"";
  const std::string_view text = text_of(value);
  if (text.empty()) return {};
  if (has_its_own_meaning(text.substr(0, text.find('='))))
    return {{"this header has a meaning of its own", std::string(kExpected), 0}};
  return check_credential(text, kExpected, is_header_octet);
}

Objections check_cookie_domain(const Value& value) {
  const std::string domain = lower(text_of(value));
  constexpr std::string_view kExpected = "a domain of your own such as \"shop.example\"";
  if (domain.empty()) return {};
  if (!is_dns_name(domain)) return {{"malformed host name", std::string(kExpected), 0}};
  if (!is_public_suffix(domain)) return {};
  return {{"browsers refuse cookies for a public suffix", std::string(kExpected), 0}};
}

Objections check_same_site(const Value& value) {
  const std::string_view text = text_of(value);
  if (text == "none" || text == "lax" || text == "strict") return {};
  return {{"", R"(one of "none" "lax" "strict")", 0}};
}

Objections check_redirects(const Value& value) { return for_each(value, judge_redirect); }

Objections check_password_hash(const Value& value) {
  const std::string_view text = text_of(value);
  if (text.empty() || is_slow_hash(text)) return {};
  return {{"it is no hash of a password, or of a kind that is guessed quickly",
           "a hash as crypt(5) has it, \"$y$…\", \"$2b$…\" or \"$6$…\": mkpasswd -m yescrypt makes one", 0}};
}

}  // namespace understudy::config
