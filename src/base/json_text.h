#pragma once

#include <string>
#include <string_view>

namespace understudy {

/// Appends `text` as a JSON string with its quotes (RFC 8259 section 7). Bytes that are no UTF-8
/// become U+FFFD, so that whatever a client sent, the line stays valid JSON. Escapes U+2028 and
/// U+2029 as well, which JavaScript once took for line ends, and `<`, so that no `</script>` survives.
void append_json_string(std::string& out, std::string_view text);

}  // namespace understudy
