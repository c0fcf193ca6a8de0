#pragma once

#include <string>
#include <string_view>

#include "answer/body.h"

namespace understudy::answer {

/// The built-in HTML page. Everything an operator wrote is escaped by the template engine.
[[nodiscard]] std::string render_page(const BodyInput& input);

/// The page's Content-Security-Policy: nothing is loaded from anywhere, and only the page's own
/// style and script, named by their hashes, are applied (CSP level 3).
[[nodiscard]] const std::string& page_security_policy();

}  // namespace understudy::answer
