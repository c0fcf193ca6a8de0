#include "answer/answerer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "answer/cors.h"
#include "answer/decide.h"
#include "answer/identify.h"
#include "answer/own_paths.h"
#include "base/parts.h"
#include "base/text.h"
#include "http/date.h"
#include "http/problem.h"
#include "http/target.h"

namespace understudy::answer {
namespace {

constexpr std::string_view kAllow = "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
constexpr std::size_t kMaxEchoedType = 100;

/// The state of requests of nobody's, and of answers that nobody announced.
const model::GroupState& unknown_state() {
  static const model::GroupState kState;
  return kState;
}

/// Whether the group's mode is what this answer is about.
bool announces(model::Mode mode, model::Reason reason) {
  return (mode == model::Mode::kMaintenance && reason == model::Reason::kMaintenance) ||
         (mode == model::Mode::kReadOnly && reason == model::Reason::kReadOnly);
}

std::int64_t to_seconds(const std::optional<WallTime>& time) {
  return time ? std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count() : 0;
}

}  // namespace

Answerer::Answerer(std::shared_ptr<const model::Snapshot> snapshot, RenderCache& cache, const Clock& clock,
                   std::uint64_t seed)
    : window_(cache), script_(cache.client_script()), clock_(clock), random_(seed) {
  neutral_counters_ = &tally_.all.groups[""];
  use(std::move(snapshot));
}

void Answerer::use(std::shared_ptr<const model::Snapshot> snapshot) {
  if (snapshot_ != nullptr && snapshot_->passes != snapshot->passes) tally_.follow(snapshot->passes.get());
  tally_.follow(snapshot_ == nullptr ? nullptr : snapshot_->table.get(), *snapshot->table);
  snapshot_ = std::move(snapshot);
}

model::Counters Answerer::counters() const { return tally_.all; }
bool Answerer::trusts(const http::Peer& peer) const { return is_trusted(peer, *snapshot_); }
void Answerer::proxy_refused(http::ProxyFault fault) {
  ++tally_.all.proxy_refused[static_cast<std::size_t>(fault)];
}
void Answerer::connection_opened() {
  ++tally_.all.connections;
  ++tally_.all.connections_accepted;
}
void Answerer::connection_closed() { --tally_.all.connections; }

Answerer::Scene Answerer::identify_scene(const http::Request& request) {
  return scene_of(identify(request, *snapshot_));
}

Answerer::Scene Answerer::scene_of(std::size_t index) {
  if (index == model::GroupTable::kNone) {
    ++tally_.all.unmatched;
    return {index, snapshot_->table->neutral(), unknown_state(), *neutral_counters_};
  }
  const model::Group& group = snapshot_->table->group(index);
  const model::GroupState& state = snapshot_->states[index];
  // Among many groups none of these is in the processor's cache: their waits shall overlap.
  __builtin_prefetch(&group);
  __builtin_prefetch(&state);
  model::GroupCounters& counters = tally_.of(index, *snapshot_->table);
  __builtin_prefetch(&counters, 1);
  __builtin_prefetch(group.cors.get());
  return {index, group, state, counters};
}

/// A request's way, top to bottom.
void Answerer::answer(const http::Request& request, http::Reply& reply) {
  now_ = clock_.wall();
  const bool maybe_own = request.target.find(kOwnPrefix) != std::string_view::npos;
  reply.note.hides_query = maybe_own && may_hold_token(request.target);
  // A proxy's question comes before everything: it is about another request, of any method.
  if (maybe_own && answer_gate(request, reply)) return;
  // Whose request it is comes next: texts, CORS policy and mode all belong to a group.
  const Scene scene = identify_scene(request);
  reply.note.group = scene.group.name;
  // OPTIONS never gets a 5xx, own paths included: without its preflight no other answer is read.
  if (request.method == http::Method::kOptions) return answer_options(request, scene, reply);
  // Own paths before the mode: health answers whatever the mode.
  if (maybe_own && answer_own_path(request, scene, reply)) return;
  const Announcement said = announce(request, scene.group, scene.state, *snapshot_, now_);
  reply.note.reason = to_text(said.reason);
  // The page's own fonts and pictures, which are no part of the API.
  if (scene.group.page != nullptr && answer_page_file(request, scene, said.reason, reply)) return;
  answer_unavailable(request, scene, said, reply);
}

void Answerer::answer_unavailable(const http::Request& request, const Scene& scene, const Announcement& said,
                                  http::Reply& reply) {
  const model::Reason reason = said.reason;
  // Since and until belong to what the operator switched on; when a failure began, nobody knows.
  model::GroupState reopening;
  if (said.wait.count() > 0) reopening.until = scene.state.occasion->reopening_until;
  const model::GroupState& known = said.wait.count() > 0 ? reopening : unknown_state();
  const model::GroupState& state = announces(scene.state.mode, reason) ? scene.state : known;
  const Format format = format_of(request);
  const model::Wording wording = model::wording(scene.group, state);
  const std::size_t language = memo_.language(request.accept_language, wording.texts.offered(reason));
  const Coding coding = memo_.coding(request.accept_encoding);

  // The operator's own page is one for all languages.
  const bool own_page = format == Format::kHtml && scene.group.page != nullptr;
  const RenderKey key{wording.presentation,
                      reason,
                      format,
                      coding,
                      static_cast<std::uint16_t>(own_page ? 0 : language),
                      to_seconds(state.since),
                      to_seconds(state.until)};
  const RenderWindow::Slot& slot = window_.get(key, scene.group, state);
  scene.counters.count_answer(reason, format);

  std::string& head = reply.head;
  head.append(slot.rendered->head);
  if (format == Format::kGrpc || format == Format::kGrpcWeb) {
    // A gRPC client takes only its own content type, with the suffix that it sent.
    head.append("Content-Type: ").append(request.content_type.substr(0, kMaxEchoedType)).append("\r\n");
  }
  if (format == Format::kGrpcWeb && allows_origin(*scene.group.cors, request)) {
    head.append("Access-Control-Expose-Headers: grpc-status, grpc-message\r\n");
  }
  append_retry_after(head, scene.group, state, said.wait);
  append_dated_end(request, *scene.group.cors, reply);
  if (request.method != http::Method::kHead) {
    reply.body = slot.rendered->body;
    reply.owner = &slot.owner;
  }
  reply.note.status = 503;
  reply.note.format = to_text(format);
  reply.note.language = wording.texts.offered(reason).languages[language].tag;
}

/// ingress-nginx tells its default backend in X-Format what the client accepts.
Format Answerer::format_of(const http::Request& request) {
  if (request.accept.data() != nullptr) return memo_.format(request);
  const std::string_view format = request.other("X-Format");
  if (format.empty() || !is_trusted(request.peer, *snapshot_)) return memo_.format(request);
  http::Request asked = request;
  asked.accept = format;
  return memo_.format(asked);
}

void Answerer::answer_options(const http::Request& request, const Scene& scene, http::Reply& reply) {
  std::string& head = reply.head;
  head.append("HTTP/1.1 204 No Content\r\n");
  reply.note.status = 204;
  if (request.is_preflight()) {
    const bool allowed = append_preflight(head, *scene.group.cors, request);
    allowed ? scene.counters.count_preflight_allowed() : scene.counters.count_preflight_refused();
    reply.note.format = allowed ? "preflight" : "preflight-refused";
    head.append("Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n");
  } else {
    head.append(kAllow);
    append_cors(head, *scene.group.cors, request);
    head.append("Vary: Origin\r\n");
  }
  head.append("Cache-Control: no-store\r\n");
  head.append(http::connection_field(request));
  head.append(date_line()).append("\r\n");
}

bool Answerer::answer_own_path(const http::Request& request, const Scene& scene, http::Reply& reply) {
  const std::string_view path = request.path();
  if (!path.starts_with(kOwnPrefix)) return false;
  const std::string_view name = path.substr(kOwnPrefix.size());
  const bool reads = request.method == http::Method::kGet || request.method == http::Method::kHead;
  const bool grouped = scene.index != model::GroupTable::kNone;
  if (name == "pass" && grouped) {
    answer_pass(request, scene, reply);
    return true;
  }
  unsigned status = 200;
  std::string body;
  std::string_view more;
  if (!reads && (name == "health" || name == "status.json" || name == "client.js")) {
    status = 405;
    body = http::problem_body(405, "Method Not Allowed", "Expected GET or HEAD.");
    more = "Allow: GET, HEAD, OPTIONS\r\n";
  } else if (name == "client.js") {
    answer_client_script(request, scene, reply);
    return true;
  } else if (name == "health") {
    body = snapshot_->degraded ? R"({"status":"degraded"})" : R"({"status":"ok"})";
  } else if (name == "status.json" && grouped) {
    const model::Texts& texts = model::wording(scene.group, scene.state).texts;
    const model::LanguageSet& offered = texts.offered(announced_reason(scene.state.mode));
    body = status_json(scene.group, scene.state, memo_.language(request.accept_language, offered));
  } else {
    status = 404;
    body = http::problem_body(
        404, "Not Found",
        name == "status.json"
            ? "No group answers to this host or group header."
            : "Expected /_understudy/health, /_understudy/status.json or /_understudy/client.js.");
  }
  std::string& head = reply.head;
  head.append(fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
                          status == 200   ? "200 OK"
                          : status == 404 ? "404 Not Found"
                                          : "405 Method Not Allowed",
                          status == 200 ? "application/json" : "application/problem+json", body.size()));
  head.append(more).append("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
  head.append(name == "status.json" ? "Vary: Origin, Accept-Language\r\n" : "Vary: Origin\r\n");
  append_dated_end(request, *scene.group.cors, reply);
  if (request.method != http::Method::kHead) {
    head.append(body);
    reply.note.inline_body = body.size();
  }
  reply.note.status = status;
  reply.note.format = "own";
  return true;
}

bool Answerer::answer_page_file(const http::Request& request, const Scene& scene, model::Reason reason,
                                http::Reply& reply) {
  if (request.method != http::Method::kGet && request.method != http::Method::kHead) return false;
  const auto path = http::decode_path(request.path());
  if (!path) return false;
  const auto found = scene.group.page->files.find(*path);
  if (found == scene.group.page->files.end()) return false;
  const model::PageFile& file = found->second;
  const bool unchanged = http::is_unchanged(request, file.etag, file.modified);
  std::string& head = reply.head;
  head.append(unchanged ? "HTTP/1.1 304 Not Modified\r\n" : "HTTP/1.1 200 OK\r\n");
  if (!unchanged)
    head.append(
        fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", file.media_type, file.content.size()));
  head.append(
      fmt::format("ETag: {}\r\nLast-Modified: {}\r\nCache-Control: no-cache\r\n"
                  "X-Content-Type-Options: nosniff\r\nVary: Origin\r\n",
                  file.etag, http::format_http_date(file.modified)));
  append_dated_end(request, *scene.group.cors, reply);
  if (!unchanged && request.method == http::Method::kGet) {
    reply.body = file.content;
    page_owner_ = scene.group.page;
    reply.owner = &page_owner_;
  }
  unchanged ? scene.counters.count_file_unchanged(reason) : scene.counters.count_file_sent(reason);
  reply.note.status = unchanged ? 304 : 200;
  reply.note.format = "file";
  return true;
}

void Answerer::refuse(http::Fault fault, const http::Request& partial, http::Reply& reply) {
  now_ = clock_.wall();
  ++tally_.all.refused[static_cast<std::size_t>(fault)];
  const http::Refusal& refusal = http::refusal(fault);
  const std::size_t index = identify(partial, *snapshot_);
  const model::Group& group =
      index == model::GroupTable::kNone ? snapshot_->table->neutral() : snapshot_->table->group(index);
  const std::string body = http::problem_body(refusal.status, refusal.title, refusal.detail);
  std::string& head = reply.head;
  head.append(
      fmt::format("HTTP/1.1 {} {}\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\n"
                  "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nVary: Origin\r\n",
                  refusal.status, refusal.title, body.size()));
  append_dated_end(partial, *group.cors, reply);
  if (partial.method != http::Method::kHead) head.append(body);
  reply.note.hides_query = may_hold_token(partial.target);
  reply.note.status = refusal.status;
  reply.note.group = group.name;
  reply.note.format = refusal.kind;
  reply.note.inline_body = body.size();
}

/// CORS, connection, date and the blank line: the end of every head.
void Answerer::append_dated_end(const http::Request& request, const model::CorsPolicy& policy,
                                http::Reply& reply) {
  append_cors(reply.head, policy, request);
  reply.head.append(http::connection_field(request));
  append_parts(reply.head, {date_line(), "\r\n"});
}

/// Seconds to the client's turn or to the end where one is known, else the group's own wait; and at random
/// some more on top, never less, so that a million clients do not come back in the same second.
void Answerer::append_retry_after(std::string& head, const model::Group& group,
                                  const model::GroupState& state, std::chrono::seconds turn) {
  std::int64_t wait = group.retry_after.count();
  if (turn.count() > 0) {
    wait = turn.count();
  } else if (state.until) {
    wait = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(*state.until - now_).count());
  }
  const auto spread = static_cast<std::uint32_t>(wait * group.retry_jitter_percent / 100);
  wait += random_.up_to(spread);
  const fmt::format_int digits(wait);
  append_parts(head, {"Retry-After: ", {digits.data(), digits.size()}, "\r\n"});
}

std::string_view Answerer::date_line() {
  const std::int64_t second =
      std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count();
  if (second != date_second_) {
    date_second_ = second;
    date_line_ = "Date: " + http::format_http_date(now_) + "\r\n";
  }
  return date_line_;
}

}  // namespace understudy::answer
