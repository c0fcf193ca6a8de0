// Accept-Encoding.
#include <string>

#include "answer/compress.h"
#include "answer/negotiate.h"
#include "base/text.h"
#include "fuzz/check.h"
#include "http/weighted_list.h"

namespace understudy::fuzz {
namespace {

using answer::Coding;

/// A coding is sent only where the list names it, or everything, with a weight above 0.
void check_wanted(std::string_view field, Coding chosen) {
  if (chosen == Coding::kIdentity) return;
  const std::string_view name = answer::content_encoding(chosen);
  http::WeightedList list(field);
  http::WeightedItem item;
  bool named = false;
  bool wanted = false;
  bool others = false;
  while (list.next(item)) {
    const bool same = iequals(item.item, name) || (name == "gzip" && iequals(item.item, "x-gzip"));
    named = named || same;
    wanted = wanted || (same && item.weight > 0);
    others = others || (item.item == "*" && item.weight > 0);
  }
  require(named ? wanted : others, "a coding that the client wants");
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  const std::string_view field = understudy::fuzz::to_text(data, size);
  const auto chosen = understudy::answer::negotiate_coding(field);
  require(static_cast<std::size_t>(chosen) < understudy::answer::kCodingCount, "one of the codings");
  require(understudy::answer::negotiate_coding(field) == chosen, "the same again");
  require(understudy::answer::negotiate_coding(understudy::lower(field)) == chosen,
          "letter case makes no difference");
  understudy::answer::NegotiationMemo memo;
  require(memo.coding(field) == chosen && memo.coding(field) == chosen, "the memo remembers well");
  understudy::fuzz::check_wanted(field, chosen);
  return 0;
}
