#include "gate/spop_message.h"

#include <cstring>

#include "answer/client_address.h"
#include "gate/spop_frame.h"
#include "http/target.h"

namespace understudy::gate {
namespace {

using Type = SpopValue::Type;

constexpr std::string_view kMessage = "understudy";

/// HAProxy's `src` is an address; a header taken for one is a string.
std::optional<answer::Address> to_address(const SpopValue& value) {
  answer::Address address{};
  switch (value.type) {
    case Type::kIpv4:
      address[10] = address[11] = 0xFF;
      std::memcpy(address.data() + 12, value.bytes.data(), 4);
      return address;
    case Type::kIpv6:
      std::memcpy(address.data(), value.bytes.data(), 16);
      return address;
    case Type::kString:
      return answer::parse_address(value.bytes);
    default:
      return std::nullopt;
  }
}

/// A path that no rule fits: what can't be read is nobody's exception.
constexpr std::string_view kInDoubt = "*";

void take(SpopQuestion& asked, std::string_view name, const SpopValue& value) {
  if (name == "ip") {
    asked.question.client = to_address(value);
    return;
  }
  const std::string_view text = value.is_text() ? value.bytes : std::string_view();
  if (name == "group") {
    asked.group = text;
  } else if (name == "host") {
    asked.host = text;
  } else if (name == "method") {
    asked.question.method = text;
  } else if (name == "path") {
    // HAProxy's `url` is in absolute form for HTTP/2.
    asked.question.target = http::origin_form(text).value_or(kInDoubt);
  } else if (name == "cookie") {
    asked.question.cookies = text;
  } else if (name == "pass") {
    asked.question.pass = text;
  } else if (name == "header") {
    asked.question.header = text;
  }
}

}  // namespace

SpopNotify parse_notify(std::string_view payload) {
  SpopReader reader(payload);
  SpopNotify notify;
  while (reader.more()) {
    const bool ours = reader.text() == kMessage;
    const std::uint8_t arguments = reader.byte();
    SpopQuestion asked;
    for (unsigned i = 0; i < arguments && reader.ok(); ++i) {
      const std::string_view name = reader.text();
      const SpopValue value = reader.value();
      if (ours && reader.ok()) take(asked, name, value);
    }
    if (ours && reader.ok()) notify.asked = asked;
  }
  notify.well_formed = reader.ok();
  return notify;
}

}  // namespace understudy::gate
