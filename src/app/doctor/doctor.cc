#include "app/doctor/doctor.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/cli/output.h"
#include "app/doctor/report.h"
#include "app/version.h"
#include "base/text.h"
#include "config/settings.h"
#include "http/origin.h"
#include "http/token.h"

namespace understudy::app::doctor {
namespace {

constexpr std::size_t kMaxBody = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kShortest{100};
constexpr std::chrono::milliseconds kLongest{5 * 60 * 1000};

/// The origin as a browser would write it, where this is nearly one.
std::optional<std::string> meant_origin(std::string_view text) {
  const auto url = parse_url(text);
  if (!url) return std::nullopt;
  return origin_of(*url);
}

Result<std::string> read_origin(const std::string& text) {
  if (text == "null") return {boost::system::in_place_value, text};
  const auto parts = http::parse_origin(text);
  const auto meant = meant_origin(text);
  const bool web = text.starts_with("http://") || text.starts_with("https://");
  if (parts && lower(text) == text && (!web || meant == text)) return {boost::system::in_place_value, text};
  std::string why = fmt::format("--origin: \"{}\" is not what a browser sends", printable(cut(text, 200)));
  why += meant && meant != text ? fmt::format("; did you mean {}?", *meant)
                                : ": expected the page's scheme, host and port: https://shop.example";
  return Error{why};
}

Result<void> check_method(const std::string& method) {
  if (!http::is_token(method)) return Error{fmt::format("--method: \"{}\" is no method", printable(method))};
  if (is_forbidden_method(method))
    return Error{fmt::format("--method: no browser lets a script send {}", method)};
  return {};
}

/// "Name: value"
Result<void> take_header(std::string_view text, Page& page) {
  const std::string_view whole = text;
  const std::string_view name = trim(take_until(text, ':'));
  const std::string_view value = trim(text);
  const bool odd = std::any_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
  if (whole.find(':') == std::string_view::npos || !http::is_token(name) || odd)
    return Error{
        fmt::format("--header: \"{}\" is no header: expected \"Name: value\"", printable(cut(whole, 200)))};
  if (iequals(name, "Cookie")) {
    page.cookie = value;
    return {};
  }
  if (is_forbidden_header(name, value))
    return Error{fmt::format("--header: browsers let no script set {}: leave it out", name)};
  // As Headers.append does.
  for (auto& [known, all] : page.headers) {
    if (!iequals(known, name)) continue;
    all = fmt::format("{}, {}", all, value);
    return {};
  }
  page.headers.emplace_back(name, value);
  return {};
}

bool takes_body(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

/// Sends, and remembers: the same question is asked once, whatever the credentials mode.
class Asker {
 public:
  explicit Asker(const net::ClientLimits& limits) : limits_(limits) {}

  net::ClientAttempt ask(const Asked& asked) {
    const auto known = std::find_if(exchanges_.begin(), exchanges_.end(),
                                    [&](const Exchange& one) { return one.asked == asked; });
    if (known != exchanges_.end()) return known->answer;
    net::ClientRequest request{asked.method, asked.url.target, asked.headers, asked.body};
    if (!combined(asked.headers, "User-Agent"))
      request.headers.emplace_back("User-Agent", fmt::format("understudy-doctor/{}", kVersion));
    exchanges_.push_back({asked, net::attempt(endpoint_of(asked.url), request, limits_)});
    return exchanges_.back().answer;
  }
  [[nodiscard]] std::size_t sent() const { return exchanges_.size(); }

 private:
  const net::ClientLimits limits_;
  std::vector<Exchange> exchanges_;
};

std::vector<Credentials> modes_of(std::string_view word) {
  if (word == "include") return {Credentials::kInclude};
  if (word == "omit") return {Credentials::kOmit};
  return {Credentials::kOmit, Credentials::kInclude};
}

/// Whether there is somebody to ask in a stranger's name.
bool is_reached(const Report& report) {
  return std::any_of(report.visits.begin(), report.visits.end(), [](const Visit& visit) {
    return !visit.exchanges.empty() && visit.exchanges.front().answer.answered;
  });
}

Report examine(Page page, std::string_view modes, const net::ClientLimits& limits) {
  Asker asker(limits);
  Report report;
  report.page = std::move(page);
  const Send send = [&](const Asked& asked) { return asker.ask(asked); };
  for (const Credentials mode : modes_of(modes)) report.visits.push_back(visit(report.page, mode, send));
  std::optional<Exchange> other;
  if (is_reached(report) && origin_of(report.page.url) != report.page.origin) {
    const Asked asked = stranger(report.page);
    other = Exchange{asked, asker.ask(asked)};
  }
  report.findings = find(report.page, report.visits, other ? &*other : nullptr);
  report.requests = asker.sent();
  report.insecure = limits.certificate == net::CertificateCheck::kNo;
  return report;
}

/// What is about to be done, before it is done.
std::string announcement(const Page& page, std::string_view modes) {
  std::string out = fmt::format("{} {}\nfrom a page at {}\n", page.method, to_text(page.url), page.origin);
  if (!is_safe(page.method)) {
    const std::string with =
        page.body.empty() ? "without a body" : fmt::format("with the body {}", page.body);
    const bool twice = !page.cookie.empty() && modes_of(modes).size() > 1;
    out += fmt::format("sends a real {} {}, {}, if a browser would\n", page.method, with,
                       twice ? "twice, with the cookie and without it" : "once");
  }
  return out + "\n";
}

}  // namespace

Result<Page> page_of(const cli::Options& options) {
  Page page;
  const auto url = parse_url(options.url);
  if (!url) return Error{fmt::format("URL: {}", url.error().message)};
  if (url->user) return Error{"URL: fetch() takes no address with a user or a password in it"};
  page.url = *url;
  const auto origin = read_origin(options.origin);
  if (!origin) return origin.error();
  page.origin = *origin;
  page.method = normalized_method(options.method.value_or("GET"));
  if (const auto fits = check_method(page.method); !fits) return fits.error();
  for (const std::string& header : options.headers) {
    if (const auto taken = take_header(header, page); !taken) return taken.error();
  }
  if (takes_body(page.method)) {
    page.body = "{}";
    if (!combined(page.headers, "Content-Type"))
      page.headers.emplace_back("Content-Type", "application/json");
  }
  return {boost::system::in_place_value, std::move(page)};
}

int run(const cli::Options& options) {
  auto page = page_of(options);
  if (!page) return cli::wrong_use(page.error().message);
  const auto timeout = config::parse_duration(options.timeout);
  if (!timeout || *timeout < kShortest || *timeout > kLongest)
    return cli::wrong_use(
        fmt::format("--timeout: \"{}\" is no time from 100ms to 5m", printable(options.timeout)));
  net::ClientLimits limits;
  limits.connect = *timeout;
  limits.whole = *timeout;
  limits.body = kMaxBody;
  if (options.insecure) limits.certificate = net::CertificateCheck::kNo;
  if (!options.json && !cli::print(announcement(*page, options.credentials))) return cli::kRefused;
  const Report report = examine(std::move(*page), options.credentials, limits);
  const bool printed = cli::print(options.json ? to_json(report) : render(report, cli::look_at(stdout)));
  return printed && !has_findings(report) ? cli::kDone : cli::kRefused;
}

}  // namespace understudy::app::doctor
