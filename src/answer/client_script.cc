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
  static const EmbeddedFile& kFile = embedded_file("pages/client/client.js");
  return kFile;
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
  Coding coding = memo_.coding(request.accept_encoding);
  std::string_view script = script_.in(coding);
  if (script.empty()) script = script_.in(coding = Coding::kIdentity);
  std::string& head = reply.head;
  head.append(unchanged ? "HTTP/1.1 304 Not Modified\r\n" : "HTTP/1.1 200 OK\r\n");
  if (!unchanged) {
    head.append(
        fmt::format("Content-Type: text/javascript; charset=utf-8\r\nContent-Length: {}\r\n", script.size()));
    if (coding != Coding::kIdentity)
      append_parts(head, {"Content-Encoding: ", content_encoding(coding), "\r\n"});
  }
  // A page that has it keeps it while nobody answers at all: then it is needed most. Public, and no page's
  // secret: Cross-Origin-Resource-Policy lets pages that are isolated take it, too.
  append_parts(head, {"ETag: W/", ClientScript::etag(),
                      "\r\nCache-Control: public, max-age=3600, stale-if-error=604800\r\n"
                      "Cross-Origin-Resource-Policy: cross-origin\r\nX-Content-Type-Options: nosniff\r\n"
                      "Vary: Origin, Accept-Encoding\r\n"});
  append_dated_end(request, *scene.group.cors, reply);
  if (!unchanged && request.method != http::Method::kHead) reply.body = script;
  reply.note.status = unchanged ? 304 : 200;
  reply.note.format = "own";
}

}  // namespace understudy::answer
