#include "answer/client_script.h"

#include <fmt/format.h>

#include "answer/answerer.h"
#include "answer/compress.h"
#include "base/embedded.h"
#include "base/parts.h"
#include "http/target.h"

namespace understudy::answer {
namespace {

const EmbeddedFile& file() {
  static const EmbeddedFile& found = embedded_file("pages/client/client.js");
  return found;
}

}  // namespace

std::string_view ClientScript::in(Coding coding) {
  if (coding == Coding::kIdentity) return file().content;
  const std::lock_guard lock(mutex_);
  std::string& coded = coded_[static_cast<std::size_t>(coding)];
  if (coded.empty()) coded = compress(file().content, coding);
  return coded;
}

const std::string& ClientScript::etag() {
  static const std::string kTag = fmt::format("\"{}\"", file().sha256.substr(0, 16));
  return kTag;
}

void Answerer::answer_client_script(const http::Request& request, const Scene& scene, http::Reply& reply) {
  const bool unchanged = http::is_unchanged(request, ClientScript::etag(), WallTime::max());
  std::string& head = reply.head;
  if (unchanged) {
    head.append("HTTP/1.1 304 Not Modified\r\n");
  } else {
    const Coding coding = memo_.coding(request.accept_encoding);
    std::string_view& kept = scripts_[static_cast<std::size_t>(coding)];
    if (kept.empty()) kept = script_.in(coding);
    const bool coded = coding != Coding::kIdentity && !kept.empty();
    const std::string_view script = kept.empty() ? script_.in(Coding::kIdentity) : kept;
    head.append(fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: text/javascript; charset=utf-8\r\nContent-Length: {}\r\n",
        script.size()));
    if (coded) append_parts(head, {"Content-Encoding: ", content_encoding(coding), "\r\n"});
    if (request.method != http::Method::kHead) reply.body = script;
  }
  // A browser that has it may go on with it while it asks for it anew (RFC 5861 section 3), answered or not.
  // It is no page's secret: Cross-Origin-Resource-Policy lets pages that are isolated take it, too.
  append_parts(head, {"ETag: W/", ClientScript::etag(),
                      "\r\nCache-Control: public, max-age=3600, stale-while-revalidate=86400\r\n"
                      "Cross-Origin-Resource-Policy: cross-origin\r\nX-Content-Type-Options: nosniff\r\n"
                      "Vary: Origin, Accept-Encoding\r\n"});
  append_dated_end(request, *scene.group.cors, reply);
  reply.note.status = unchanged ? 304 : 200;
  reply.note.format = "own";
}

}  // namespace understudy::answer
