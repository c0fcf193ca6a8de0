// Accept-Language over the languages that are built in.
#include <string>
#include <vector>

#include "answer/negotiate.h"
#include "base/text.h"
#include "fuzz/check.h"
#include "http/weighted_list.h"
#include "model/locale.h"

namespace understudy::fuzz {
namespace {

const model::LanguageSet& built_in() {
  static const model::Locales kLocales = model::built_in_locales();
  static const model::LanguageSet kSet = [] {
    model::LanguageSet set;
    set.id = 1;
    for (const model::Locale& locale : kLocales.all()) {
      set.by_tag.emplace(lower(locale.tag), set.languages.size());
      set.languages.push_back({locale.tag, lower(locale.tag), &locale, locale.direction});
    }
    set.default_index = set.by_tag.at("en");
    return set;
  }();
  return kSet;
}

std::string primary(std::string_view tag) { return lower(tag.substr(0, tag.find('-'))); }

/// Languages under another code that mean the same, or the nearest that is built in.
bool is_related(const std::string& range, const std::string& language) {
  static const std::vector<std::pair<std::string, std::string>> kRelated = {
      {"no", "nb"}, {"nn", "nb"}, {"iw", "he"}, {"in", "id"}};
  if (range == language || range == "*") return true;
  for (const auto& [from, to] : kRelated) {
    if (range == from && language == to) return true;
  }
  return false;
}

/// A language is chosen because some range asks for it, or it is the default.
void check_reason(std::string_view field, std::size_t chosen) {
  const model::LanguageSet& offered = built_in();
  if (chosen == offered.default_index) return;
  const std::string& tag = offered.languages[chosen].tag;
  http::WeightedList list(field);
  http::WeightedItem item;
  bool asked = false;
  std::size_t looked_at = 0;
  constexpr std::size_t kLookedAt = 64;
  while (looked_at++ < kLookedAt && list.next(item)) {
    asked = asked || (item.weight > 0 && is_related(primary(item.item), primary(tag)));
    require(item.weight > 0 || !iequals(item.item, tag), "a language that is refused is not sent");
  }
  require(asked, "some range asks for the language");
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  const std::string_view field = understudy::fuzz::to_text(data, size);
  const auto& offered = understudy::fuzz::built_in();
  const std::size_t chosen = understudy::answer::negotiate_language(field, offered);
  require(chosen < offered.languages.size(), "one of the languages offered");
  require(understudy::answer::negotiate_language(field, offered) == chosen, "the same again");
  require(understudy::answer::negotiate_language(understudy::lower(field), offered) == chosen,
          "letter case makes no difference");
  understudy::answer::NegotiationMemo memo;
  require(memo.language(field, offered) == chosen && memo.language(field, offered) == chosen,
          "the memo remembers well");
  understudy::fuzz::check_reason(field, chosen);
  return 0;
}
