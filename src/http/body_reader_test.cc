#include "http/body_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace understudy::http {
namespace {

struct Outcome {
  Progress progress = Progress::kMore;
  std::size_t used = 0;
  std::string content;
};

/// What the chunks in `bytes` come to, with `cut` of them there at first.
Outcome read(std::string_view bytes, std::size_t cut) {
  BodyReader reader(BodyKind::kChunked, 0);
  Outcome out;
  for (const std::size_t arrived : {cut, bytes.size()}) {
    if (out.progress != Progress::kMore) break;
    out.progress = reader.read(bytes.substr(out.used, arrived - out.used), &out.content);
    out.used += reader.consumed();
  }
  return out;
}

void expect_everywhere(std::string_view bytes, Progress progress) {
  for (std::size_t cut = 0; cut <= bytes.size(); cut += bytes.size() > 1000 ? 97U : 1U) {
    EXPECT_EQ(read(bytes, cut).progress, progress) << bytes.substr(0, 60) << " cut at " << cut;
  }
}

TEST(BodyReader, TakesEveryFormOfChunk) {
  const std::string chunks[] = {"3\r\nabc\r\n0\r\n\r\n", "0003\r\nabc\r\n000\r\n\r\n",
                                "3;a\r\nabc\r\n0;b=c\r\n\r\n", "3 ; a = \"x;\\\"\ty\" ;b\r\nabc\r\n0\r\n\r\n",
                                "1\r\na\r\n2;x=y\r\nbc\r\n0\r\nX-A: 1\r\nConnection: x\r\n\r\n"};
  for (const std::string& chunk : chunks) {
    for (std::size_t cut = 0; cut <= chunk.size(); ++cut) {
      const Outcome out = read(chunk + "GET", cut);
      EXPECT_EQ(out.progress, Progress::kDone) << chunk << " cut at " << cut;
      EXPECT_EQ(out.used, chunk.size()) << chunk << " cut at " << cut;
      EXPECT_EQ(out.content, "abc") << chunk << " cut at " << cut;
    }
  }
}

TEST(BodyReader, RefusesWhatIsInDoubt) {
  const std::string_view chunks[] = {"\r\n",
                                     "g\r\n",
                                     "3 \r\nabc\r\n",
                                     "3 x\r\nabc\r\n",
                                     "3;\r\nabc\r\n",
                                     "3;a \r\nabc\r\n",
                                     "3;a=\r\nabc\r\n",
                                     "3;a=\"x\r\nabc\r\n",
                                     "3;a=\"x\"y\r\nabc\r\n",
                                     "3;a=\"\n\"\r\nabc\r\n",
                                     "3;a=\"\\\x01\"\r\nabc\r\n",
                                     "3\nabc\n0\n\n\r\n",
                                     "3\rabc",
                                     "3\r\nabcX\r\n",
                                     "3\r\nabc\n0\r\n\r\n",
                                     "10000000000000000\r\n",
                                     "0x3\r\nabc",
                                     "0\r\nX: a\n\r\n",
                                     "0\r\nX : a\r\n\r\n",
                                     "0\r\nX: a\r\n b\r\n\r\n",
                                     "0\r\n: a\r\n\r\n",
                                     "0\r\nX\r\n\r\n",
                                     "0\r\nContent-Length: 3\r\n\r\n",
                                     "0\r\ntransfer-encoding: chunked\r\n\r\n",
                                     "0\r\nConnection: a b\r\n\r\n"};
  for (const std::string_view chunk : chunks) expect_everywhere(chunk, Progress::kRefused);
}

TEST(BodyReader, BoundsLinesAndTrailersWhereverTheyAreCut) {
  const auto sized = [](std::string_view before, std::string_view behind, std::size_t size) {
    return std::string(before) + std::string(size - before.size() - behind.size(), 'a') + std::string(behind);
  };
  const std::string line = sized("1;", "\r\n", kMaxChunkLine);
  expect_everywhere(line + "x\r\n0\r\n\r\n", Progress::kDone);
  expect_everywhere(sized("1;", "\r\n", kMaxChunkLine + 1) + "x\r\n0\r\n\r\n", Progress::kRefused);
  expect_everywhere(sized("0\r\nX: ", "\r\n\r\n", kMaxChunkLine), Progress::kDone);
  expect_everywhere(sized("0\r\nX: ", "\r\n\r\n", kMaxChunkLine + 1), Progress::kRefused);
}

}  // namespace
}  // namespace understudy::http
