#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include "control/response.h"
#include "state/switchboard.h"

namespace understudy::control {

/// What can go wrong with a call of the admin API. Each has one status and one type URN.
enum class ProblemKind : std::uint8_t {
  kUnknownGroup,
  kUnknownWindow,
  kUnknownToken,
  kUnknownPass,
  kNotFound,
  kMethodNotAllowed,
  kInvalid,
  kMalformed,
  kTooLarge,
  kUnsupportedMediaType,
  kConflict,
  kStale,
  kUnauthorized,
  kForbidden,
  kThrottled,
  kStore,
  kMisdirected,
};
constexpr std::size_t kProblemKinds = 17;

struct ProblemFacts {
  std::string_view name;  ///< "unknown-group", the end of the type URN
  unsigned status;
  std::string_view title;
};
[[nodiscard]] const ProblemFacts& facts_of(ProblemKind kind);

/// A field of a body, or a parameter of a query, that can't be.
struct FieldProblem {
  std::string field;  ///< "until", "texts.en.title", "groups[1]"
  std::string message;
  std::string suggestion = {};  ///< the nearest known name, or empty
  friend bool operator==(const FieldProblem&, const FieldProblem&) = default;
};

/// Why a call was refused (RFC 9457).
struct Problem {
  ProblemKind kind = ProblemKind::kInvalid;
  std::string detail;
  std::string field = {};
  std::vector<FieldProblem> errors = {};
  std::vector<std::string> suggestions = {};
  std::vector<HeaderLine> headers = {};
};

/// Boost's result throws through this when `value()` is called on a failure: a programming error.
[[noreturn]] void throw_exception_from_error(const Problem& problem, const boost::source_location&);

template <typename T>
using Answer = boost::system::result<T, Problem>;

/// `not_found`: what a thing that isn't there is called here.
[[nodiscard]] Problem to_problem(const state::Refused& refused, ProblemKind not_found);

/// What a client sent, for a sentence: UTF-8 whatever it was, no control characters, not too long.
[[nodiscard]] std::string presentable(std::string_view text);

/// One problem with all fields in it. REQUIRES: `errors` is not empty.
[[nodiscard]] Problem invalid(std::vector<FieldProblem> errors);

[[nodiscard]] boost::json::object to_json(const Problem& problem);
[[nodiscard]] Response to_response(const Problem& problem);

}  // namespace understudy::control
