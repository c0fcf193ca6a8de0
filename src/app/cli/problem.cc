#include "app/cli/problem.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "app/cli/api_json.h"
#include "app/cli/table.h"
#include "config/problem.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;

/// "no such group: …; did you mean shop?"
std::string headline(const json::object& problem, unsigned status) {
  std::string text = display_text(text_at(problem, "detail"));
  if (text.empty()) text = display_text(text_at(problem, "title"));
  if (text.empty()) text = fmt::format("the server answered with {}", status);
  const std::string field = display_text(text_at(problem, "field"));
  // Fields that the text begins with, or that are listed below, are not named twice.
  if (!field.empty() && !text.starts_with(field) && array_at(problem, "errors").size() < 2)
    text = fmt::format("{}: {}", field, text);
  const std::string meant = display_text(joined_at(problem, "suggestions"));
  if (!meant.empty() && text.find("did you mean") == std::string::npos) {
    while (text.ends_with('.')) text.pop_back();
    text += fmt::format("; did you mean {}?", meant);
  }
  return text;
}

std::string fields(const json::object& problem) {
  const auto errors = objects_at(problem, "errors");
  if (errors.size() == 1 && !text_at(problem, "field").empty()) return {};
  std::string out;
  for (const json::object* error : errors) {
    out += fmt::format("\n  {}: {}", display_text(text_at(*error, "field")),
                       display_text(text_at(*error, "message")));
  }
  return out;
}

std::string places(const json::object& problem) {
  std::string out;
  for (const json::object* found : objects_at(problem, "problems")) {
    config::Problem place;
    place.file = text_at(*found, "file");
    place.line = static_cast<std::uint32_t>(number_at(*found, "line"));
    place.column = static_cast<std::uint32_t>(number_at(*found, "column"));
    place.severity =
        text_at(*found, "severity") == "warning" ? config::Severity::kWarning : config::Severity::kError;
    place.key = text_at(*found, "key");
    place.message = text_at(*found, "message");
    place.found = text_at(*found, "found");
    place.expected = text_at(*found, "expected");
    place.suggestion = text_at(*found, "suggestion");
    out += fmt::format("\n  {}", display_text(config::to_line(place)));
  }
  return out;
}

std::string advice(const net::ClientResponse& response) {
  if (response.status == 401)
    return "\n  name a file with a token by --token-file, or put the token into UNDERSTUDY_TOKEN";
  const std::string wait = display_text(response.header("Retry-After"));
  if ((response.status == 429 || response.status == 503) && !wait.empty())
    return fmt::format("\n  try again in {} s", wait);
  if (response.status == 404 && response.header("Content-Type") != "application/problem+json")
    return "\n  is this the admin listener of an understudy that knows /api/v1?";
  return {};
}

}  // namespace

std::string describe_problem(const net::ClientResponse& response) {
  boost::system::error_code error;
  const json::value value = json::parse(response.body, error);
  static const json::object kNone;
  const json::object& problem = !error && value.is_object() ? value.get_object() : kNone;
  return headline(problem, response.status) + fields(problem) + places(problem) + advice(response);
}

}  // namespace understudy::app::cli
