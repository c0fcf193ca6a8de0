#include "config/problem.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace understudy::config {

std::string to_sentence(const Problem& problem) {
  std::string what = problem.message;
  const auto add = [&](std::string_view word, const std::string& part) {
    what += what.empty() ? "" : ", ";
    what.append(word).append(part);
  };
  if (!problem.found.empty()) add("found ", problem.found);
  if (!problem.expected.empty()) add("expected ", problem.expected);
  if (!problem.suggestion.empty()) what += fmt::format("; did you mean \"{}\"?", problem.suggestion);
  return printable(what);
}

std::string to_line(const Problem& problem) {
  std::string line = problem.file;
  if (problem.line > 0) line += fmt::format(":{}:{}", problem.line, problem.column);
  line += problem.severity == Severity::kError ? ": error: " : ": warning: ";
  if (!problem.key.empty()) line += problem.key + ": ";
  return printable(line) + to_sentence(problem);
}

bool has_errors(const std::vector<Problem>& problems) {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& problem) { return problem.severity == Severity::kError; });
}

}  // namespace understudy::config
