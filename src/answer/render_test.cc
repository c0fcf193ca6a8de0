#include "answer/render.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <brotli/decode.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "answer/compress.h"
#include "base/random.h"
#include "http/date.h"
#include "state/test_snapshot.h"

namespace understudy::answer {
namespace {

using model::Reason;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kConfig = R"(
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
)";

constexpr Format kFormats[] = {Format::kJson,       Format::kProblem, Format::kHtml,   Format::kText,
                               Format::kXml,        Format::kTextXml, Format::kGrpc,   Format::kGrpcWeb,
                               Format::kGraphql,    Format::kJsonRpc, Format::kSoap11, Format::kSoap12,
                               Format::kEventStream};

std::string gunzip(std::string_view bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(4 << 20, '\0');
  std::string in(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U) << "nothing behind the end";
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::string decoded(std::string_view bytes, Coding coding) {
  if (coding == Coding::kIdentity) return std::string(bytes);
  if (coding == Coding::kGzip) return gunzip(bytes);
  std::string out(4 << 20, '\0');
  if (coding == Coding::kZstd) {
    const std::size_t size = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
    EXPECT_EQ(ZSTD_isError(size), 0U);
    out.resize(size);
    return out;
  }
  std::size_t size = out.size();
  EXPECT_EQ(BrotliDecoderDecompress(bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()), &size,
                                    reinterpret_cast<std::uint8_t*>(out.data())),
            BROTLI_DECODER_RESULT_SUCCESS);
  out.resize(size);
  return out;
}

constexpr Coding kCodings[] = {Coding::kBrotli, Coding::kZstd, Coding::kGzip, Coding::kIdentity};

TEST(Compress, GivesBackWhatWentIn) {
  std::string random;
  Random numbers(7);
  for (int i = 0; i < 300'000; ++i) random += static_cast<char>(numbers.up_to(255));
  for (const std::string& text : {std::string(), std::string("a"), std::string(1'000'000, 'x'), random}) {
    for (const Coding coding : kCodings) {
      const std::string compressed = compress(text, coding);
      EXPECT_EQ(decoded(compressed, coding), text) << text.size() << " " << content_encoding(coding);
    }
  }
}

class Render : public testing::Test {
 protected:
  [[nodiscard]] const model::Group& group() const { return snapshot_->table->group(0); }
  [[nodiscard]] RenderKey key(Reason reason, Format format, Coding coding, std::int64_t since = 0) const {
    const auto english = group().texts->offered(reason).by_tag.at("en");
    return {group().presentation, reason, format, coding, static_cast<std::uint16_t>(english), since, 0};
  }
  [[nodiscard]] RenderKey key(std::int64_t since) const {
    return key(Reason::kMaintenance, Format::kJson, Coding::kIdentity, since);
  }
  std::shared_ptr<const Rendered> get(RenderCache& cache, std::int64_t since) {
    return cache.get(key(since), group(),
                     {model::Mode::kMaintenance, WallTime(std::chrono::seconds(since)), {}});
  }

  const std::shared_ptr<const model::Snapshot> snapshot_ = state::test_snapshot(kConfig);
  const model::GroupState state_{model::Mode::kMaintenance, {}, {}};
};

TEST_F(Render, EveryCodingHoldsTheIdentitysBody) {
  for (const Reason reason : model::kReasons) {
    for (const Format format : kFormats) {
      const Rendered plain = render(key(reason, format, Coding::kIdentity), group(), state_);
      EXPECT_THAT(plain.head, Not(HasSubstr("Content-Encoding")));
      for (const Coding coding : kCodings) {
        const Rendered coded = render(key(reason, format, coding), group(), state_);
        const bool is_coded = coded.head.find("Content-Encoding") != std::string::npos;
        EXPECT_EQ(decoded(coded.body, is_coded ? coding : Coding::kIdentity), plain.body);
        EXPECT_THAT(coded.head, HasSubstr(fmt::format("\r\nContent-Length: {}\r\n", coded.body.size())));
        if (is_coded) {
          EXPECT_THAT(coded.head,
                      HasSubstr(fmt::format("\r\nContent-Encoding: {}\r\n", content_encoding(coding))));
          EXPECT_LT(coded.body.size(), plain.body.size());
        }
      }
    }
  }
  EXPECT_THAT(render(key(Reason::kFailure, Format::kHtml, Coding::kBrotli), group(), state_).head,
              HasSubstr("\r\nContent-Encoding: br\r\n"));
}

TEST_F(Render, HeadsSayWhatTheBodyIs) {
  for (const Format format : kFormats) {
    const Rendered rendered = render(key(Reason::kMaintenance, format, Coding::kIdentity), group(), state_);
    EXPECT_TRUE(rendered.head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    EXPECT_TRUE(rendered.head.ends_with("\r\n"));
    EXPECT_EQ(rendered.head.find("\r\n\r\n"), std::string::npos) << "more lines follow";
    for (const std::string_view line :
         {"Cache-Control: no-store", "X-Content-Type-Options: nosniff", "Content-Language: en",
          "Vary: Origin, Accept, Accept-Language, Accept-Encoding", "Understudy-Reason: maintenance"}) {
      EXPECT_THAT(rendered.head, HasSubstr(fmt::format("\r\n{}\r\n", line)));
    }
    const bool grpc = format == Format::kGrpc || format == Format::kGrpcWeb;
    EXPECT_EQ(rendered.head.find("grpc-status: 14\r\n") != std::string::npos, grpc);
    EXPECT_EQ(rendered.head.find("Content-Type: ") != std::string::npos, !grpc);
    EXPECT_EQ(rendered.head.find("Content-Security-Policy: ") != std::string::npos, format == Format::kHtml);
  }
}

TEST_F(Render, AnOperatorsPageClaimsNoLanguageAndNoPolicy) {
  model::Group own = group();
  auto page = std::make_shared<model::PageDir>();
  page->index = "<!DOCTYPE html>";
  own.page = page;
  const Rendered rendered = render(key(Reason::kFailure, Format::kHtml, Coding::kIdentity), own, state_);
  EXPECT_EQ(rendered.body, page->index);
  EXPECT_THAT(rendered.head, Not(HasSubstr("Content-Language")));
  EXPECT_THAT(rendered.head, Not(HasSubstr("Content-Security-Policy")));
}

TEST_F(Render, TheCacheGivesTheSameForTheSameKey) {
  RenderCache cache(std::size_t{1} << 20);
  const auto first = get(cache, 0);
  EXPECT_EQ(get(cache, 0), first);
  EXPECT_NE(get(cache, 1), first);
  EXPECT_NE(cache.get(key(Reason::kFailure, Format::kJson, Coding::kIdentity), group(), state_), first);
  EXPECT_NE(cache.get(key(Reason::kMaintenance, Format::kText, Coding::kIdentity), group(), state_), first);
  EXPECT_NE(cache.get(key(Reason::kMaintenance, Format::kJson, Coding::kGzip), group(), state_), first);
  EXPECT_EQ(get(cache, 0), first);
}

TEST_F(Render, TheCacheIsBounded) {
  constexpr std::size_t kMost = 64 * 1024;
  RenderCache cache(kMost);
  std::vector<std::weak_ptr<const Rendered>> made;
  for (std::int64_t since = 1; since <= 2000; ++since) {
    made.push_back(get(cache, since));
    std::size_t kept = 0;
    for (const auto& weak : made) {
      if (const auto rendered = weak.lock()) kept += rendered->head.size() + rendered->body.size();
    }
    ASSERT_LE(kept, kMost) << since;
  }
}

TEST_F(Render, WhatIsUsedStaysInTheCache) {
  RenderCache cache(std::size_t{64} * 1024);
  const auto used = get(cache, 0);
  const std::weak_ptr<const Rendered> unused = get(cache, 1);
  for (std::int64_t since = 2; since <= 500; ++since) {
    static_cast<void>(get(cache, since));
    ASSERT_EQ(get(cache, 0), used) << since;
  }
  EXPECT_TRUE(unused.expired());
}

TEST_F(Render, AnAnswerLargerThanTheCacheIsStillGiven) {
  RenderCache cache(1);
  EXPECT_FALSE(get(cache, 0)->body.empty());
  EXPECT_FALSE(get(cache, 1)->body.empty());
}

TEST_F(Render, TheWindowKeepsWhatItShows) {
  RenderCache cache(1);
  RenderWindow window(cache);
  const RenderWindow::Slot& slot = window.get(key(1), group(), state_);
  const Rendered* shown = slot.rendered;
  const std::string body = shown->body;
  EXPECT_EQ(window.get(key(1), group(), state_).rendered, shown);
  const std::shared_ptr<const void> owner = slot.owner;
  // A copy of the owner is what a slow connection holds while others come and go.
  for (std::int64_t since = 2; since < 5000; ++since)
    static_cast<void>(window.get(key(since), group(), state_));
  EXPECT_EQ(shown->body, body);
}

TEST_F(Render, TheWindowShowsWhatWasAskedFor) {
  RenderCache cache(std::size_t{1} << 20);
  RenderWindow window(cache);
  // More answers than the window has room for.
  for (std::int64_t minute = 1; minute <= 3000; ++minute) {
    const WallTime since(std::chrono::seconds(minute * 60));
    const auto& slot = window.get(key(minute * 60), group(), {model::Mode::kMaintenance, since, {}});
    ASSERT_THAT(slot.rendered->body, HasSubstr("\"since\":\"" + http::format_rfc3339(since))) << minute;
  }
}

TEST_F(Render, TheWindowHoldsOneLargeAnswerAndNoMore) {
  model::Group own = group();
  auto page = std::make_shared<model::PageDir>();
  page->index = std::string(100'000, 'x');
  own.page = page;
  RenderCache cache(1);
  RenderWindow window(cache);
  std::vector<std::weak_ptr<const void>> shown;
  for (std::int64_t since = 1; since <= 50; ++since) {
    const auto& slot =
        window.get(key(Reason::kFailure, Format::kHtml, Coding::kIdentity, since), own, state_);
    ASSERT_EQ(slot.rendered->body, page->index);
    shown.push_back(slot.owner);
    ASSERT_NE(window.get(key(since), group(), state_).rendered->body, page->index);
  }
  const auto held =
      std::count_if(shown.begin(), shown.end(), [](const auto& weak) { return !weak.expired(); });
  EXPECT_LE(held, 2) << "the window's one, and the last that the cache was given";
}

TEST_F(Render, ThreadsShareOneCache) {
  RenderCache cache(std::size_t{1} << 20);
  std::vector<std::thread> threads;
  std::vector<std::vector<std::shared_ptr<const Rendered>>> got(4);
  for (auto& mine : got) {
    threads.emplace_back([&] {
      for (std::int64_t since = 0; since < 50; ++since) mine.push_back(get(cache, since));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : got) EXPECT_EQ(mine, got[0]);
}

TEST_F(Render, KeysThatDifferHashApart) {
  std::vector<std::size_t> hashes;
  for (std::uint32_t presentation = 1; presentation <= 20; ++presentation) {
    for (const Format format : kFormats) {
      for (const Coding coding : kCodings) {
        for (std::uint16_t language = 0; language < 20; ++language) {
          hashes.push_back(RenderKey{presentation, Reason::kFailure, format, coding, language, 0, 0}.hash());
        }
      }
    }
  }
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

}  // namespace
}  // namespace understudy::answer
