#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "base/large_allocator.h"
#include "model/group.h"
#include "model/network.h"
#include "model/pass.h"

namespace understudy::model {

/// All groups in force. Immutable after construction, shared by all threads. Groups have an index, from 0 to
/// below `size()`; some may be vacant. A change makes a new table that shares the old one's larger part, so
/// that the hundred-thousandth group costs no more than the first.
class GroupTable {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  /// REQUIRES: names, ids and hosts are unique. `revision` is unique in the process.
  /// `neutral` stands for requests of nobody's: built-in texts, no origin allowed.
  GroupTable(std::uint32_t revision, std::vector<Group> groups, std::size_t default_group, Group neutral);

  /// The same groups without those at `removed` and with `added` behind the others, whose indexes stay.
  [[nodiscard]] std::shared_ptr<const GroupTable> changed(std::uint32_t revision,
                                                          const std::vector<std::size_t>& removed,
                                                          std::vector<Group> added,
                                                          std::size_t default_group) const;
  /// Whether so much has changed that building a table anew pays.
  [[nodiscard]] bool wants_compacting() const;

  /// Whether `before` was this table before some changes: every group of both has the same index in both.
  [[nodiscard]] bool continues(const GroupTable& before) const { return base_ == before.base_; }

  [[nodiscard]] std::uint32_t revision() const { return revision_; }
  [[nodiscard]] std::size_t size() const { return base_->groups.size() + added_.size(); }
  [[nodiscard]] std::size_t count() const { return size() - removed_.size(); }  ///< without the vacant
  [[nodiscard]] bool vacant(std::size_t index) const {
    return !removed_.empty() && removed_.contains(static_cast<std::uint32_t>(index));
  }
  [[nodiscard]] const Group& group(std::size_t index) const {
    const std::size_t in_base = base_->groups.size();
    return index < in_base ? base_->groups[index] : *added_[index - in_base];
  }
  [[nodiscard]] std::size_t default_group() const { return default_group_; }
  [[nodiscard]] const Group& neutral() const { return *neutral_; }
  /// By name, or by id without regard to case; kNone if there is none.
  [[nodiscard]] std::size_t find(std::string_view name_or_id) const;
  /// By host name without port and without regard to case; kNone if there is none.
  [[nodiscard]] std::size_t find_host(std::string_view host) const;

  /// Calls `visit(index, group)` for each group, in the order of the indexes.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (std::size_t i = 0; i < size(); ++i) {
      if (!vacant(i)) visit(i, group(i));
    }
  }

 private:
  // Open addressing: with many groups each step of a search misses the cache.
  using Index = boost::unordered_flat_map<std::string_view, std::uint32_t, boost::hash<std::string_view>,
                                          std::equal_to<>,
                                          LargeAllocator<std::pair<const std::string_view, std::uint32_t>>>;
  struct Base {
    std::vector<Group, LargeAllocator<Group>> groups;
    std::vector<char, LargeAllocator<char>>
        keys;       ///< what the indexes point into: close together, as searches go through them
    Index by_name;  ///< names and ids
    Index by_host;
  };

  GroupTable() = default;
  [[nodiscard]] std::size_t lookup(const Index& added, const Index& base, std::string_view key) const;

  std::uint32_t revision_ = 0;
  std::size_t default_group_ = kNone;
  std::shared_ptr<const Group> neutral_;
  std::shared_ptr<const Base> base_;
  std::vector<std::shared_ptr<const Group>> added_;
  Index added_by_name_;
  Index added_by_host_;
  boost::unordered_flat_set<std::uint32_t> removed_;
};

/// A state for each index of a table. Copies share what has not changed since, so that one switch among a
/// hundred thousand groups copies a few of them. Threads: copies may be read by any; one owner changes its
/// own.
class States {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const GroupState& operator[](std::size_t index) const {
    return (*chunks_[index / kChunk])[index % kChunk];
  }
  /// All open.
  void reset(std::size_t size);
  /// The states there are stay.
  void grow(std::size_t size);
  void set(std::size_t index, GroupState state);
  /// A copy for a snapshot.
  [[nodiscard]] States share();

 private:
  static constexpr std::size_t kChunk = 256;
  using Chunk = std::array<GroupState, kChunk>;
  std::size_t size_ = 0;
  std::vector<std::shared_ptr<Chunk>> chunks_;
  std::vector<bool> own_;  ///< chunks that nobody shares
};

/// Everything that answering needs: built and checked off the request path, immutable, replaced whole.
struct Snapshot {
  std::uint64_t revision = 0;
  std::shared_ptr<const GroupTable> table;
  States states;  ///< by the table's index
  std::vector<Network> trusted_proxies;
  std::string reason_header;               ///< empty: none
  std::shared_ptr<const PassBook> passes;  ///< null: there are none
  bool degraded = false;                   ///< what health tells: the store can't take changes

  [[nodiscard]] bool trusts(const std::array<std::uint8_t, 16>& address) const;
};

}  // namespace understudy::model
