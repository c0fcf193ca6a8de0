#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/clock.h"
#include "control/problem.h"

namespace understudy::control {

/// Reads a body: one JSON object (RFC 8259), UTF-8, no deeper than 16, no name twice in an object. Problems:
/// kMalformed with line and column, kInvalid where it is no object.
[[nodiscard]] Answer<boost::json::object> parse_object(std::string_view text);

/// Reads an object's fields by name and type, collects everything that is wrong, and in the end refuses what
/// nobody asked for. A null is a problem but where it is allowed.
class Fields {
 public:
  /// `path`: what stands before the names in problems, "" or "texts.en.". Both must outlive the reader.
  Fields(const boost::json::object& object, std::string path, std::vector<FieldProblem>& problems);

  /// The next field read must be there.
  Fields& required();
  /// The next field may be null, which is as if it were not there.
  Fields& nullable();

  /// Up to `most` bytes without control characters but line feeds and tabs.
  std::optional<std::string> text(std::string_view name, std::size_t most);
  /// One of `words`.
  std::optional<std::string> word(std::string_view name, const std::vector<std::string>& words);
  std::optional<std::vector<std::string>> list(std::string_view name, std::size_t most_elements);
  /// "90m" (calendar::parse_span).
  std::optional<std::chrono::seconds> span(std::string_view name);
  /// RFC 3339, with an offset.
  std::optional<WallTime> time(std::string_view name, WallTime now);
  /// As it is.
  const boost::json::object* object(std::string_view name);

  void add_problem(std::string_view name, std::string message);
  /// What a server sets by itself: refused with a word why.
  void refuse_read_only(std::initializer_list<std::string_view> names);
  /// Refuses every field that was not asked for, with the nearest that was.
  void finish();

 private:
  const boost::json::value* find(std::string_view name);

  const boost::json::object& object_;
  const std::string path_;
  std::vector<FieldProblem>& problems_;
  std::vector<std::string> asked_;
  std::vector<std::string> read_only_;
  enum class Presence : std::uint8_t { kOptional, kRequired, kNullable } presence_ = Presence::kOptional;
};

/// Whether `text` may stand in a log, an audit entry or a page: no control character but line feed and tab.
[[nodiscard]] bool is_clean(std::string_view text);

/// Whether this looks like RFC 3339 with its offset: what parse_time reads beside is for people.
[[nodiscard]] bool is_rfc3339(std::string_view text);

}  // namespace understudy::control
