// A pass's token, against a book that holds one pass and one key. Lines of the input: token, group id.
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "answer/pass_page.h"
#include "base/base64.h"
#include "base/text.h"
#include "fuzz/check.h"
#include "http/form.h"
#include "model/pass.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using std::chrono::seconds;
  using understudy::fuzz::require;
  using understudy::model::PassFault;
  using understudy::model::sign_pass;
  static const understudy::WallTime kNow{seconds(1'800'000'000)};
  static const std::string kGroup = "9e428b69-47e2-48b7-a694-bb2222bf48c3";
  static const understudy::model::PassKey kKey{"00c0ffee", std::string(32, 'k'), kNow};
  static const understudy::model::Pass kPass{
      "p-0123456789abcdef", kGroup, "", kNow, kNow + seconds(60), "", 0, {}, ""};
  static const understudy::model::PassBook kBook({kPass}, {kKey});
  static const std::string kToken = sign_pass(kPass, kKey);
  std::string_view rest = understudy::fuzz::to_text(data, size);
  const std::string_view token = understudy::take_until(rest, '\n');
  const auto verified = kBook.verify(token, kGroup, kNow);
  require((verified.fault == PassFault::kNone) == (token == kToken),
          "what was signed passes, and nothing else");
  require(verified.fault != PassFault::kNone || verified.id == kPass.id, "a pass that lets through is known");
  require(!to_text(verified.fault).empty(), "every fault has a word");
  const auto other = kBook.verify(kToken, rest, kNow);
  require(other.fault == PassFault::kNone || other.fault == PassFault::kOtherGroup, "a token says its group");

  std::array<std::uint8_t, 256> bytes;
  if (const auto length = understudy::decode_base64url(token, bytes)) {
    const std::string again = understudy::base64url({reinterpret_cast<const char*>(bytes.data()), *length});
    require(again == token, "bytes have one text alone");
  }
  // The same bytes as a query, and as where a link leads.
  const std::string_view whole = understudy::fuzz::to_text(data, size);
  for (const std::string_view name : {"token", "to", "password"}) {
    const auto value = understudy::http::form_value(whole, name);
    require(!value || value->size() <= whole.size(), "decoding makes nothing longer");
  }
  static const std::vector<std::string> kOrigins = {"https://shop.example"};
  const std::string to = understudy::http::form_value(whole, "to").value_or("");
  for (const std::string_view url : {whole, std::string_view(to)}) {
    if (!understudy::answer::may_lead_to(url, kOrigins)) continue;
    require(url.starts_with(kOrigins[0]), "a link leads to the origin");
    require(url.size() == kOrigins[0].size() || url[kOrigins[0].size()] == '/' ||
                url[kOrigins[0].size()] == '?' || url[kOrigins[0].size()] == '#',
            "and not to a longer one");
    require(!understudy::fuzz::has_control(url), "it may stand in a header");
  }
  return 0;
}
