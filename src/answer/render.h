#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "answer/body.h"
#include "answer/client_script.h"
#include "answer/negotiate.h"
#include "model/group.h"

namespace understudy::answer {

/// One answer as it goes out, but for what differs from request to request: everything from the
/// status line to Understudy-Reason, and the body, compressed. Immutable.
struct Rendered {
  std::string head;
  std::string body;
};

/// What makes two answers the same.
struct RenderKey {
  std::uint32_t presentation = 0;
  model::Reason reason{};
  Format format{};
  Coding coding{};
  std::uint16_t language = 0;
  std::int64_t since = 0;  ///< seconds since 1970; 0: unknown
  std::int64_t until = 0;

  bool operator==(const RenderKey&) const = default;
  [[nodiscard]] std::size_t hash() const;
};

/// Renders and compresses each answer once and keeps it, in bounded memory: two generations, of which
/// the older is dropped when the younger is full. Threads: any; the lock is taken only by an answer
/// that a worker has not seen lately.
class RenderCache {
 public:
  /// `most_bytes`: about how much is kept.
  explicit RenderCache(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  [[nodiscard]] std::shared_ptr<const Rendered> get(const RenderKey& key, const model::Group& group,
                                                    const model::GroupState& state);
  /// What is the same for every group.
  [[nodiscard]] ClientScript& client_script() { return client_script_; }

 private:
  struct Hash {
    std::size_t operator()(const RenderKey& key) const { return key.hash(); }
  };
  using Generation = std::unordered_map<RenderKey, std::shared_ptr<const Rendered>, Hash>;

  void keep(const RenderKey& key, const std::shared_ptr<const Rendered>& rendered);

  const std::size_t most_bytes_;
  ClientScript client_script_;
  std::mutex mutex_;
  Generation young_;             // guarded by mutex_
  Generation old_;               // guarded by mutex_
  std::size_t young_bytes_ = 0;  // guarded by mutex_
};

/// A worker's own window on the cache: no lock where the same answers come again. One thread.
class RenderWindow {
 public:
  struct Slot {
    RenderKey key;
    const Rendered* rendered = nullptr;
    std::shared_ptr<const void> owner;  ///< of `rendered`
  };

  explicit RenderWindow(RenderCache& cache) : cache_(cache), slots_(kSlots) {}

  /// Valid until the next call on this window.
  [[nodiscard]] const Slot& get(const RenderKey& key, const model::Group& group,
                                const model::GroupState& state);

 private:
  static constexpr std::size_t kSlots = 1024;
  static constexpr std::size_t kLarge = 16 * 1024;  ///< bytes
  RenderCache& cache_;
  std::vector<Slot> slots_;
  Slot large_;
};

/// Renders without any cache.
[[nodiscard]] Rendered render(const RenderKey& key, const model::Group& group,
                              const model::GroupState& state);

/// What every answer depends on.
constexpr std::string_view kVary = "Vary: Origin, Accept, Accept-Language, Accept-Encoding\r\n";

}  // namespace understudy::answer
