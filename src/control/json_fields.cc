#include "control/json_fields.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <boost/json/stream_parser.hpp>

#include "base/text.h"
#include "calendar/time_text.h"
#include "control/json_names.h"

namespace understudy::control {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostDepth = 16;

/// "line 3, column 7", in bytes, both from 1.
std::string place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto line_start = before.rfind('\n');
  const std::size_t column = before.size() - (line_start == std::string_view::npos ? 0 : line_start + 1) + 1;
  return fmt::format("line {}, column {}", line, column);
}

std::size_t first_bad_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t length = 1;
    while (length <= 4 && !is_utf8(text.substr(at, length))) ++length;
    if (length > 4) break;
    at += length;
  }
  return at;
}

Problem malformed(std::string_view text, std::size_t offset, std::string_view what) {
  return {ProblemKind::kMalformed,
          fmt::format("{}: {}", place_of(text, std::min(offset, text.size())), what)};
}

}  // namespace

bool is_clean(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7F) || c == '\n' || c == '\t';
  });
}

bool is_rfc3339(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() <= kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool fits = kForm[i] == '0' ? is_digit(text[i]) : text[i] == kForm[i];
    if (!fits) return false;
  }
  std::string_view rest = text.substr(kForm.size());
  if (rest.starts_with('.')) {
    const auto end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (end == 1) return false;
    rest.remove_prefix(end);
  }
  if (rest == "Z") return true;
  return rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && is_digit(rest[1]) && is_digit(rest[2]) &&
         rest[3] == ':' && is_digit(rest[4]) && is_digit(rest[5]);
}

Answer<json::object> parse_object(std::string_view text) {
  if (!is_utf8(text)) return malformed(text, first_bad_utf8(text), "this is no UTF-8");
  json::parse_options options;
  options.max_depth = kMostDepth;
  json::stream_parser parser({}, options);
  json::error_code error;
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (error) return malformed(text, used, fmt::format("this is no JSON: {}", error.message()));
  if (used < text.size()) return malformed(text, used, "something stands behind the JSON value");
  parser.finish(error);
  if (error)
    return malformed(text, text.size(), fmt::format("the JSON is not complete: {}", error.message()));
  if (const auto repeated = find_repeated_name(text)) {
    return Problem{ProblemKind::kMalformed,
                   fmt::format("the name \"{}\" stands twice in an object", presentable(*repeated))};
  }
  json::value value = parser.release();
  if (!value.is_object()) return Problem{ProblemKind::kInvalid, "expected a JSON object: {…}"};
  return std::move(value.get_object());
}

Fields::Fields(const json::object& object, std::string path, std::vector<FieldProblem>& problems)
    : object_(object), path_(std::move(path)), problems_(problems) {}

Fields& Fields::required() {
  presence_ = Presence::kRequired;
  return *this;
}

Fields& Fields::nullable() {
  presence_ = Presence::kNullable;
  return *this;
}

const json::value* Fields::find(std::string_view name) {
  asked_.emplace_back(name);
  const Presence presence = std::exchange(presence_, Presence::kOptional);
  const json::value* const value = object_.if_contains(name);
  if (value == nullptr && presence == Presence::kRequired) add_problem(name, "is missing");
  if (value == nullptr || !value->is_null()) return value;
  if (presence != Presence::kNullable) add_problem(name, "is null; expected a value, or the field left out");
  return nullptr;
}

void Fields::add_problem(std::string_view name, std::string message) {
  problems_.push_back({fmt::format("{}{}", path_, name), std::move(message)});
}

std::optional<std::string> Fields::text(std::string_view name, std::size_t most) {
  const json::value* const value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    add_problem(name, "expected a string");
    return std::nullopt;
  }
  std::string text(value->get_string());
  if (text.size() > most) {
    add_problem(name, fmt::format("has {} bytes; {} at most", text.size(), most));
    return std::nullopt;
  }
  if (!is_clean(text)) {
    add_problem(name, "holds a control character");
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> Fields::word(std::string_view name, const std::vector<std::string>& words) {
  constexpr std::size_t kMostWord = 100;
  auto text = this->text(name, kMostWord);
  if (!text || std::find(words.begin(), words.end(), *text) != words.end()) return text;
  FieldProblem problem{fmt::format("{}{}", path_, name),
                       fmt::format("is none of {}", fmt::join(words, ", "))};
  if (const auto near = nearest(*text, words)) problem.suggestion = *near;
  problems_.push_back(std::move(problem));
  return std::nullopt;
}

std::optional<std::vector<std::string>> Fields::list(std::string_view name, std::size_t most_elements) {
  constexpr std::size_t kMostElement = 256;
  const json::value* const value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array() || value->get_array().size() > most_elements) {
    add_problem(name, fmt::format("expected a list of up to {} strings", most_elements));
    return std::nullopt;
  }
  std::vector<std::string> list;
  for (const json::value& element : value->get_array()) {
    const json::string* const text = element.if_string();
    if (text == nullptr || text->size() > kMostElement || !is_clean(*text)) {
      add_problem(
          fmt::format("{}[{}]", name, list.size()),
          fmt::format("expected a string of up to {} bytes without control characters", kMostElement));
      return std::nullopt;
    }
    list.emplace_back(*text);
  }
  return list;
}

std::optional<std::chrono::seconds> Fields::span(std::string_view name) {
  constexpr std::size_t kMostSpan = 64;
  const auto text = this->text(name, kMostSpan);
  if (!text) return std::nullopt;
  const auto span = calendar::parse_span(*text);
  if (span) return *span;
  add_problem(name, span.error().message);
  return std::nullopt;
}

std::optional<WallTime> Fields::time(std::string_view name, WallTime now) {
  constexpr std::size_t kMostTime = 64;
  const auto text = this->text(name, kMostTime);
  if (!text) return std::nullopt;
  if (!is_rfc3339(*text)) {
    add_problem(name, "expected a time of RFC 3339 with its offset: \"2026-11-22T01:00:00Z\"");
    return std::nullopt;
  }
  const auto time = calendar::parse_time(*text, now, "UTC");
  if (time) return time->time;
  add_problem(name, time.error().message);
  return std::nullopt;
}

const json::object* Fields::object(std::string_view name) {
  const json::value* const value = find(name);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) add_problem(name, "expected an object: {…}");
  return value->if_object();
}

void Fields::refuse_read_only(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    read_only_.emplace_back(name);
    if (object_.contains(name)) add_problem(name, "is set by the server: leave it out");
  }
}

void Fields::finish() {
  constexpr std::size_t kMostTold = 20;
  std::size_t told = 0;
  for (const json::key_value_pair& field : object_) {
    const std::string_view name = field.key();
    const auto is_name = [&](const std::string& known) { return known == name; };
    if (std::any_of(asked_.begin(), asked_.end(), is_name)) continue;
    if (std::any_of(read_only_.begin(), read_only_.end(), is_name)) continue;
    if (++told > kMostTold) return;
    FieldProblem problem{path_ + presentable(name),
                         fmt::format("unknown field; expected {}", fmt::join(asked_, ", "))};
    if (const auto near = nearest(cut(name, 64), asked_)) problem.suggestion = *near;
    problems_.push_back(std::move(problem));
  }
}

}  // namespace understudy::control
