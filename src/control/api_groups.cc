// Groups as they are configured, and how their answers look.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "base/base64.h"
#include "base/text.h"
#include "config/checks.h"
#include "control/api.h"
#include "control/api_body.h"
#include "control/api_requests.h"
#include "control/preconditions.h"

namespace understudy::control {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kUsualPage = 100;
constexpr std::uint64_t kMostPage = 1000;

Response group_response(unsigned status, const state::Versioned<json::object>& group) {
  Response response = json_response(group.value);
  response.status = status;
  response.headers.emplace_back("ETag", etag_of(group.revision));
  return response;
}

std::string encode_segment(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::optional<model::Format> parse_format(std::string_view text) {
  for (std::size_t i = 0; i < model::kFormatCount; ++i) {
    const auto format = static_cast<model::Format>(i);
    if (to_text(format) == text) return format;
  }
  return std::nullopt;
}

FieldProblem none_of(std::string_view parameter, const std::vector<std::string>& words,
                     std::string_view given) {
  FieldProblem problem{std::string(parameter), fmt::format("is none of {}", fmt::join(words, ", "))};
  if (const auto near = nearest(cut(given, 64), words)) problem.suggestion = *near;
  return problem;
}

Answer<PreviewQuery> read_preview(const Query& query, std::string group) {
  std::vector<FieldProblem> problems;
  PreviewQuery asked;
  asked.group = std::move(group);
  if (query.has("reason")) {
    std::vector<std::string> words;
    words.reserve(model::kReasonCount);
    for (const model::Reason reason : model::kReasons) words.emplace_back(to_text(reason));
    const auto reason = model::parse_reason(query.text("reason"));
    if (!reason) problems.push_back(none_of("reason", words, query.text("reason")));
    asked.reason = reason.value_or(asked.reason);
  }
  if (query.has("format")) {
    std::vector<std::string> words;
    words.reserve(model::kFormatCount);
    for (std::size_t i = 0; i < model::kFormatCount; ++i)
      words.emplace_back(to_text(static_cast<model::Format>(i)));
    const auto format = parse_format(query.text("format"));
    if (!format) problems.push_back(none_of("format", words, query.text("format")));
    asked.format = format.value_or(asked.format);
  }
  asked.coding = query.has("coding") ? query.text("coding") : "identity";
  const std::vector<std::string> codings = {"identity", "gzip", "br", "zstd"};
  if (std::find(codings.begin(), codings.end(), asked.coding) == codings.end()) {
    problems.push_back(none_of("coding", codings, asked.coding));
  }
  asked.language = query.text("language");
  if (!asked.language.empty() && !config::is_language_tag(asked.language))
    problems.push_back({"language", "expected a language tag such as \"en\" or \"pt-BR\""});
  if (!problems.empty()) return invalid(std::move(problems));
  return asked;
}

}  // namespace

Api::Reply Api::list_groups(const Call& call) {
  const auto query = Query::read(call.request.target, {"after", "limit"});
  if (!query) return query.error();
  const auto limit = query->number("limit", kUsualPage, 1, kMostPage);
  if (!limit) return limit.error();
  auto found = parts_.switchboard.groups({query->text("after"), *limit + 1});
  const bool more = found.size() > *limit;
  if (more) found.resize(*limit);
  json::object out;
  json::array& groups = out["groups"].emplace_array();
  for (auto& group : found) groups.push_back(std::move(group.value));
  out["next"] = more ? groups.back().at("name") : json::value(nullptr);
  return json_response(out);
}

Api::Reply Api::create_group(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto body = read_json(call.request);
  if (!body) return body.error();
  const auto created = parts_.switchboard.create_group(call.who.caller, *body);
  if (!created) return to_problem(created.error(), ProblemKind::kUnknownGroup);
  Response response = group_response(201, *created);
  const json::value* const name = created->value.if_contains("name");
  if (name != nullptr && name->is_string()) {
    response.headers.emplace_back(
        "Location", fmt::format("{}/groups/{}", kApiPrefix, encode_segment(name->get_string())));
  }
  return response;
}

Api::Reply Api::get_group(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto group = parts_.switchboard.group(call.argument);
  if (!group) return to_problem(group.error(), ProblemKind::kUnknownGroup);
  // The file's groups change with the file, which no revision counts.
  const bool counted = group->revision != 0;
  if (counted && is_copy_good(call.request, std::to_string(group->revision))) {
    return Response{304, "", {{"ETag", etag_of(group->revision)}}, ""};
  }
  return group_response(200, *group);
}

Api::Reply Api::change_group(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto found = find_group(call.argument);
  if (!found) return found.error();
  const auto group = parts_.switchboard.group(found->group);
  if (!group) return to_problem(group.error(), ProblemKind::kUnknownGroup);
  const auto patch = read_patch(call.request);
  if (!patch) return patch.error();
  const auto expected = check_change(call.request, group->revision);
  if (!expected) return expected.error();
  const auto changed = parts_.switchboard.change_group(call.who.caller, found->group, *patch, *expected);
  if (!changed) return to_problem(changed.error(), ProblemKind::kUnknownGroup);
  return group_response(200, *changed);
}

Api::Reply Api::delete_group(const Call& call) {
  if (const auto query = Query::read(call.request.target, {}); !query) return query.error();
  const auto found = find_group(call.argument);
  if (!found) return found.error();
  const auto group = parts_.switchboard.group(found->group);
  if (!group) return to_problem(group.error(), ProblemKind::kUnknownGroup);
  const auto expected = check_change(call.request, group->revision);
  if (!expected) return expected.error();
  const auto removed = parts_.switchboard.remove_group(call.who.caller, found->group, *expected);
  if (!removed) return to_problem(removed.error(), ProblemKind::kUnknownGroup);
  return Response{204, "", {}, ""};
}

Api::Reply Api::preview(const Call& call) {
  const auto query = Query::read(call.request.target, {"reason", "format", "language", "coding"});
  if (!query) return query.error();
  const auto found = find_group(call.argument);
  if (!found) return found.error();
  const auto asked = read_preview(*query, found->group);
  if (!asked) return asked.error();
  const auto shown = parts_.preview(*asked);
  if (!shown) return to_problem(shown.error(), ProblemKind::kUnknownGroup);
  json::object out;
  out["status"] = shown->status;
  json::array& headers = out["headers"].emplace_array();
  for (const auto& [name, value] : shown->headers) headers.push_back(json::array{name, value});
  if (is_utf8(shown->body)) {
    out["body"] = shown->body;
  } else {
    out["bodyBase64"] = base64(shown->body);
  }
  return json_response(out);
}

}  // namespace understudy::control
