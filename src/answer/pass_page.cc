#include "answer/pass_page.h"

#include <algorithm>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <kainjow/mustache.hpp>

#include "answer/page.h"
#include "base/embedded.h"
#include "base/text.h"
#include "http/date.h"
#include "http/origin.h"

namespace understudy::answer {
namespace {

constexpr std::string_view kStyle = "pages/pass/pass.css";

struct Words {
  unsigned status;
  std::string_view title;
  std::string_view message;  ///< {} is the group's name
};

Words words_of(PassPage page) {
  switch (page) {
    case PassPage::kGood:
      return {200, "You may pass",
              "From now on this browser goes through to {}, whatever its maintenance says."};
    case PassPage::kRefused:
      return {403, "This pass lets nobody through", ""};
    case PassPage::kAstray:
      return {403, "This link leads astray",
              "It holds a good pass to {}, but would lead to a page that is not on the list. Nothing was "
              "changed: ask "
              "for a link without a destination."};
    case PassPage::kPassword:
      return {200, "Who goes there?", "With the password you go through to {} from this browser."};
    case PassPage::kWrong:
      return {403, "Who goes there?", "That was not the password to {}. Try again."};
    case PassPage::kThrottled:
      return {429, "One moment", "Too many passwords to {} were tried. Wait a little, and try again."};
    case PassPage::kChecking:
      return {200, "Just a moment", "The password to {} is being checked. This page goes on by itself."};
    case PassPage::kFailed:
      return {503, "Not just now",
              "The password is right, but no pass to {} could be made. Try again in a minute."};
    case PassPage::kGivenUp:
      return {200, "Given up",
              "From now on this browser is treated by {} like any other. The link brings the pass back."};
  }
  return {};
}

/// Why, as far as it helps nobody to forge one.
std::string_view reason_of(model::PassFault fault) {
  switch (fault) {
    case model::PassFault::kExpired:
      return "It has expired. Ask for a new one.";
    case model::PassFault::kRevoked:
      return "It was revoked. Ask for a new one.";
    case model::PassFault::kOtherGroup:
      return "It is a pass to another API than {}.";
    default:
      return "It is no pass to {}: the link may have been cut off or changed on its way. Copy the whole of "
             "it.";
  }
}

std::string_view attribute_of(model::SameSite same_site) {
  switch (same_site) {
    case model::SameSite::kNone:
      return "None";
    case model::SameSite::kLax:
      return "Lax";
    case model::SameSite::kStrict:
      return "Strict";
  }
  return "None";
}

}  // namespace

unsigned status_of(PassPage page) { return words_of(page).status; }

std::string render_pass_page(const PassPageInput& input) {
  namespace mustache = kainjow::mustache;
  const auto flag = [](bool value) {
    return mustache::data(value ? mustache::data::type::bool_true : mustache::data::type::bool_false);
  };
  const Words words = words_of(input.page);
  const std::string_view message = input.page == PassPage::kRefused ? reason_of(input.fault) : words.message;
  mustache::data data;
  data.set("title", std::string(words.title));
  data.set("message", fmt::format(fmt::runtime(message), input.group));
  data.set("is_good", flag(input.page == PassPage::kGood));
  data.set("asks", flag(input.page == PassPage::kPassword || input.page == PassPage::kWrong));
  data.set("wrong", flag(input.page == PassPage::kWrong));
  data.set("group", std::string(input.group));
  data.set("iso", http::format_rfc3339(input.expires));
  const std::tm expires = fmt::gmtime(std::chrono::system_clock::to_time_t(input.expires));
  data.set("until", fmt::format("{:%A} {} {:%B %Y, %H:%M} UTC", expires, expires.tm_mday, expires));
  data.set("css", std::string(embedded_file(kStyle).content));
  mustache::mustache page{std::string(embedded_file("pages/pass/pass.html.mustache").content)};
  page.set_custom_escape(escape_markup);
  return page.render(data);
}

const std::string& pass_page_policy() {
  static const std::string kPolicy = fmt::format(
      "default-src 'none'; style-src {}; img-src data:; base-uri 'none'; form-action 'self'; "
      "frame-ancestors 'none'",
      hash_source(kStyle));
  return kPolicy;
}

std::string pass_cookie(std::string_view value, std::optional<std::chrono::seconds> age,
                        const model::GatePolicy& policy) {
  std::string line = fmt::format("Set-Cookie: {}={}; Path=/", model::kPassCookie, value);
  if (age) line += fmt::format("; Max-Age={}", age->count());
  if (!policy.cookie_domain.empty()) line += fmt::format("; Domain={}", policy.cookie_domain);
  line += fmt::format("; HttpOnly; Secure; SameSite={}\r\n", attribute_of(policy.same_site));
  return line;
}

bool may_lead_to(std::string_view url, const std::vector<std::string>& origins) {
  // What browsers repair in a URL (tabs, backslashes, other letters) is none here.
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) {
    return c > 0x20 && c < 0x7F && c != '\\' && c != '"' && c != '<' && c != '>';
  });
  const auto scheme = url.find("://");
  if (!plain || scheme == std::string_view::npos) return false;
  const std::string_view origin = url.substr(0, url.find_first_of("/?#", scheme + 3));
  return http::parse_origin(origin) && std::find(origins.begin(), origins.end(), origin) != origins.end();
}

}  // namespace understudy::answer
