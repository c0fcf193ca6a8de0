#include "app/check.h"

#include <string>
#include <string_view>

#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/json_text.h"

namespace understudy::app {
namespace {

std::string to_json(const std::vector<config::Problem>& problems) {
  std::string out = "{\"problems\":[";
  for (const config::Problem& problem : problems) {
    const auto member = [&](std::string_view name, std::string_view value) {
      out += fmt::format(",\"{}\":", name);
      append_json_string(out, value);
    };
    out += out.ends_with('[') ? "{" : ",{";
    out += fmt::format("\"line\":{},\"column\":{}", problem.line, problem.column);
    member("file", problem.file);
    member("severity", problem.severity == config::Severity::kError ? "error" : "warning");
    member("key", problem.key);
    member("message", problem.message);
    member("found", problem.found);
    member("expected", problem.expected);
    member("suggestion", problem.suggestion);
    out += '}';
  }
  return out + "]}\n";
}

/// The word that tells how bad it is, in colour.
void print_coloured(const config::Problem& problem, const std::string& line, std::FILE* out) {
  const bool error = problem.severity == config::Severity::kError;
  const std::string_view word = error ? "error:" : "warning:";
  const auto at = line.find(word);
  fmt::print(out, "{}", line.substr(0, at));
  fmt::print(out,
             fmt::emphasis::bold | fmt::fg(error ? fmt::terminal_color::red : fmt::terminal_color::yellow),
             "{}", word);
  fmt::print(out, "{}\n", line.substr(at + word.size()));
}

}  // namespace

void print_problems(const std::vector<config::Problem>& problems, std::FILE* out, Style style) {
  if (style == Style::kJson) {
    fmt::print(out, "{}", to_json(problems));
    return;
  }
  const bool coloured = ::isatty(::fileno(out)) == 1;
  for (const config::Problem& problem : problems) {
    const std::string line = config::to_line(problem);
    if (coloured) {
      print_coloured(problem, line, out);
    } else {
      fmt::print(out, "{}\n", line);
    }
  }
}

}  // namespace understudy::app
