#include "control/problem.h"

#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"

namespace understudy::control {
namespace {

ProblemKind kind_of(state::Refused::Kind kind, ProblemKind not_found) {
  switch (kind) {
    case state::Refused::Kind::kNotFound:
      return not_found;
    case state::Refused::Kind::kInvalid:
      return ProblemKind::kInvalid;
    case state::Refused::Kind::kConflict:
      return ProblemKind::kConflict;
    case state::Refused::Kind::kStale:
      return ProblemKind::kStale;
    case state::Refused::Kind::kStore:
      return ProblemKind::kStore;
    case state::Refused::Kind::kForbidden:
      return ProblemKind::kForbidden;
  }
  return ProblemKind::kInvalid;
}

}  // namespace

const ProblemFacts& facts_of(ProblemKind kind) {
  static constexpr std::array<ProblemFacts, kProblemKinds> kFacts = {{
      {"unknown-group", 404, "No such group"},
      {"unknown-window", 404, "No such window"},
      {"unknown-token", 404, "No such token"},
      {"unknown-pass", 404, "No such pass"},
      {"not-found", 404, "Nothing is here"},
      {"method-not-allowed", 405, "Method not allowed here"},
      {"invalid", 422, "A value can't be taken"},
      {"malformed", 400, "The request can't be read"},
      {"too-large", 413, "The body is too large"},
      {"unsupported-media-type", 415, "The body has another type than expected"},
      {"conflict", 409, "Not as things stand"},
      {"stale", 412, "Somebody else was faster"},
      {"unauthorized", 401, "A token is needed"},
      {"forbidden", 403, "Not permitted"},
      {"throttled", 429, "Too many wrong tokens"},
      {"store", 503, "The store can't take it"},
      {"misdirected", 421, "The Host is no address of this listener"},
  }};
  return kFacts[static_cast<std::size_t>(kind)];
}

void throw_exception_from_error(const Problem& problem, const boost::source_location&) {
  throw std::logic_error("a failed answer was used: " + problem.detail);
}

Problem to_problem(const state::Refused& refused, ProblemKind not_found) {
  Problem problem{kind_of(refused.kind, not_found), refused.message};
  problem.field = refused.field;
  for (const auto& [field, message] : refused.fields) problem.errors.push_back({field, message});
  problem.suggestions = refused.suggestions;
  return problem;
}

std::string presentable(std::string_view text) {
  constexpr std::size_t kMost = 100;
  if (!is_utf8(text)) return "(no UTF-8)";
  return printable(cut(text, kMost)) + (text.size() > kMost ? "…" : "");
}

Problem invalid(std::vector<FieldProblem> errors) {
  const FieldProblem& first = errors.front();
  Problem problem{ProblemKind::kInvalid,
                  first.field.empty() ? first.message : fmt::format("{}: {}", first.field, first.message)};
  problem.field = first.field;
  if (errors.size() > 1) problem.detail += fmt::format(" (and {} more, see errors)", errors.size() - 1);
  for (const FieldProblem& error : errors) {
    if (!error.suggestion.empty()) problem.suggestions.push_back(error.suggestion);
  }
  problem.errors = std::move(errors);
  return problem;
}

boost::json::object to_json(const Problem& problem) {
  const ProblemFacts& facts = facts_of(problem.kind);
  boost::json::object out;
  out["type"] = fmt::format("urn:understudy:problem:{}", facts.name);
  out["title"] = facts.title;
  out["status"] = facts.status;
  out["detail"] = problem.detail;
  if (!problem.field.empty()) out["field"] = problem.field;
  if (!problem.errors.empty()) {
    boost::json::array& errors = out["errors"].emplace_array();
    for (const FieldProblem& error : problem.errors) {
      errors.push_back({{"field", error.field}, {"message", error.message}});
    }
  }
  if (!problem.suggestions.empty()) {
    boost::json::array& suggestions = out["suggestions"].emplace_array();
    for (const std::string& suggestion : problem.suggestions) suggestions.emplace_back(suggestion);
  }
  return out;
}

Response to_response(const Problem& problem) {
  Response response{facts_of(problem.kind).status, std::string(kProblemType), problem.headers,
                    boost::json::serialize(to_json(problem))};
  return response;
}

}  // namespace understudy::control
