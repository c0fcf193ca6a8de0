#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/problem.h"
#include "http/request.h"

namespace understudy::control {

/// An entity tag (RFC 9110 section 8.8.3).
struct EntityTag {
  std::string opaque;  ///< without its quotes
  enum class Strength : std::uint8_t { kStrong, kWeak } strength = Strength::kStrong;
  friend bool operator==(const EntityTag&, const EntityTag&) = default;
};

/// What If-Match or If-None-Match holds: `*`, or a list of tags.
struct TagList {
  enum class Kind : std::uint8_t { kAny, kTags } kind = Kind::kTags;
  std::vector<EntityTag> tags;
};

/// None: neither `*` nor a list of entity tags in quotes.
[[nodiscard]] std::optional<TagList> parse_tags(std::string_view text);

/// "7" in quotes.
[[nodiscard]] std::string etag_of(state::Revision revision);

/// Whether a change may be made to what stands at `current` (RFC 9110 sections 13.1.1 and 13.1.2): weak tags
/// never match. The revision to hand on: none where If-Match wasn't sent or is `*`. Problem: kStale.
[[nodiscard]] Answer<state::IfRevision> check_change(const http::Request& request, state::Revision current);

/// Whether the client's copy is the same, so that 304 is the answer. Only for what changes with its tag
/// alone.
[[nodiscard]] bool is_copy_good(const http::Request& request, std::string_view opaque);

}  // namespace understudy::control
