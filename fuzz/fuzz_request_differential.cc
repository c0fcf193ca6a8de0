// The request parser against the one that stood on Beast's, on the same bytes, cut at every place. Wherever
// one of the two finds another end, another field or another fault, it stops, but for what is meant to
// differ:
//  - A folded line is refused as such as soon as it is seen. Beast read all of it first, and what was
//    malformed in there was told in its place.
//  - A 101st field is refused before it is looked at.
//  - What is longer than a limit is refused as too long wherever it is cut; it was only if the rest was
//    missing.
//  - Malformed chunk extensions and trailers are refused when they are seen, not when the trailers end.
#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/beast_request_parser.h"
#include "fuzz/check.h"
#include "fuzz/request_text.h"
#include "http/request_parser.h"

namespace understudy::fuzz {
namespace {

using http::Progress;
using http::RequestParser;

/// A request line is longer than is waited for, or near the point from which Beast's parser judged parts of
/// it.
bool is_long_line(std::string_view head) {
  return std::min(head.find('\n'), head.size()) + 64 >= http::kMaxTarget;
}

template <typename Parser>
struct Reading {
  ParserScratch scratch;
  Parser parser{scratch};
  Progress progress;

  explicit Reading(std::string_view bytes) : progress(parser.parse_head(bytes)) {}
  [[nodiscard]] std::string text() const {
    std::string text;
    if (progress == Progress::kMore) return text;
    describe(text, scratch.request);
    return text;
  }
};

/// Both read the head. True: it is complete, and they agree.
bool compare_heads(std::string_view given) {
  const std::string_view bounded = given.substr(0, http::kMaxHeader);
  const std::vector<char> buffer(bounded.begin(), bounded.end());  // so that reading past it is seen
  const std::string_view bytes(buffer.data(), buffer.size());
  const Reading<RequestParser> mine(bytes);
  const Reading<BeastRequestParser> beasts(bytes);
  if (mine.progress == beasts.progress) {
    const bool refused = mine.progress == Progress::kRefused;
    if (refused && mine.parser.fault() != beasts.parser.fault()) {
      const bool meant = mine.parser.fault() == Fault::kFolded ||
                         mine.parser.fault() == Fault::kHeaderTooLarge || is_long_line(bytes);
      require(meant, "both tell the same fault");
      return false;
    }
    if (mine.progress == Progress::kDone) {
      require(mine.parser.consumed() == beasts.parser.consumed(), "a head ends at the same place");
    }
    // What a refused request held is used in its answer.
    require(mine.text() == beasts.text(), "both find the same fields");
    return mine.progress == Progress::kDone;
  }
  require(mine.progress != Progress::kDone, "nothing is accepted that was refused or waited for");
  const bool folded = mine.progress == Progress::kRefused && mine.parser.fault() == Fault::kFolded &&
                      beasts.progress == Progress::kMore;
  require(folded || is_long_line(bytes), "both are done at the same byte");
  return false;
}

struct BodyEnd {
  Progress progress = Progress::kMore;
  std::size_t used = 0;
  std::string content;
};

template <typename Parser>
BodyEnd read_body(std::string_view bytes, std::size_t cut) {
  Reading<Parser> reading(bytes);
  Parser parser(std::move(reading.parser));
  BodyEnd end;
  end.used = parser.consumed();
  for (const std::size_t arrived : {std::max(cut, end.used), bytes.size()}) {
    if (end.progress != Progress::kMore) break;
    const std::string_view unread = bytes.substr(end.used, arrived - end.used);
    const std::vector<char> buffer(unread.begin(), unread.end());
    end.progress = parser.read_body({buffer.data(), buffer.size()}, end.content);
    end.used += parser.consumed();
  }
  if (end.progress == Progress::kRefused) require(parser.fault() == Fault::kFraming, "chunks are framing");
  return end;
}

void compare_bodies(std::string_view bytes, std::size_t cut) {
  const BodyEnd mine = read_body<RequestParser>(bytes, cut);
  const BodyEnd beasts = read_body<BeastRequestParser>(bytes, cut);
  if (mine.progress == Progress::kRefused) {
    require(beasts.progress != Progress::kDone, "what was accepted is not refused");
    return;
  }
  require(mine.progress == beasts.progress, "a body ends at the same time");
  require(mine.content == beasts.content, "a body holds the same");
  if (mine.progress == Progress::kDone) require(mine.used == beasts.used, "a body ends at the same place");
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = understudy::fuzz::to_text(data, size);
  // At every byte; where there are many, at some: which, the content chooses.
  const std::size_t stride = 1 + size / 512;
  const std::size_t first = understudy::fuzz::number_from(bytes) % stride;
  for (std::size_t cut = first; cut < size; cut += stride) {
    understudy::fuzz::compare_heads(bytes.substr(0, cut));
  }
  if (!understudy::fuzz::compare_heads(bytes) || size >= understudy::http::kMaxChunkLine) return 0;
  for (std::size_t cut = first; cut <= size; cut += stride) understudy::fuzz::compare_bodies(bytes, cut);
  return 0;
}
