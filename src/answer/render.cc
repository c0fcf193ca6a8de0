#include "answer/render.h"

#include <utility>

#include <fmt/format.h>

#include "answer/compress.h"
#include "answer/page.h"

namespace understudy::answer {
namespace {

constexpr std::size_t kEntryOverhead = 256;

}  // namespace

std::size_t RenderKey::hash() const {
  const auto variant = static_cast<std::uint64_t>(reason) | static_cast<std::uint64_t>(format) << 2 |
                       static_cast<std::uint64_t>(coding) << 6 | static_cast<std::uint64_t>(language) << 8 |
                       static_cast<std::uint64_t>(presentation) << 24;
  std::uint64_t h = variant * 0x9e3779b97f4a7c15ULL;
  h ^= (static_cast<std::uint64_t>(since) + static_cast<std::uint64_t>(until) * 31) * 0xbf58476d1ce4e5b9ULL;
  return static_cast<std::size_t>(h ^ (h >> 29));
}

Rendered render(const RenderKey& key, const model::Group& group, const model::GroupState& state) {
  const BodyInput input{model::wording(group, state).texts,
                        key.reason,
                        key.language,
                        state.since,
                        state.until,
                        group.retry_after,
                        group.page.get()};
  std::string body = render_body(key.format, input);
  Coding coding = key.coding;
  if (coding != Coding::kIdentity && !body.empty()) {
    std::string compressed = compress(body, coding);
    const bool smaller = !compressed.empty() && compressed.size() < body.size();
    if (smaller) body = std::move(compressed);
    if (!smaller) coding = Coding::kIdentity;
  } else {
    coding = Coding::kIdentity;
  }
  const bool grpc = key.format == Format::kGrpc || key.format == Format::kGrpcWeb;
  const bool own_page = key.format == Format::kHtml && group.page != nullptr;
  std::string head = "HTTP/1.1 503 Service Unavailable\r\n";
  if (grpc) {
    head += grpc_lines(input.text());
  } else {
    head += fmt::format("Content-Type: {}\r\n", content_type(key.format));
  }
  if (!own_page) head += fmt::format("Content-Language: {}\r\n", input.spoken().tag);
  if (coding != Coding::kIdentity) head += fmt::format("Content-Encoding: {}\r\n", content_encoding(coding));
  if (key.format == Format::kHtml && !own_page) {
    head += fmt::format("Content-Security-Policy: {}\r\nReferrer-Policy: no-referrer\r\n",
                        page_security_policy());
  }
  head += fmt::format("Content-Length: {}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n",
                      body.size());
  head += kVary;
  head += fmt::format("Understudy-Reason: {}\r\n", to_text(key.reason));
  return {std::move(head), std::move(body)};
}

std::shared_ptr<const Rendered> RenderCache::get(const RenderKey& key, const model::Group& group,
                                                 const model::GroupState& state) {
  // Rendered under the lock: a second worker that wants the same answer waits for it in place of
  // compressing it a second time.
  const std::lock_guard lock(mutex_);
  if (const auto found = young_.find(key); found != young_.end()) return found->second;
  std::shared_ptr<const Rendered> rendered;
  if (const auto found = old_.find(key); found != old_.end()) {
    rendered = found->second;
  } else {
    rendered = std::make_shared<const Rendered>(render(key, group, state));
  }
  keep(key, rendered);
  return rendered;
}

void RenderCache::keep(const RenderKey& key, const std::shared_ptr<const Rendered>& rendered) {
  young_bytes_ += rendered->head.size() + rendered->body.size() + kEntryOverhead;
  if (young_bytes_ > most_bytes_ / 2) {
    old_ = std::exchange(young_, {});
    young_bytes_ = rendered->head.size() + rendered->body.size() + kEntryOverhead;
  }
  young_.emplace(key, rendered);
}

const RenderWindow::Slot& RenderWindow::get(const RenderKey& key, const model::Group& group,
                                            const model::GroupState& state) {
  Slot& usual = slots_[key.hash() % kSlots];
  if (usual.rendered != nullptr && usual.key == key) return usual;
  if (large_.rendered != nullptr && large_.key == key) return large_;
  const auto rendered = cache_.get(key, group, state);
  // What is large is held once, not once a slot: the cache's bound is to be the process's.
  Slot& slot = rendered->body.size() > kLarge ? large_ : usual;
  slot = {key, rendered.get(), rendered};
  return slot;
}

}  // namespace understudy::answer
