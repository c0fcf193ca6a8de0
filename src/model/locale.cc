#include "model/locale.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <boost/json/parse.hpp>

#include "base/embedded.h"
#include "base/text.h"

namespace understudy::model {
namespace {

namespace json = boost::json;

/// Collects the first thing missing, so that a file is read without a branch for every key.
class Reader {
 public:
  std::string take(const json::object& object, std::string_view key) {
    const auto* found = object.if_contains(key);
    if (found == nullptr || !found->is_string()) {
      if (missing_.empty()) missing_ = key;
      return {};
    }
    return std::string(found->as_string());
  }
  json::object section(const json::object& object, std::string_view key) {
    const auto* found = object.if_contains(key);
    if (found != nullptr && found->is_object()) return found->as_object();
    if (missing_.empty()) missing_ = key;
    return {};
  }
  [[nodiscard]] const std::string& missing() const { return missing_; }

 private:
  std::string missing_;
};

const Locale* require_english(const std::vector<Locale>& locales) {
  const auto found =
      std::find_if(locales.begin(), locales.end(), [](const Locale& l) { return l.tag == "en"; });
  if (found == locales.end()) throw std::logic_error("the built-in languages lack English");
  return &*found;
}

std::vector<Locale> sorted(std::vector<Locale> locales) {
  std::sort(locales.begin(), locales.end(), [](const Locale& a, const Locale& b) { return a.tag < b.tag; });
  return locales;
}

}  // namespace

Locales::Locales(std::vector<Locale> locales)
    : locales_(sorted(std::move(locales))), english_(require_english(locales_)) {}

const Locale* Locales::find(std::string_view tag) const {
  const auto found =
      std::find_if(locales_.begin(), locales_.end(), [&](const Locale& l) { return iequals(l.tag, tag); });
  return found == locales_.end() ? nullptr : &*found;
}

const Locale& Locales::closest(std::string_view tag) const {
  for (;;) {
    if (const Locale* locale = find(tag)) return *locale;
    const auto dash = tag.rfind('-');
    if (dash == std::string_view::npos) return english();
    tag = tag.substr(0, dash);
  }
}

Result<Locale> parse_locale(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return Error{"expected a JSON object: " + error.message()};
  const json::object& object = value.as_object();
  Reader reader;
  Locale locale;
  locale.tag = reader.take(object, "tag");
  locale.name = reader.take(object, "name");
  locale.direction = reader.take(object, "dir") == "rtl" ? Direction::kRightToLeft : Direction::kLeftToRight;
  for (const Reason reason : kReasons) {
    const json::object section = reader.section(object, to_text(reason));
    Text& out = locale.texts[static_cast<std::size_t>(reason)];
    out.title = reader.take(section, "title");
    out.message = reader.take(section, "message");
  }
  const json::object page = reader.section(object, "page");
  locale.labels = {reader.take(page, "since"),    reader.take(page, "until"), reader.take(page, "countdown"),
                   reader.take(page, "checking"), reader.take(page, "retry"), reader.take(page, "back"),
                   reader.take(page, "footer")};
  if (!reader.missing().empty()) return Error{fmt::format("expected a string for \"{}\"", reader.missing())};
  return locale;
}

Locales built_in_locales() {
  std::vector<Locale> locales;
  for (const EmbeddedFile& file : embedded_files("pages/locales/")) {
    auto locale = parse_locale(file.content);
    if (!locale) throw std::logic_error(fmt::format("{}: {}", file.name, locale.error().message));
    locales.push_back(std::move(locale.value()));
  }
  return Locales(std::move(locales));
}

Direction direction_of(std::string_view tag) {
  static constexpr std::string_view kRightToLeft[] = {"ar", "arc", "ckb", "dv", "fa", "he", "iw",
                                                      "ks", "ps",  "sd",  "ug", "ur", "yi"};
  const std::string language = lower(tag.substr(0, tag.find('-')));
  const bool found =
      std::find(std::begin(kRightToLeft), std::end(kRightToLeft), language) != std::end(kRightToLeft);
  return found || icontains(tag, "-arab") || icontains(tag, "-hebr") ? Direction::kRightToLeft
                                                                     : Direction::kLeftToRight;
}

}  // namespace understudy::model
