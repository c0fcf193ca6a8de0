#include "control/preconditions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace understudy::control {
namespace {

/// All If-Match fields as one list (RFC 9110 section 5.3). None: none came.
std::optional<std::string> if_match(const http::Request& request) {
  std::optional<std::string> joined;
  for (const http::Field& field : request.others) {
    if (!iequals(field.name, "If-Match")) continue;
    joined = joined ? *joined + "," + std::string(field.value) : std::string(field.value);
  }
  return joined;
}

/// etagc (RFC 9110 section 8.8.3): anything visible but a quote.
bool is_tag_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte != 0x7F);
}

std::optional<EntityTag> take_tag(std::string_view& rest) {
  EntityTag tag;
  if (rest.starts_with("W/")) {
    tag.strength = EntityTag::Strength::kWeak;
    rest.remove_prefix(2);
  }
  if (!rest.starts_with('"')) return std::nullopt;
  const auto end = rest.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  tag.opaque = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  if (!std::all_of(tag.opaque.begin(), tag.opaque.end(), is_tag_byte)) return std::nullopt;
  return tag;
}

bool holds_strongly(const TagList& list, std::string_view opaque) {
  return list.kind == TagList::Kind::kAny ||
         std::find(list.tags.begin(), list.tags.end(), EntityTag{std::string(opaque)}) != list.tags.end();
}

bool holds_weakly(const TagList& list, std::string_view opaque) {
  return list.kind == TagList::Kind::kAny ||
         std::any_of(list.tags.begin(), list.tags.end(),
                     [&](const EntityTag& tag) { return tag.opaque == opaque; });
}

}  // namespace

std::optional<TagList> parse_tags(std::string_view text) {
  TagList list;
  std::string_view rest = trim(text);
  if (rest == "*") {
    list.kind = TagList::Kind::kAny;
    return list;
  }
  while (!rest.empty()) {
    if (rest.front() == ',') {  // empty elements are to be ignored (RFC 9110 section 5.6.1.2)
      rest = trim(rest.substr(1));
      continue;
    }
    auto tag = take_tag(rest);
    rest = trim(rest);
    if (!tag || (!rest.empty() && rest.front() != ',')) return std::nullopt;
    list.tags.push_back(std::move(*tag));
  }
  if (list.tags.empty()) return std::nullopt;
  return list;
}

std::string etag_of(state::Revision revision) { return fmt::format("\"{}\"", revision); }

Answer<state::IfRevision> check_change(const http::Request& request, state::Revision current) {
  const std::string opaque = std::to_string(current);
  state::IfRevision expected;
  if (const auto header = if_match(request)) {
    const auto list = parse_tags(*header);
    if (!list) {
      return Problem{
          ProblemKind::kStale,
          fmt::format("If-Match is neither * nor a list of tags in quotes: {}", presentable(*header)),
          "If-Match"};
    }
    if (!holds_strongly(*list, opaque)) {
      return Problem{ProblemKind::kStale,
                     fmt::format("it stands at \"{}\" now, not at {}: read it again, and decide anew", opaque,
                                 presentable(*header)),
                     "If-Match"};
    }
    if (list->kind == TagList::Kind::kTags) expected = current;
  }
  if (request.if_none_match.data() != nullptr) {
    const auto list = parse_tags(request.if_none_match);
    if (!list || holds_weakly(*list, opaque)) {
      return Problem{ProblemKind::kStale,
                     fmt::format("If-None-Match: it is there, and stands at \"{}\"", opaque),
                     "If-None-Match"};
    }
  }
  return expected;
}

bool is_copy_good(const http::Request& request, std::string_view opaque) {
  if (request.if_none_match.data() == nullptr) return false;
  const auto list = parse_tags(request.if_none_match);
  return list && holds_weakly(*list, opaque);
}

}  // namespace understudy::control
