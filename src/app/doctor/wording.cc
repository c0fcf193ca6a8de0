#include "app/doctor/wording.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>

#include "base/text.h"

namespace understudy::app::doctor {
namespace {

constexpr std::size_t kMaxShown = 120;

/// "nginx" where the answer is one's own page, by its Server header or by its well-known text.
std::string_view maker_of(const net::ClientResponse& answer) {
  const std::string server = lower(answer.header("Server"));
  for (const std::string_view name : {"nginx", "apache", "caddy", "varnish", "envoy", "cloudflare"}) {
    if (server.find(name) != std::string::npos) return name;
  }
  if (icontains(answer.header("Via"), "varnish")) return "varnish";
  if (icontains(answer.body, "No server is available to handle this request") ||
      icontains(answer.body, "The server didn't respond in time") ||
      icontains(answer.body, "returned an invalid or incomplete response"))
    return "haproxy";
  return {};
}

std::string_view without_scheme(std::string_view origin) {
  const auto at = origin.find("://");
  return at == std::string_view::npos ? origin : origin.substr(at + 3);
}

}  // namespace

std::string shown(std::string_view text) {
  const std::string_view kept = cut(text, kMaxShown);
  return printable(kept) + (kept.size() < text.size() ? "…" : "");
}

std::string status_text(unsigned status) {
  const auto known = boost::beast::http::int_to_status(status);
  if (known == boost::beast::http::status::unknown) return std::to_string(status);
  const std::string reason(boost::beast::http::obsolete_reason(known));
  return fmt::format("{} {}", status, reason);
}

std::string sender_text(const net::ClientResponse& answer) {
  const std::string_view server = answer.header("Server");
  if (!server.empty()) return fmt::format(", from {}", shown(server));
  const std::string_view maker = maker_of(answer);
  return maker.empty() ? "" : fmt::format(", it seems from {}", maker == "haproxy" ? "HAProxy" : "Varnish");
}

std::string proxy_advice(const net::ClientResponse& answer) {
  const std::string_view maker = maker_of(answer);
  if (maker == "nginx")
    return "; nginx leaves add_header out of errors unless its last word is `always`, or let understudy "
           "answer "
           "through error_page";
  if (maker == "apache")
    return "; Apache sends its headers with errors where they are set by `Header always set`";
  if (maker == "caddy") return "; in Caddy, set them in handle_errors too";
  if (maker == "varnish") return "; in Varnish, set them in vcl_synth and vcl_backend_error";
  if (maker == "envoy") return "; in Envoy, local_reply_config adds headers to its own answers";
  if (maker == "cloudflare")
    return "; Cloudflare makes this page where the origin server does not answer in time";
  if (maker == "haproxy")
    return "; in HAProxy, `http-error status 503 … hdr` sets them, or an understudy as backup server answers";
  return {};
}

std::string origin_difference(std::string_view allowed, std::string_view origin) {
  if (allowed.empty()) return ": the value is empty";
  if (allowed.ends_with('/') && allowed.substr(0, allowed.size() - 1) == origin)
    return ": the slash at its end is too much";
  if (allowed != origin && iequals(allowed, origin)) return ": case counts";
  if (allowed.find("://") == std::string_view::npos && allowed != "null")
    return without_scheme(origin) == allowed ? ": the scheme is missing" : "";
  if (without_scheme(allowed) == without_scheme(origin)) return ": http and https are two origins";
  if (allowed.find('*') != std::string_view::npos) return ": a pattern is no origin, browsers know * alone";
  if (without_scheme(allowed).starts_with(without_scheme(origin)) ||
      without_scheme(origin).starts_with(without_scheme(allowed)))
    return ": the port counts";
  return {};
}

}  // namespace understudy::app::doctor
