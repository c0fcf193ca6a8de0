#include "answer/negotiate.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "http/weighted_list.h"

namespace understudy::answer {
namespace {

using http::WeightedItem;
using http::WeightedList;

struct OfferedType {
  std::string_view type;
  std::string_view subtype;
  Format format;
};
constexpr std::array<OfferedType, 6> kOffered = {{
    {"application", "json", Format::kJson},
    {"application", "problem+json", Format::kProblem},
    {"text", "html", Format::kHtml},
    {"text", "plain", Format::kText},
    {"application", "xml", Format::kXml},
    {"text", "xml", Format::kTextXml},
}};

/// A range with parameters that no offered type has (`text/html;level=1`) doesn't match strictly;
/// a charset of UTF-8 is what is sent anyway.
bool is_plain(std::string_view parameters) {
  return parameters.empty() || iequals(parameters, "charset=utf-8") ||
         iequals(parameters, "charset=\"utf-8\"");
}

struct Match {
  int specificity = -1;
  std::uint16_t weight = 0;
};

int specificity_of(std::string_view range_type, std::string_view range_subtype, const OfferedType& offered) {
  if (range_type == "*" && range_subtype == "*") return 0;
  if (!iequals(range_type, offered.type)) return -1;
  if (range_subtype == "*") return 1;
  return iequals(range_subtype, offered.subtype) ? 2 : -1;
}

void apply_range(const WeightedItem& item, std::array<Match, kOffered.size()>& matches) {
  const auto slash = item.item.find('/');
  if (slash == std::string_view::npos || !is_plain(item.parameters)) return;
  const std::string_view type = item.item.substr(0, slash);
  const std::string_view subtype = item.item.substr(slash + 1);
  for (std::size_t i = 0; i < kOffered.size(); ++i) {
    const int specificity = specificity_of(type, subtype, kOffered[i]);
    Match& match = matches[i];
    if (specificity < 0 || specificity < match.specificity) continue;
    const bool better = specificity > match.specificity || item.weight > match.weight;
    if (better) match = {specificity, item.weight};
  }
}

/// Nothing offered fits: the structured syntax suffix (RFC 6838 section 4.2.8) or the type alone
/// tells at least what the client can parse: application/vnd.shop.v2+json, application/json;version=2.
Format fallback_format(std::string_view accept) {
  WeightedList list(accept);
  WeightedItem item;
  std::optional<Format> best;
  std::uint16_t best_weight = 0;
  while (list.next(item)) {
    std::optional<Format> guess;
    const std::string type = lower(item.item);
    if (type.ends_with("/json") || type.ends_with("+json")) {
      guess = Format::kJson;
    } else if (type == "text/html" || type == "application/xhtml+xml") {
      guess = Format::kHtml;
    } else if (type.ends_with("/xml") || type.ends_with("+xml")) {
      guess = Format::kXml;
    } else if (type == "text/plain") {
      guess = Format::kText;
    }
    if (guess && item.weight > best_weight) {
      best = guess;
      best_weight = item.weight;
    }
  }
  return best.value_or(Format::kJson);
}

bool media_type_is(std::string_view field, std::string_view type) {
  return iequals(trim(field.substr(0, field.find(';'))), type);
}

bool media_type_begins(std::string_view field, std::string_view prefix) {
  return field.size() >= prefix.size() && iequals(field.substr(0, prefix.size()), prefix);
}

/// Whether Accept names `type` and nothing else that is offered.
bool accepts_only(std::string_view accept, std::string_view type) {
  WeightedList list(accept);
  WeightedItem item;
  bool found = false;
  while (list.next(item)) {
    if (item.weight == 0) continue;
    if (!iequals(item.item, type)) return false;
    found = true;
  }
  return found;
}

/// Whether Accept lists `type` by name.
bool accepts_by_name(std::string_view accept, std::string_view type) {
  WeightedList list(accept);
  WeightedItem item;
  while (list.next(item)) {
    if (item.weight > 0 && iequals(item.item, type)) return true;
  }
  return false;
}

struct Alias {
  std::string_view from;
  std::string_view to;
};
/// Where cutting subtags off doesn't lead to the script or variant meant: CLDR's likely subtags, and
/// codes that ISO 639 has replaced.
constexpr std::array<Alias, 11> kAliases = {{
    {"zh-tw", "zh-hant"},
    {"zh-hk", "zh-hant"},
    {"zh-mo", "zh-hant"},
    {"zh-cn", "zh-hans"},
    {"zh-sg", "zh-hans"},
    {"zh", "zh-hans"},
    {"no", "nb"},
    {"iw", "he"},
    {"in", "id"},
    {"nn", "nb"},
    {"pt", "pt-br"},
}};

std::optional<std::size_t> find_tag(const model::LanguageSet& offered, const std::string& tag) {
  const auto found = offered.by_tag.find(tag);
  if (found == offered.by_tag.end()) return std::nullopt;
  return found->second;
}

/// Cuts subtags off the end until something is offered; a single letter goes with what follows it.
std::optional<std::size_t> look_up(const model::LanguageSet& offered, std::string range) {
  const std::string whole = range;
  while (!range.empty()) {
    if (const auto found = find_tag(offered, range)) return found;
    const auto alias =
        std::find_if(kAliases.begin(), kAliases.end(), [&](const Alias& a) { return a.from == range; });
    if (alias != kAliases.end()) {
      if (const auto found = find_tag(offered, std::string(alias->to))) return found;
    }
    auto dash = range.rfind('-');
    if (dash == std::string::npos) break;
    if (dash >= 2 && range[dash - 2] == '-') dash -= 2;
    range.resize(dash);
  }
  // "pt" where only "pt-PT" is offered: the offered one is closer than another language.
  const std::string prefix = range + "-";
  for (std::size_t i = 0; i < offered.languages.size(); ++i) {
    if (offered.languages[i].lower_tag.starts_with(prefix)) return i;
  }
  return std::nullopt;
}

/// What the body's type leaves no choice about.
std::optional<Format> format_of_body(const http::Request& request) {
  const std::string_view type = request.content_type;
  if (type.empty()) return std::nullopt;
  if (media_type_begins(type, "application/grpc-web")) return Format::kGrpcWeb;
  if (media_type_begins(type, "application/grpc")) return Format::kGrpc;
  if (media_type_is(type, "application/soap+xml")) return Format::kSoap12;
  if (media_type_is(type, "text/xml") && request.soap_action.data() != nullptr) return Format::kSoap11;
  for (const std::string_view rpc : {"application/json-rpc", "application/jsonrequest"}) {
    if (media_type_is(type, rpc)) return Format::kJsonRpc;
  }
  for (const std::string_view graphql :
       {"application/graphql", "application/graphql+json", "application/graphql-response+json"}) {
    if (media_type_is(type, graphql)) return Format::kGraphql;
  }
  return std::nullopt;
}

Format negotiate_accept(std::string_view accept) {
  if (trim(accept).empty()) return Format::kJson;
  if (accepts_by_name(accept, "application/graphql-response+json")) return Format::kGraphql;
  if (accepts_only(accept, "text/event-stream")) return Format::kEventStream;
  if (accepts_only(accept, "application/json-rpc")) return Format::kJsonRpc;
  std::array<Match, kOffered.size()> matches;
  WeightedList list(accept);
  WeightedItem item;
  while (list.next(item)) apply_range(item, matches);
  std::size_t best = kOffered.size();
  for (std::size_t i = 0; i < kOffered.size(); ++i) {
    if (matches[i].weight == 0) continue;
    const bool better =
        best == kOffered.size() || matches[i].weight > matches[best].weight ||
        (matches[i].weight == matches[best].weight && matches[i].specificity > matches[best].specificity);
    if (better) best = i;
  }
  return best < kOffered.size() ? kOffered[best].format : fallback_format(accept);
}

}  // namespace

Format negotiate_format(const http::Request& request) {
  const auto demanded = format_of_body(request);
  return demanded ? *demanded : negotiate_accept(request.accept);
}

std::size_t negotiate_language(std::string_view accept_language, const model::LanguageSet& offered) {
  struct Range {
    std::string_view tag;
    std::uint16_t weight = 0;
  };
  constexpr std::size_t kMaxRanges = 64;  // the first ones; no person reads more languages
  std::array<Range, kMaxRanges> ranges;
  std::size_t count = 0;
  WeightedList list(accept_language);
  WeightedItem item;
  while (count < kMaxRanges && list.next(item)) ranges[count++] = {item.item, item.weight};
  std::stable_sort(ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(count),
                   [](const Range& a, const Range& b) { return a.weight > b.weight; });
  const auto is_refused = [&](std::size_t language) {
    return std::any_of(ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(count),
                       [&](const Range& range) {
                         return range.weight == 0 && iequals(range.tag, offered.languages[language].tag);
                       });
  };
  for (std::size_t i = 0; i < count && ranges[i].weight > 0; ++i) {
    if (ranges[i].tag == "*") {
      // RFC 4647 section 3.4: skipped where other ranges follow.
      if (i + 1 < count && ranges[i + 1].weight > 0) continue;
      // Any language will do, but for those that are refused by name.
      if (!is_refused(offered.default_index)) break;
      for (std::size_t language = 0; language < offered.languages.size(); ++language) {
        if (!is_refused(language)) return language;
      }
      break;
    }
    if (ranges[i].tag.size() > 64) continue;
    const auto found = look_up(offered, lower(ranges[i].tag));
    if (found && !is_refused(*found)) return *found;
  }
  return offered.default_index;
}

Coding negotiate_coding(std::string_view accept_encoding) {
  constexpr std::uint16_t kUnnamed = 0xFFFF;
  std::array<std::uint16_t, kCodingCount> weights = {kUnnamed, kUnnamed, kUnnamed, kUnnamed};
  std::uint16_t others = kUnnamed;
  WeightedList list(accept_encoding);
  WeightedItem item;
  while (list.next(item)) {
    const auto set = [&](Coding coding) { weights[static_cast<std::size_t>(coding)] = item.weight; };
    if (iequals(item.item, "br")) set(Coding::kBrotli);
    if (iequals(item.item, "zstd")) set(Coding::kZstd);
    if (iequals(item.item, "gzip") || iequals(item.item, "x-gzip")) set(Coding::kGzip);
    if (iequals(item.item, "identity")) set(Coding::kIdentity);
    if (item.item == "*") others = item.weight;
  }
  std::size_t best = static_cast<std::size_t>(Coding::kIdentity);
  std::uint16_t best_weight = 0;
  for (std::size_t i = 0; i < kCodingCount; ++i) {
    std::uint16_t weight = weights[i] != kUnnamed ? weights[i] : others;
    // Identity is acceptable unless it is refused, but only as the last resort.
    if (weight == kUnnamed) continue;
    if (weight > best_weight) {
      best = i;
      best_weight = weight;
    }
  }
  return static_cast<Coding>(best);
}

template <typename Compute>
std::uint32_t NegotiationMemo::remember(Table& table, std::string_view header, std::uint32_t set,
                                        Compute compute) {
  if (header.size() > kMaxHeader) return static_cast<std::uint32_t>(compute());
  std::size_t slot = header.size() * 31 + set;
  if (!header.empty()) {
    slot += static_cast<unsigned char>(header.front()) +
            std::size_t{7} * static_cast<unsigned char>(header.back()) +
            std::size_t{13} * static_cast<unsigned char>(header[header.size() / 2]);
  }
  Entry& entry = table[slot % kEntries];
  if (entry.known && entry.set == set && entry.header == header) return entry.result;
  const auto result = static_cast<std::uint32_t>(compute());
  entry.header.assign(header);
  entry.set = set;
  entry.result = result;
  entry.known = true;
  return result;
}

std::size_t NegotiationMemo::language(std::string_view accept_language, const model::LanguageSet& offered) {
  return remember(languages_, accept_language, offered.id,
                  [&] { return negotiate_language(accept_language, offered); });
}

Format NegotiationMemo::format(const http::Request& request) {
  if (const auto demanded = format_of_body(request)) return *demanded;
  return static_cast<Format>(
      remember(formats_, request.accept, 0, [&] { return negotiate_accept(request.accept); }));
}

Coding NegotiationMemo::coding(std::string_view accept_encoding) {
  return static_cast<Coding>(
      remember(codings_, accept_encoding, 0, [&] { return negotiate_coding(accept_encoding); }));
}

}  // namespace understudy::answer
