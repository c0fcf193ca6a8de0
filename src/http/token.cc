#include "http/token.h"

#include <algorithm>

#include "base/text.h"
#include "http/scan.h"

namespace understudy::http {

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_byte);
}

bool is_token_list(std::string_view text) {
  while (!text.empty()) {
    const std::string_view name = trim(take_until(text, ','));
    if (!name.empty() && !is_token(name)) return false;
  }
  return true;
}

}  // namespace understudy::http
