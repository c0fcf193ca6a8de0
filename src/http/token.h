#pragma once

#include <string_view>

namespace understudy::http {

/// Whether `text` is a token (RFC 9110 section 5.6.2): what methods and header names are made of.
[[nodiscard]] bool is_token(std::string_view text);
/// Whether `text` is a list of tokens, perhaps with empty elements (RFC 9110 section 5.6.1).
[[nodiscard]] bool is_token_list(std::string_view text);

}  // namespace understudy::http
