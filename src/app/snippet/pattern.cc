#include "app/snippet/pattern.h"

#include <algorithm>

#include <fmt/format.h>

namespace understudy::app::snippet {
namespace {

constexpr Pattern kPatterns[] = {
    {.proxy = "haproxy",
     .style = "tell",
     .is_default = true,
     .need = Need::kMapFile,
     .file = "/etc/haproxy/haproxy.cfg",
     .what = "understudy writes a map file and sets the map over HAProxy's admin socket",
     .cannot = "signed links (understudy pass) and gradual reopening (off --ramp): these need --style ask\n"
               "HAProxy's own 502 and 504 of a request that an app took and dropped: a static answer with "
               "CORS, not understudy's",
     .against = "HAProxy 2.6"},
    {.proxy = "haproxy",
     .style = "ask",
     .need = Need::kSpoe,
     .file = "/etc/haproxy/haproxy.cfg",
     .what = "HAProxy asks understudy's SPOE agent about every request",
     .cannot = "HAProxy's own 502 and 504 of a request that an app took and dropped: a static answer with "
               "CORS, not understudy's\n"
               "signed links while understudy is dead: nobody can tell whether they are good\n"
               "a HAProxy that restarts while understudy is dead: it opens",
     .against = "HAProxy 2.6"},
    {.proxy = "haproxy",
     .style = "probe",
     .file = "/etc/haproxy/haproxy.cfg",
     .what = "HAProxy polls two opposite health checks: the group is open, the group is closed",
     .cannot = "read-only, signed links and gradual reopening: a health check knows up and down alone\n"
               "a switch at once: it takes two rounds of checks, up to 0.6 s\n"
               "understudy dead during maintenance: HAProxy opens after a second; use --style tell to stay "
               "closed\n"
               "HAProxy's own 502 and 504 of a request that an app took and dropped: a static answer with "
               "CORS, not understudy's",
     .against = "HAProxy 2.6"},
    {.proxy = "haproxy",
     .style = "agent",
     .need = Need::kAgentCheck,
     .file = "/etc/haproxy/haproxy.cfg",
     .what = "HAProxy's agent-check asks understudy for each server of the API",
     .cannot = "read-only, signed links and gradual reopening: an agent stops and starts servers alone\n"
               "a switch at once: it takes up to half a second, and servers leave and return one by one\n"
               "a HAProxy that restarts while understudy is dead: it opens\n"
               "HAProxy's own 502 and 504 of a request that an app took and dropped: a static answer with "
               "CORS, not understudy's",
     .against = "HAProxy 2.6"},
    {.proxy = "varnish",
     .style = "probe",
     .is_default = true,
     .file = "/etc/varnish/default.vcl",
     .what = "Varnish polls two opposite health checks: the group is open, the group is closed",
     .cannot =
         "read-only, signed links and gradual reopening: a health check knows up and down alone\n"
         "a switch at once: it takes up to a round of checks, 0.3 s\n"
         "understudy dead during maintenance: Varnish opens after 0.3 s\n"
         "a request whose body an app took before it died, or a WebSocket to it: Varnish's own 503, with "
         "CORS, or a closed connection",
     .against = "Varnish 7.1"},
    {.proxy = "nginx",
     .style = "tell",
     .is_default = true,
     .need = Need::kFlagFolder,
     .file = "/etc/nginx/conf.d/understudy.conf",
     .what = "understudy makes and removes flag files, and nginx looks at them with every request",
     .cannot = "signed links (understudy pass) and gradual reopening (off --ramp): these need --style ask\n"
               "understudy on another host: the files are nginx's; use --style ask there",
     .against = "nginx 1.22"},
    {.proxy = "nginx",
     .style = "ask",
     .file = "/etc/nginx/conf.d/understudy.conf",
     .what = "nginx asks understudy's gate about every request (auth_request)",
     .cannot = "understudy dead during maintenance: nginx opens; use --style tell to stay closed",
     .against = "nginx 1.22"},
    {.proxy = "caddy",
     .style = "ask",
     .is_default = true,
     .file = "/etc/caddy/Caddyfile",
     .what = "Caddy asks understudy's gate about every request (reverse_proxy with handle_response)",
     .cannot = "understudy dead during maintenance: Caddy opens; use --style tell to stay closed",
     .against = "Caddy 2.6"},
    {.proxy = "caddy",
     .style = "tell",
     .need = Need::kFlagFolder,
     .file = "/etc/caddy/Caddyfile",
     .what = "understudy makes and removes flag files, and Caddy looks at them with every request",
     .cannot = "signed links (understudy pass) and gradual reopening (off --ramp): these need --style ask\n"
               "understudy on another host: the files are Caddy's; use --style ask there",
     .against = "Caddy 2.6"},
    {.proxy = "apache",
     .style = "tell",
     .is_default = true,
     .need = Need::kFlagFolder,
     .file = "/etc/apache2/sites-available/understudy.conf",
     .what = "understudy makes and removes flag files, and Apache looks at them with every request",
     .cannot =
         "signed links (understudy pass) and gradual reopening (off --ramp): Apache can't ask per request\n"
         "understudy on another host: the files are Apache's\n"
         "a preflight that an app took and then dropped: 503, for Apache turns it into a GET",
     .against = "Apache 2.4"},
    {.proxy = "traefik",
     .style = "ask",
     .is_default = true,
     .file = "/etc/traefik/dynamic/understudy.yml",
     .what = "Traefik asks understudy's gate about every request (forwardAuth) and routes by the verdict",
     .cannot =
         "understudy dead during maintenance: Traefik opens once its health check has noticed\n"
         "understudy dead while open: requests fail until the health check has noticed, up to a second\n"
         "understudy and the API both dead: Traefik's own 502 or 503, without CORS",
     .against = ""},
    {.proxy = "envoy",
     .style = "ask",
     .is_default = true,
     .file = "/etc/envoy/envoy.yaml",
     .what = "Envoy asks understudy's gate about every request (ext_authz) and routes by the verdict",
     .cannot = "understudy dead during maintenance: Envoy opens\n"
               "understudy and the API both dead: Envoy's own 503, without CORS",
     .against = ""},
    {.proxy = "kubernetes",
     .style = "tell",
     .is_default = true,
     .file = "understudy-route.yml",
     .what = "kubectl points a Gateway API route at understudy; ingress-nginx has it answer failures",
     .cannot = "a switch by understudy itself: the route is switched by kubectl, and `understudy on` gives "
               "the text\n"
               "bypass, signed links, read-only and gradual reopening: a route knows hosts, paths and "
               "headers alone\n"
               "an API's own 502, 503 and 504 behind ingress-nginx: it can't tell them from its own\n"
               "understudy dead: the route still leads to it; point it back",
     .against = ""},
};

}  // namespace

std::span<const Pattern> patterns() { return kPatterns; }

const Pattern* find_pattern(std::string_view proxy, const std::optional<std::string>& style) {
  const auto found = std::find_if(std::begin(kPatterns), std::end(kPatterns), [&](const Pattern& pattern) {
    return pattern.proxy == proxy && (style ? pattern.style == *style : pattern.is_default);
  });
  return found == std::end(kPatterns) ? nullptr : found;
}

std::vector<std::string> proxy_names() {
  std::vector<std::string> names;
  for (const Pattern& pattern : kPatterns) {
    if (pattern.is_default) names.emplace_back(pattern.proxy);
  }
  return names;
}

std::vector<std::string> styles_of(std::string_view proxy) {
  std::vector<std::string> styles;
  for (const Pattern& pattern : kPatterns) {
    if (pattern.proxy == proxy) styles.emplace_back(pattern.style);
  }
  return styles;
}

std::string template_of(const Pattern& pattern) {
  return fmt::format("pages/snippets/{}-{}.mustache", pattern.proxy, pattern.style);
}

}  // namespace understudy::app::snippet
