#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/request.h"

namespace understudy::answer {

/// What a proxy wants to know at /_understudy/gate. Views into its request.
struct GateAsk {
  enum class Kind : std::uint8_t {
    kQuestion,  ///< may this request pass?
    kIsOpen,    ///< a probe: is the group open?
    kIsClosed,  ///< the opposite probe
  };
  Kind kind = Kind::kQuestion;
  std::string_view group;     ///< named in the query or in the probe's path; empty: as everywhere
  std::string_view method;    ///< of the request asked about; empty where it is in doubt
  std::string_view target;    ///< of the request asked about; "*", which is no path, where it is in doubt
  bool wants_answer = false;  ///< `?answer`: instead of 403 what the client shall get
  /// `?status=200`: 200 in any case, the verdict in the headers alone. For proxies that hand any other status
  /// on to the client (Traefik) or take a 5xx for a dead gate (Envoy), and can choose a route by a header.
  bool wants_200 = false;
};

/// None: the request is no question. What is asked about stands in X-Original-URI (or -URL) and
/// X-Original-Method, else in X-Forwarded-Uri and X-Forwarded-Method, else the request itself is meant: its
/// method, and what follows /_understudy/gate in its path, or `/_understudy/gate?answer` in its target. A
/// client may send such headers along past a proxy that sets others: where they disagree, what is asked about
/// is in doubt, and neither exempt nor a read. Pure.
[[nodiscard]] std::optional<GateAsk> read_gate(const http::Request& request);

}  // namespace understudy::answer
