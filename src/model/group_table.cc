#include "model/group_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"

namespace understudy::model {
namespace {

constexpr std::size_t kMaxKey = 256;
/// Changes over the base until building anew pays: more with more groups, whose copying costs more.
constexpr std::size_t kMostChanges = 1024;
constexpr std::size_t kGroupsPerChange = 128;

/// The key in lower case in `buffer`; empty: it can be no key.
std::string_view to_lower_key(std::string_view key, std::array<char, kMaxKey>& buffer) {
  if (key.size() > kMaxKey) return {};
  std::transform(key.begin(), key.end(), buffer.begin(), to_lower);
  return {buffer.data(), key.size()};
}

template <typename Index>
void enter(const Group& group, std::uint32_t index, Index& by_name, Index& by_host) {
  by_name.emplace(group.name, index);
  by_name.emplace(group.id, index);
  for (const std::string& host : group.hosts) by_host.emplace(host, index);
}

}  // namespace

GroupTable::GroupTable(std::uint32_t revision, std::vector<Group> groups, std::size_t default_group,
                       Group neutral)
    : revision_(revision),
      default_group_(default_group),
      neutral_(std::make_shared<const Group>(std::move(neutral))) {
  auto base = std::make_shared<Base>();
  base->groups.assign(std::make_move_iterator(groups.begin()), std::make_move_iterator(groups.end()));
  std::size_t bytes = 0;
  for (const Group& group : base->groups) {
    bytes += group.name.size() + group.id.size();
    for (const std::string& host : group.hosts) bytes += host.size();
  }
  base->keys.reserve(bytes);  // so that no key moves any more
  base->by_name.reserve(base->groups.size() * 2);
  base->by_host.reserve(base->groups.size());
  const auto key = [&](const std::string& text) {
    base->keys.insert(base->keys.end(), text.begin(), text.end());
    return std::string_view(base->keys.data() + base->keys.size() - text.size(), text.size());
  };
  for (std::uint32_t i = 0; i < base->groups.size(); ++i) {
    const Group& group = base->groups[i];
    base->by_name.emplace(key(group.name), i);
    base->by_name.emplace(key(group.id), i);
    for (const std::string& host : group.hosts) base->by_host.emplace(key(host), i);
  }
  base_ = std::move(base);
}

std::shared_ptr<const GroupTable> GroupTable::changed(std::uint32_t revision,
                                                      const std::vector<std::size_t>& removed,
                                                      std::vector<Group> added,
                                                      std::size_t default_group) const {
  const std::shared_ptr<GroupTable> made(new GroupTable(*this));
  made->revision_ = revision;
  made->default_group_ = default_group;
  for (const std::size_t index : removed) {
    made->removed_.insert(static_cast<std::uint32_t>(index));
    const Group& gone = group(index);
    made->added_by_name_.erase(gone.name);
    made->added_by_name_.erase(gone.id);
    for (const std::string& host : gone.hosts) made->added_by_host_.erase(host);
  }
  for (Group& one : added) {
    const auto index = static_cast<std::uint32_t>(made->size());
    made->added_.push_back(std::make_shared<const Group>(std::move(one)));
    enter(*made->added_.back(), index, made->added_by_name_, made->added_by_host_);
  }
  return made;
}

bool GroupTable::wants_compacting() const {
  return added_.size() + removed_.size() > kMostChanges + base_->groups.size() / kGroupsPerChange;
}

std::size_t GroupTable::lookup(const Index& added, const Index& base, std::string_view key) const {
  if (!added.empty()) {
    const auto found = added.find(key);
    if (found != added.end()) return found->second;
  }
  const auto found = base.find(key);
  return found == base.end() || vacant(found->second) ? kNone : found->second;
}

std::size_t GroupTable::find(std::string_view name_or_id) const {
  const std::size_t exact = lookup(added_by_name_, base_->by_name, name_or_id);
  if (exact != kNone) return exact;
  std::array<char, kMaxKey> buffer;
  return lookup(added_by_name_, base_->by_name, to_lower_key(name_or_id, buffer));
}

std::size_t GroupTable::find_host(std::string_view host) const {
  const std::size_t exact = lookup(added_by_host_, base_->by_host, host);
  if (exact != kNone) return exact;
  std::array<char, kMaxKey> buffer;
  return lookup(added_by_host_, base_->by_host, to_lower_key(host, buffer));
}

void States::reset(std::size_t size) {
  chunks_.clear();
  own_.clear();
  size_ = 0;
  grow(size);
}

void States::grow(std::size_t size) {
  size_ = std::max(size_, size);
  while (chunks_.size() * kChunk < size_) {
    chunks_.push_back(std::make_shared<Chunk>());
    own_.push_back(true);
  }
}

void States::set(std::size_t index, GroupState state) {
  const std::size_t chunk = index / kChunk;
  if (!own_[chunk]) {
    chunks_[chunk] = std::make_shared<Chunk>(*chunks_[chunk]);
    own_[chunk] = true;
  }
  (*chunks_[chunk])[index % kChunk] = std::move(state);
}

States States::share() {
  own_.assign(chunks_.size(), false);
  return *this;
}

bool Snapshot::trusts(const std::array<std::uint8_t, 16>& address) const {
  return std::any_of(trusted_proxies.begin(), trusted_proxies.end(),
                     [&](const Network& network) { return network.contains(address); });
}

}  // namespace understudy::model
