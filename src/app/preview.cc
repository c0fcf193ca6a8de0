#include "app/preview.h"

#include <string>
#include <string_view>
#include <utility>

#include "answer/answerer.h"
#include "base/text.h"
#include "http/request.h"

namespace understudy::app {
namespace {

/// The request that gets a format, as clients of its kind send it.
void ask_for(model::Format format, http::Request& request) {
  using model::Format;
  request.method_name = "GET";
  request.method = http::Method::kGet;
  const auto post = [&](std::string_view type) {
    request.method_name = "POST";
    request.method = http::Method::kOther;
    request.content_type = type;
  };
  switch (format) {
    case Format::kJson:
      request.accept = "application/json";
      break;
    case Format::kProblem:
      request.accept = "application/problem+json";
      break;
    case Format::kHtml:
      request.accept = "text/html";
      break;
    case Format::kText:
      request.accept = "text/plain";
      break;
    case Format::kXml:
      request.accept = "application/xml";
      break;
    case Format::kTextXml:
      request.accept = "text/xml";
      break;
    case Format::kGrpc:
      post("application/grpc");
      break;
    case Format::kGrpcWeb:
      post("application/grpc-web+proto");
      break;
    case Format::kGraphql:
      request.accept = "application/graphql-response+json";
      break;
    case Format::kJsonRpc:
      post("application/json-rpc");
      break;
    case Format::kSoap11:
      post("text/xml");
      request.soap_action = "\"\"";
      break;
    case Format::kSoap12:
      post("application/soap+xml");
      break;
    case Format::kEventStream:
      request.accept = "text/event-stream";
      break;
  }
}

}  // namespace

control::Preview preview_answer(const control::PreviewQuery& query,
                                const std::shared_ptr<const model::Snapshot>& snapshot,
                                answer::RenderCache& cache, const Clock& clock) {
  http::Request request;
  request.target = "/";
  request.keep_alive = true;
  request.peer.unix_socket = true;  // trusted: its headers are believed
  request.group = query.group;
  request.reason = to_text(query.reason);
  if (!query.language.empty()) request.accept_language = query.language;
  if (!query.coding.empty()) request.accept_encoding = query.coding;
  ask_for(query.format, request);

  answer::Answerer answerer(snapshot, cache, clock, 0);
  std::string head;
  http::Reply reply{head, {}, nullptr, {}};
  answerer.answer(request, reply);

  control::Preview preview;
  preview.status = reply.note.status;
  std::string_view rest = head;
  static_cast<void>(take_until(rest, '\n'));  // the status line
  while (!rest.empty()) {
    std::string_view value = trim_lines(take_until(rest, '\n'));
    if (value.empty()) break;
    const std::string_view name = take_until(value, ':');
    preview.headers.emplace_back(name, trim(value));
  }
  preview.body = reply.note.inline_body > 0 ? std::string(rest) : std::string(reply.body);
  return preview;
}

}  // namespace understudy::app
