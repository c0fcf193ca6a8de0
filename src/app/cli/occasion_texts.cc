#include "app/cli/occasion_texts.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include <boost/json/value.hpp>

#include "base/text.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;

bool is_language(std::string_view tag) {
  return !tag.empty() && tag.size() <= 35 && is_alpha(tag.front()) &&
         std::all_of(tag.begin(), tag.end(), [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; });
}

Result<void> add(json::object& texts, std::string_view member, const std::vector<std::string>& given) {
  for (const std::string& one : given) {
    const auto equals = one.find('=');
    const std::string_view tag = std::string_view(one).substr(0, equals);
    if (equals == std::string::npos || !is_language(tag)) {
      return Error{fmt::format("--{} \"{}\": expected LANG=TEXT, \"en=We are back at nine.\" for instance",
                               member, printable(cut(one, 80)))};
    }
    const std::string_view text = std::string_view(one).substr(equals + 1);
    if (trim(text).empty()) return Error{fmt::format("--{} {}=: the text is missing", member, tag)};
    if (!is_utf8(text)) return Error{fmt::format("--{} {}=: the text is no UTF-8", member, tag)};
    json::value& entry = texts[tag];
    if (!entry.is_object()) entry = json::object();
    if (entry.get_object().contains(member))
      return Error{fmt::format("--{} {}=: given twice for one language", member, tag)};
    entry.get_object()[member] = text;
  }
  return {};
}

}  // namespace

Result<json::object> to_texts(const std::vector<std::string>& titles,
                              const std::vector<std::string>& messages) {
  json::object texts;
  if (const auto added = add(texts, "title", titles); !added) return added.error();
  if (const auto added = add(texts, "message", messages); !added) return added.error();
  return {boost::system::in_place_value, std::move(texts)};
}

}  // namespace understudy::app::cli
