#pragma once

#include <string>
#include <string_view>

#include "answer/body.h"

namespace understudy::answer {

/// The built-in HTML page. Everything an operator wrote is escaped by the template engine.
[[nodiscard]] std::string render_page(const BodyInput& input);

/// As the pages' templates escape.
[[nodiscard]] std::string escape_markup(const std::string& text);

/// 'sha256-…' of a built-in file, for a Content-Security-Policy (CSP level 3, section 2.3.1).
[[nodiscard]] std::string hash_source(std::string_view file);

/// The page's Content-Security-Policy: nothing is loaded from anywhere, and only the page's own
/// style and script, named by their hashes, are applied (CSP level 3).
[[nodiscard]] const std::string& page_security_policy();

}  // namespace understudy::answer
