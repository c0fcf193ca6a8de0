#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/doctor/fetch_rules.h"
#include "app/doctor/url.h"
#include "net/client.h"

namespace understudy::app::doctor {

/// What a page's script does: fetch(url, {method, headers, body}).
struct Page {
  std::string origin;  ///< as browsers send it; "null" for a sandboxed page
  Url url;
  std::string method = "GET";
  net::HeaderFields headers;  ///< those that the script sets
  std::string cookie;         ///< what the browser holds for the API; sent where credentials are included
  std::string body;
};

/// What one request is for.
enum class Purpose : std::uint8_t {
  kPreflight,
  kRequest,
  kStranger,  ///< asks in the name of an origin that nobody owns
};

struct Asked {
  Purpose purpose = Purpose::kRequest;
  std::string method;
  Url url;
  net::HeaderFields headers;
  std::string body;
  friend bool operator==(const Asked&, const Asked&) = default;
};

struct Exchange {
  Asked asked;
  net::ClientAttempt answer;
};

/// Sends one request. The same question may be asked again, in the other credentials mode: whoever sends may
/// answer from memory.
using Send = std::function<net::ClientAttempt(const Asked&)>;

/// Why a browser gives a script nothing.
struct Trouble {
  enum class Kind : std::uint8_t {
    kBlockedPort,
    kMixedContent,
    kFault,            ///< no answer at all; the exchange says why
    kPreflightStatus,  ///< not 200 to 299
    kCors,             ///< `cors` says why
    kGap,              ///< `gap` says what the preflight's answer lacks
    kRedirectAddress,  ///< leads nowhere that http knows
    kRedirectUser,     ///< to an address with a user or password in it
    kRedirectLoop,
    kRedirectsMany,  ///< more than are followed here
  };
  Kind kind;
  CorsCheck cors = CorsCheck::kPasses;
  PreflightGap gap = {PreflightGap::Kind::kMethod, {}};
  std::string detail = {};
  std::size_t exchange = 0;  ///< which one of the visit's came to grief, where any was sent
};

/// What the script gets.
struct Verdict {
  enum class Outcome : std::uint8_t {
    kResolves,
    kRejects,
    kWaits,    ///< no answer in time: a browser would wait on
    kUnknown,  ///< not followed to its end
  };
  enum class Body : std::uint8_t { kNone, kWhole, kCut, kWaits };
  Outcome outcome = Outcome::kRejects;
  unsigned status = 0;  ///< as the script sees it
  Body body = Body::kNone;
  Exposure headers;
};

/// One fetch in one credentials mode, as a browser does it.
struct Visit {
  Credentials credentials = Credentials::kOmit;
  std::vector<Exchange> exchanges;
  std::vector<Trouble> troubles;  ///< where the outcome is kResolves: such as Chromium overlooks for now
  std::string origin;             ///< what the last request named: "null" behind some redirects
  bool cross = true;              ///< whether CORS applied to the last request
  Verdict verdict;

  /// The last exchange; null where nothing was asked.
  [[nodiscard]] const Exchange* last() const { return exchanges.empty() ? nullptr : &exchanges.back(); }
  /// The first preflight; null where none was needed.
  [[nodiscard]] const Exchange* preflight() const;
};

/// Does what fetch() does (main fetch, HTTP fetch, HTTP-redirect fetch): a preflight where one is needed, the
/// request, redirects up to five. REQUIRES: methods and headers are such as JavaScript may send.
[[nodiscard]] Visit visit(const Page& page, Credentials credentials, const Send& send);

/// Whether the page's first request is preceded by a preflight.
[[nodiscard]] bool needs_preflight(const Page& page);

constexpr std::string_view kStrangerOrigin = "https://understudy-doctor.invalid";
/// The same question from an origin that nobody can have allowed by name: the preflight where there is one or
/// the method is unsafe, so that nothing is done twice.
[[nodiscard]] Asked stranger(const Page& page);

}  // namespace understudy::app::doctor
