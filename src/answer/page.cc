#include "answer/page.h"

#include <array>
#include <charconv>
#include <cstddef>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/beast/core/detail/base64.hpp>
#include <kainjow/mustache.hpp>

#include "base/embedded.h"
#include "http/date.h"

namespace understudy::answer {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::string_view kStyle = "pages/page/page.css";
constexpr std::string_view kScript = "pages/page/page.js";

std::string content_of(std::string_view file) { return std::string(embedded_file(file).content); }

/// A time for the script (iso) and for those without one (text).
mustache::data moment(WallTime time) {
  mustache::data out;
  out.set("iso", http::format_rfc3339(time));
  out.set("text",
          fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(time))));
  return out;
}

mustache::data flag(bool value) {
  return value ? mustache::data::type::bool_true : mustache::data::type::bool_false;
}

}  // namespace

std::string hash_source(std::string_view file) {
  const std::string_view digits = embedded_file(file).sha256;
  std::array<unsigned char, 32> digest;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    std::from_chars(digits.data() + 2 * i, digits.data() + 2 * i + 2, digest[i], 16);
  }
  namespace base64 = boost::beast::detail::base64;
  std::string text(base64::encoded_size(digest.size()), '\0');
  text.resize(base64::encode(text.data(), digest.data(), digest.size()));
  return "'sha256-" + text + "'";
}

std::string escape_markup(const std::string& text) {
  std::string out;
  append_markup(out, text);
  return out;
}

std::string render_page(const BodyInput& input) {
  const auto& language = input.spoken();
  const model::PageLabels& labels = language.locale->labels;
  mustache::data data;
  data.set("lang", language.tag);
  data.set("dir", language.direction == model::Direction::kRightToLeft ? "rtl" : "ltr");
  data.set("title", input.text().title);
  data.set("message", input.text().message);
  data.set("reason", std::string(to_text(input.reason)));
  data.set("is_maintenance", flag(input.reason == model::Reason::kMaintenance));
  data.set("is_failure", flag(input.reason == model::Reason::kFailure));
  data.set("is_read_only", flag(input.reason == model::Reason::kReadOnly));
  data.set("since", input.since ? moment(*input.since) : flag(false));
  data.set("until", input.until ? moment(*input.until) : flag(false));
  mustache::data retry;
  retry.set("seconds", std::to_string(input.retry_after.count()));
  data.set("retry_after", input.until ? flag(false) : retry);
  data.set("label_since", labels.since);
  data.set("label_until", labels.until);
  data.set("label_countdown", labels.countdown);
  data.set("label_checking", labels.checking);
  data.set("label_retry", labels.retry);
  data.set("label_back", labels.back);
  data.set("label_footer", labels.footer);
  data.set("css", content_of(kStyle));
  data.set("js", content_of(kScript));
  mustache::mustache page{content_of("pages/page/page.html.mustache")};
  page.set_custom_escape(escape_markup);
  return page.render(data);
}

const std::string& page_security_policy() {
  static const std::string kPolicy = fmt::format(
      "default-src 'none'; style-src {}; script-src {}; img-src data:; connect-src 'self'; base-uri 'none'; "
      "form-action 'none'; frame-ancestors 'self'",
      hash_source(kStyle), hash_source(kScript));
  return kPolicy;
}

}  // namespace understudy::answer
