#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/doctor/url.h"
#include "net/client.h"

// The Fetch standard's rules (https://fetch.spec.whatwg.org/), as far as a page's script and an API on
// another origin are concerned. Pure; each names the standard's own term.
namespace understudy::app::doctor {

/// The request's credentials mode; "same-origin", fetch's default, is "omit" across origins.
enum class Credentials : std::uint8_t { kOmit, kInclude };

/// "normalize a method": upper case for DELETE, GET, HEAD, OPTIONS, POST and PUT alone.
[[nodiscard]] std::string normalized_method(std::string_view method);
/// "forbidden method": CONNECT, TRACE, TRACK.
[[nodiscard]] bool is_forbidden_method(std::string_view method);
/// "CORS-safelisted method": GET, HEAD, POST.
[[nodiscard]] bool is_safelisted_method(std::string_view method);
/// "forbidden request-header": JavaScript can't set it.
[[nodiscard]] bool is_forbidden_header(std::string_view name, std::string_view value);
/// "CORS-safelisted request-header".
[[nodiscard]] bool is_safelisted_header(std::string_view name, std::string_view value);
/// "CORS-unsafe request-header names": lower case, sorted, each once.
[[nodiscard]] std::vector<std::string> unsafe_header_names(const net::HeaderFields& headers);

/// "get": all fields of that name, joined by ", "; none where there is no such field.
[[nodiscard]] std::optional<std::string> combined(const net::HeaderFields& headers, std::string_view name);

/// "extracting header list values" of a comma-separated list of tokens.
struct TokenList {
  bool present = false;
  bool malformed = false;  ///< an element is no token; there are no items then
  std::vector<std::string> items;

  [[nodiscard]] bool has(std::string_view item) const;  ///< with regard to case
  [[nodiscard]] bool has_ignoring_case(std::string_view item) const;
};
[[nodiscard]] TokenList token_list(const net::HeaderFields& headers, std::string_view name);

/// "CORS check", and why it failed.
enum class CorsCheck : std::uint8_t {
  kPasses,
  kOriginMissing,
  kOriginSeveral,
  kOriginStar,  ///< `*` where credentials are included
  kOriginWrong,
  kCredentials,  ///< Access-Control-Allow-Credentials is not `true`
};
[[nodiscard]] CorsCheck check_cors(const net::HeaderFields& headers, std::string_view origin,
                                   Credentials credentials);

/// What a preflight's answer lacks (CORS-preflight fetch, from step 7 on).
struct PreflightGap {
  enum class Kind : std::uint8_t {
    kMethod,             ///< not listed
    kMethodStar,         ///< listed by `*` alone, which is a method's name where credentials are included
    kHeader,             ///< not listed
    kHeaderStar,         ///< the same for a header
    kAuthorizationStar,  ///< Authorization, which `*` never covers
    kMalformed,          ///< the list can't be read
  };
  Kind kind;
  std::string name;  ///< the method, the header, or the list's name
};
[[nodiscard]] std::vector<PreflightGap> preflight_gaps(const net::HeaderFields& answer,
                                                       std::string_view method,
                                                       const std::vector<std::string>& unsafe_headers,
                                                       Credentials credentials);

/// "CORS filtered response": the names of an answer's headers, lower case, sorted, that a script can read and
/// that it can't.
struct Exposure {
  std::vector<std::string> readable;
  std::vector<std::string> hidden;  ///< without Set-Cookie, which nobody can read
};
[[nodiscard]] Exposure exposure(const net::HeaderFields& headers, Credentials credentials);
/// "basic filtered response": of an answer from the page's own origin.
[[nodiscard]] Exposure own_exposure(const net::HeaderFields& headers);

/// How long a preflight's answer is kept: Access-Control-Max-Age; five seconds without one, or with one that
/// can't be read. No cap of a browser's is applied.
[[nodiscard]] std::chrono::seconds max_age(const net::HeaderFields& headers);

/// "bad port": browsers connect to none of these.
[[nodiscard]] bool is_bad_port(const Url& url);
/// Mixed content: a page that came over https asks over http, and not on its own machine.
[[nodiscard]] bool is_mixed_content(std::string_view origin, const Url& url);
/// "redirect status" with somewhere to go.
[[nodiscard]] bool is_redirect(unsigned status);

}  // namespace understudy::app::doctor
