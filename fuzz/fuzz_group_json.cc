// A group as the admin API takes it: JSON.
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "config/group_json.h"
#include "fuzz/check.h"

namespace understudy::fuzz {
namespace {

namespace json = boost::json;

void check_faults(const config::InvalidGroup& invalid) {
  require(!invalid.fields.empty(), "a refusal says why");
  for (const auto& [field, message] : invalid.fields) {
    require(!field.empty() || message.starts_with("unknown key"), "a fault names its field");
    require(!message.empty(), "a fault says what it is");
    require(!has_control(message) && is_utf8(message), "a fault is one line, whatever it quotes");
  }
}

void check_group(const config::GroupConfig& group, const model::Locales& locales) {
  require(group.id.size() == 36 && !group.name.empty(), "a sound group has name and id");
  require(group.flag_file.empty() && group.page_dir.empty(), "no file of the server is named");
  require(group.retry_after.count() >= 1000 && group.retry_jitter <= 100, "numbers are in range");
  const json::object shown = config::group_to_record(group);
  const auto again = config::read_group(shown, locales);
  require(again.has_value(), "what is stored can be read");
  require(json::serialize(config::group_to_record(*again)) == json::serialize(shown),
          "and is the same again");
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace config = understudy::config;
  static const understudy::model::Locales kLocales = understudy::model::built_in_locales();
  const std::string_view text = understudy::fuzz::to_text(data, size);
  boost::system::error_code error;
  const auto value = boost::json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return 0;
  const auto group = config::read_group(value.get_object(), kLocales);
  if (group.has_error()) {
    understudy::fuzz::check_faults(group.error());
  } else {
    understudy::fuzz::check_group(*group, kLocales);
  }
  return 0;
}
