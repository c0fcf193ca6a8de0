#include "state/group_config.h"

#include <string>

namespace understudy::state {
namespace {

std::string origin_text(const model::OriginPattern& pattern) {
  std::string text = pattern.scheme + "://";
  if (pattern.any_subdomain) text += "*.";
  text += pattern.host;
  if (pattern.any_port) {
    text += ":*";
  } else if (!pattern.port.empty()) {
    text.append(":").append(pattern.port);
  }
  return text;
}

}  // namespace

config::GroupConfig config_of(const model::Group& group) {
  config::GroupConfig config;
  config.name = group.name;
  config.id = group.id;
  config.hosts = group.hosts;
  config.languages = group.texts->configured;
  config.retry_after = group.retry_after;
  config.retry_jitter = group.retry_jitter_percent;
  config.flag_file = group.flag_file;
  config.page_dir = group.page_dir;
  config.texts = group.texts->own;
  const model::CorsPolicy& policy = *group.cors;
  if (policy.any_origin) config.cors.origins.emplace_back("*");
  for (std::size_t i = 0; i < policy.origins.size(); ++i) config.cors.origins.emplace_back(policy.origins[i]);
  for (const model::OriginPattern& pattern : policy.patterns)
    config.cors.origins.push_back(origin_text(pattern));
  config.cors.methods = policy.methods;
  config.cors.headers = policy.headers;
  config.cors.credentials = policy.lines->credentials;
  config.cors.expose = policy.lines->expose;
  config.cors.max_age = policy.lines->max_age;
  const model::GatePolicy& gate = *group.gate;
  config.gate = {gate.paths, gate.exempt, gate.reads, gate.ramp_cookie};
  config.bypass = {gate.networks.all(), gate.cookie,    gate.header,       gate.cookie_domain,
                   gate.same_site,      gate.redirects, gate.password_hash};
  return config;
}

}  // namespace understudy::state
