// Accept, and the request's own protocol. Lines of the input: Accept, Content-Type, SOAPAction.
#include <algorithm>
#include <string>

#include "answer/negotiate.h"
#include "base/text.h"
#include "fuzz/check.h"
#include "http/weighted_list.h"

namespace understudy::fuzz {
namespace {

using answer::Format;
using http::WeightedItem;
using http::WeightedList;

void check_list(std::string_view field) {
  const auto commas = static_cast<std::size_t>(std::count(field.begin(), field.end(), ','));
  WeightedList list(field);
  WeightedItem item;
  std::size_t count = 0;
  while (list.next(item)) {
    require(++count <= commas + 1, "no more elements than commas allow");
    require(item.weight <= 1000, "a weight is 0 to 1");
    require(!item.item.empty() && trim(item.item) == item.item, "an element has a trimmed name");
    require(item.item.find(';') == std::string_view::npos, "a name ends where parameters begin");
    require(lies_in(item.item, field) && lies_in(item.parameters, field), "an element points into the field");
  }
}

struct Named {
  bool wanted = false;
  bool refused = false;
};

/// Whether a list names exactly this type, without parameters.
Named look_for(std::string_view accept, std::string_view type) {
  Named named;
  WeightedList list(accept);
  WeightedItem item;
  while (list.next(item)) {
    if (!iequals(item.item, type) || !item.parameters.empty()) continue;
    (item.weight == 0 ? named.refused : named.wanted) = true;
  }
  return named;
}

/// Nobody gets a type that he refuses by name while he asks for another one by name.
void check_choice(std::string_view accept, Format chosen) {
  struct Offer {
    std::string_view type;
    Format format;
  };
  constexpr Offer kOffers[] = {
      {"application/json", Format::kJson}, {"application/problem+json", Format::kProblem},
      {"text/html", Format::kHtml},        {"text/plain", Format::kText},
      {"application/xml", Format::kXml},   {"text/xml", Format::kTextXml}};
  const bool any_wanted = std::any_of(std::begin(kOffers), std::end(kOffers), [&](const Offer& offer) {
    return look_for(accept, offer.type).wanted;
  });
  for (const Offer& offer : kOffers) {
    if (offer.format != chosen || !any_wanted) continue;
    const Named named = look_for(accept, offer.type);
    require(named.wanted || !named.refused, "a type that is refused is not sent where another one is wanted");
  }
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

Format chosen_for(std::string_view accept) {
  http::Request request;
  request.accept = accept;
  return answer::negotiate_format(request);
}

void check_accept(std::string_view accept) {
  check_list(accept);
  const Format chosen = chosen_for(accept);
  require(chosen_for(upper(accept)) == chosen, "letter case makes no difference");
  require(chosen_for(", ," + std::string(accept)) == chosen, "empty elements make no difference");
  check_choice(accept, chosen);
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  std::string_view rest = understudy::fuzz::to_text(data, size);
  understudy::http::Request request;
  request.accept = understudy::take_until(rest, '\n');
  request.content_type = understudy::take_until(rest, '\n');
  if (!rest.empty()) request.soap_action = rest;
  understudy::fuzz::check_accept(request.accept);
  const auto chosen = understudy::answer::negotiate_format(request);
  require(static_cast<std::size_t>(chosen) < understudy::model::kFormatCount, "one of the formats");
  require(understudy::answer::negotiate_format(request) == chosen, "the same again");
  understudy::answer::NegotiationMemo memo;
  require(memo.format(request) == chosen && memo.format(request) == chosen, "the memo remembers well");
  return 0;
}
