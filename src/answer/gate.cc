// The gate's HTTP dialect: a proxy asks whether a request may pass, or how a group stands.

#include "answer/gate.h"

#include <fmt/format.h>

#include "answer/answerer.h"
#include "answer/identify.h"
#include "answer/own_paths.h"
#include "base/parts.h"
#include "base/text.h"
#include "http/problem.h"
#include "http/target.h"

namespace understudy::answer {
namespace {

constexpr std::string_view kGatePath = "/_understudy/gate";
constexpr std::string_view kInDoubt = "*";

/// What several headers say, the first before the others; in doubt where they disagree.
class Said {
 public:
  void add(std::string_view what) {
    if (what.empty()) return;
    if (!first_.empty() && first_ != what) doubtful_ = true;
    if (first_.empty()) first_ = what;
  }
  [[nodiscard]] std::string_view or_else(std::string_view fallback, std::string_view in_doubt) const {
    if (doubtful_) return in_doubt;
    return first_.empty() ? fallback : first_;
  }

 private:
  std::string_view first_;
  bool doubtful_ = false;
};

/// X-Original-URL may be a whole URL.
std::string_view without_authority(std::string_view url) { return http::origin_form(url).value_or(kInDoubt); }

void read_headers(const http::Request& request, Said& target, Said& method) {
  Said forwarded_target;
  Said forwarded_method;
  for (const http::Field& field : request.others) {
    if (field.name.size() < 14 || to_lower(field.name[0]) != 'x') continue;
    if (iequals(field.name, "X-Original-URI") || iequals(field.name, "X-Original-URL")) {
      target.add(without_authority(field.value));
    } else if (iequals(field.name, "X-Original-Method")) {
      method.add(field.value);
    } else if (iequals(field.name, "X-Forwarded-Uri")) {
      forwarded_target.add(without_authority(field.value));
    } else if (iequals(field.name, "X-Forwarded-Method")) {
      forwarded_method.add(field.value);
    }
  }
  target.add(forwarded_target.or_else("", kInDoubt));
  method.add(forwarded_method.or_else("", kInDoubt));
}

/// "/shop/open" and "/shop/closed".
bool read_probe(std::string_view path, GateAsk& ask) {
  path.remove_prefix(1);
  const std::string_view group = take_until(path, '/');
  if (group.empty() || (path != "open" && path != "closed")) return false;
  ask.kind = path == "open" ? GateAsk::Kind::kIsOpen : GateAsk::Kind::kIsClosed;
  ask.group = group;
  return true;
}

/// "group=shop&answer"; behind them a proxy that puts a prefix before the path may have the request's own.
std::string_view read_query(std::string_view query, GateAsk& ask) {
  const auto slash = query.find('/');
  std::string_view parameters = query.substr(0, slash);
  while (!parameters.empty()) {
    const std::string_view parameter = take_until(parameters, '&');
    if (parameter == "answer" || parameter == "answer=") ask.wants_answer = true;
    if (parameter == "status=200") ask.wants_200 = true;
    if (parameter.starts_with("group=")) ask.group = parameter.substr(6);
  }
  return slash == std::string_view::npos ? std::string_view() : query.substr(slash);
}

http::Method to_method(std::string_view asked, http::Method real) {
  if (asked == "OPTIONS") return http::Method::kOptions;
  // Whether a body follows depends on the method that came, not on the one that is asked about.
  if (real == http::Method::kHead) return real;
  return asked == "GET" || asked == "HEAD" ? http::Method::kGet : http::Method::kOther;
}

}  // namespace

std::optional<GateAsk> read_gate(const http::Request& request) {
  const std::string_view path = request.path();
  if (!path.starts_with(kGatePath)) return std::nullopt;
  const std::string_view behind = path.substr(kGatePath.size());
  if (!behind.empty() && behind.front() != '/') return std::nullopt;
  GateAsk ask;
  // A probe is nobody's request; a proxy that puts a prefix before a client's path says whose it is.
  if (!behind.empty() && request.forwarded_for.data() == nullptr && read_probe(behind, ask)) return ask;
  std::string_view own;
  if (!behind.empty()) {
    own = std::string_view(behind.data(), request.target.data() + request.target.size());
  } else if (const auto mark = request.target.find('?'); mark != std::string_view::npos) {
    own = read_query(request.target.substr(mark + 1), ask);
  }
  Said target;
  Said method;
  target.add(own);
  if (!own.empty()) method.add(request.method_name);
  read_headers(request, target, method);
  ask.target = target.or_else("/", kInDoubt);
  ask.method = method.or_else(request.method_name, "");
  return ask;
}

bool Answerer::answer_gate(const http::Request& request, http::Reply& reply) {
  const auto ask = read_gate(request);
  if (!ask) return false;
  reply.note.format = "gate";
  if (ask->kind != GateAsk::Kind::kQuestion) {
    answer_probe(request, *ask, reply);
    return true;
  }
  // A name that no group has is a slip of the pen, which must not open what the host would have closed.
  std::size_t index = ask->group.empty() ? model::GroupTable::kNone : snapshot_->table->find(ask->group);
  if (index == model::GroupTable::kNone) index = identify(request, *snapshot_);
  const Scene scene = scene_of(index);
  Decision decision;
  if (index == model::GroupTable::kNone) {
    decision.detail = ask->group.empty() ? "it belongs to no group" : "there is no such group";
  } else if (!is_wide_open(scene.state, now_)) {
    Question question = question_of(request, scene.group, *snapshot_);
    question.method = ask->method;
    question.target = ask->target;
    decision = decide(question, scene.group, scene.state, *snapshot_, now_);
  }
  tally_.count_decision(scene.counters, decision.cause, decision.pass, now_);
  reply.note.group = scene.group.name;
  reply.note.why = to_text(decision.cause);
  reply.note.why_detail = decision.detail;
  if (decision.blocked() && ask->wants_answer && !ask->wants_200) {
    answer_finished(request, *ask, decision, scene, reply);
  } else {
    answer_decision(request, *ask, decision, scene.group.name, reply);
  }
  return true;
}

void Answerer::answer_decision(const http::Request& request, const GateAsk& ask, const Decision& decision,
                               std::string_view group, http::Reply& reply) {
  std::string_view status;
  // Envoy, which hands on any other answer, takes nothing but 200 for a yes.
  if (ask.wants_200 || (ask.wants_answer && !decision.blocked())) {
    status = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
    reply.note.status = 200;
  } else if (decision.blocked()) {
    status = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n";
    reply.note.status = 403;
  } else {
    status = "HTTP/1.1 204 No Content\r\n";
    reply.note.status = 204;
  }
  append_parts(
      reply.head,
      {status, "Understudy-Decision: ", decision.blocked() ? "blocked" : "pass",
       "\r\nUnderstudy-Why: ", to_text(decision.cause), group.empty() ? "" : "\r\nUnderstudy-Group: ", group,
       "\r\nCache-Control: no-store\r\n", http::connection_field(request), date_line(), "\r\n"});
}

/// What the client shall get, as if it had come here itself.
void Answerer::answer_finished(const http::Request& request, const GateAsk& ask, const Decision& decision,
                               const Scene& scene, http::Reply& reply) {
  http::Request original = request;
  original.method_name = ask.method;
  original.method = to_method(ask.method, request.method);
  original.target = ask.target;
  if (original.method == http::Method::kOptions) return answer_options(original, scene, reply);
  const bool read_only = mode_in_force(scene.state) == model::Mode::kReadOnly;
  const Announcement said{read_only ? model::Reason::kReadOnly : model::Reason::kMaintenance, decision.wait};
  reply.note.reason = to_text(said.reason);
  answer_unavailable(original, scene, said, reply);
}

void Answerer::answer_probe(const http::Request& request, const GateAsk& ask, http::Reply& reply) {
  const std::size_t index = snapshot_->table->find(ask.group);
  std::string body;
  std::string& head = reply.head;
  if (index == model::GroupTable::kNone) {
    body = http::problem_body(404, "Not Found",
                              "There is no such group: expected /_understudy/gate/GROUP/open.");
    head.append(fmt::format(
        "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\n",
        body.size()));
    reply.note.status = 404;
  } else {
    const bool open = snapshot_->states[index].mode != model::Mode::kMaintenance;
    const bool holds = open == (ask.kind == GateAsk::Kind::kIsOpen);
    head.append(holds ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 503 Service Unavailable\r\n");
    head.append("Content-Length: 0\r\n");
    reply.note.status = holds ? 200 : 503;
    reply.note.group = snapshot_->table->group(index).name;
  }
  append_parts(head, {"Cache-Control: no-store\r\n", http::connection_field(request), date_line(), "\r\n"});
  if (request.method == http::Method::kHead) return;
  head.append(body);
  reply.note.inline_body = body.size();
}

}  // namespace understudy::answer
