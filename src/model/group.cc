#include "model/group.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace understudy::model {
namespace {

constexpr std::size_t kMaxName = 256;

/// Looks a key up in lower case without allocating.
std::size_t find_lower(const boost::unordered_flat_map<std::string_view, std::uint32_t>& map,
                       std::string_view key) {
  if (key.empty() || key.size() > kMaxName) return GroupTable::kNone;
  std::array<char, kMaxName> buffer;
  std::transform(key.begin(), key.end(), buffer.begin(), to_lower);
  const auto found = map.find(std::string_view(buffer.data(), key.size()));
  return found == map.end() ? GroupTable::kNone : found->second;
}

}  // namespace

const Text* Texts::own_text(Reason reason, std::string_view tag) const {
  const auto found = std::find_if(
      own.begin(), own.end(), [&](const OwnText& t) { return t.reason == reason && iequals(t.tag, tag); });
  return found == own.end() ? nullptr : &found->text;
}

const Text& Texts::text(Reason reason, std::size_t language) const {
  const auto& offer = offered(reason).languages[language];
  const Text* written = own_text(reason, offer.tag);
  return written != nullptr ? *written : offer.locale->text(reason);
}

GroupTable::GroupTable(std::uint32_t revision, std::vector<Group> groups, std::size_t default_group,
                       Group neutral)
    : revision_(revision),
      groups_(std::move(groups)),
      default_group_(default_group),
      neutral_(std::move(neutral)) {
  by_name_.reserve(groups_.size() * 2);
  by_host_.reserve(groups_.size());
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    by_name_.emplace(groups_[i].name, i);
    by_name_.emplace(groups_[i].id, i);
    for (const std::string& host : groups_[i].hosts) by_host_.emplace(host, i);
  }
}

std::size_t GroupTable::find(std::string_view name_or_id) const {
  const auto exact = by_name_.find(name_or_id);
  return exact != by_name_.end() ? exact->second : find_lower(by_name_, name_or_id);
}

std::size_t GroupTable::find_host(std::string_view host) const {
  const auto exact = by_host_.find(host);
  return exact != by_host_.end() ? exact->second : find_lower(by_host_, host);
}

bool Snapshot::trusts(const std::array<std::uint8_t, 16>& address) const {
  return std::any_of(trusted_proxies.begin(), trusted_proxies.end(),
                     [&](const Network& network) { return network.contains(address); });
}

}  // namespace understudy::model
