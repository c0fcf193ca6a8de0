// What the store gives back: JSON of switches, windows, tokens and passes, and the times in it.
#include <chrono>
#include <string>

#include "fuzz/check.h"
#include "http/date.h"
#include "state/records.h"

namespace understudy::fuzz {
namespace {

template <typename Value, typename Decode, typename Encode>
void check(std::string_view json, const Decode& decode, const Encode& encode) {
  const Result<Value> read = decode(json);
  if (!read) {
    require(!read.error().message.empty(), "a refusal says why");
    return;
  }
  const std::string written = encode(*read);
  const Result<Value> again = decode(written);
  require(again.has_value(), "what is written can be read");
  require(*again == *read, "what is read again is the same");
  require(encode(*again) == written, "one value is written one way");
}

void check_time(std::string_view text) {
  const auto time = http::parse_rfc3339(text);
  if (!time) return;
  const std::string written = http::format_rfc3339_exact(*time);
  require(http::parse_rfc3339(written) == time, "a time that is written is read as the same");
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace state = understudy::state;
  using understudy::fuzz::check;
  const std::string_view text = understudy::fuzz::to_text(data, size);
  check<understudy::model::Switch>(text, state::decode_switch, state::encode_switch);
  check<understudy::model::Window>(text, state::decode_window, state::encode_window);
  check<understudy::model::Token>(text, state::decode_token, state::encode_token);
  check<understudy::model::Pass>(text, state::decode_pass, state::encode_pass);
  check<understudy::model::PassKey>(text, state::decode_pass_key, state::encode_pass_key);
  understudy::fuzz::check_time(text);
  return 0;
}
