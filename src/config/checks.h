#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/settings.h"

namespace understudy::config {

// Rules beyond type and bounds, one function each, for the rows in settings.cc. Pure, but for
// check_page_dir, which looks at the folder.

[[nodiscard]] Objections check_listen(const Value& value);
[[nodiscard]] Objections check_stream_listen(const Value& value);
[[nodiscard]] Objections check_networks(const Value& value);
[[nodiscard]] Objections check_header_name(const Value& value);
[[nodiscard]] Objections check_level(const Value& value);
[[nodiscard]] Objections check_format(const Value& value);
[[nodiscard]] Objections check_uuid(const Value& value);
[[nodiscard]] Objections check_hosts(const Value& value);
[[nodiscard]] Objections check_languages(const Value& value);
[[nodiscard]] Objections check_origins(const Value& value);
[[nodiscard]] Objections check_tokens(const Value& value);
[[nodiscard]] Objections check_absolute_path(const Value& value);
[[nodiscard]] Objections check_page_dir(const Value& value);
[[nodiscard]] Objections check_store_path(const Value& value);
[[nodiscard]] Objections check_hard_limit(const Value& value);
[[nodiscard]] Objections check_url(const Value& value);
[[nodiscard]] Objections check_webhook_format(const Value& value);
[[nodiscard]] Objections check_events(const Value& value);
[[nodiscard]] Objections check_runtime(const Value& value);
[[nodiscard]] Objections check_map_file(const Value& value);
[[nodiscard]] Objections check_proxy_servers(const Value& value);
[[nodiscard]] Objections check_flag_folder(const Value& value);

// gate_checks.cc
[[nodiscard]] Objections check_patterns(const Value& value);
[[nodiscard]] Objections check_cookie_name(const Value& value);
[[nodiscard]] Objections check_bypass_cookie(const Value& value);
[[nodiscard]] Objections check_bypass_header(const Value& value);
[[nodiscard]] Objections check_cookie_domain(const Value& value);
[[nodiscard]] Objections check_same_site(const Value& value);
[[nodiscard]] Objections check_redirects(const Value& value);
[[nodiscard]] Objections check_password_hash(const Value& value);

/// Whether `tag` looks like a language tag (RFC 5646, loosely): "de", "zh-Hant", "pt-BR".
[[nodiscard]] bool is_language_tag(std::string_view tag);

/// A host name of DNS, in any case, without a dot at the end.
[[nodiscard]] bool is_dns_name(std::string_view host);
/// "com", "co.uk": anybody can register a name below it.
[[nodiscard]] bool is_public_suffix(const std::string& domain);
/// What is wrong with an origin, "*" and "null" allowed; none if nothing is.
[[nodiscard]] std::optional<Objection> judge_origin(const std::string& text);

}  // namespace understudy::config
