#include "model/network_set.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace understudy::model {
namespace {

std::array<std::uint8_t, 16> last_of(const Network& network) {
  std::array<std::uint8_t, 16> last = network.address;
  for (unsigned bit = network.prefix_bits; bit < 128; ++bit) {
    last[bit / 8] = static_cast<std::uint8_t>(last[bit / 8] | (0x80U >> (bit % 8)));
  }
  return last;
}

}  // namespace

void NetworkSet::assign(std::vector<Network> networks) {
  all_ = std::move(networks);
  texts_.clear();
  ends_.clear();
  ends_.reserve(all_.size());
  for (const Network& network : all_) {
    texts_ += to_text(network);
    ends_.push_back(static_cast<std::uint32_t>(texts_.size()));
  }
  texts_.shrink_to_fit();
  std::vector<std::uint32_t> order(all_.size());
  std::iota(order.begin(), order.end(), 0U);
  // Of those that begin with the same address the widest first; of equal ones the one assigned first.
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(all_[a].address, all_[a].prefix_bits) < std::tie(all_[b].address, all_[b].prefix_bits);
  });
  ranges_.clear();
  for (const std::uint32_t index : order) {
    const Network& network = all_[index];
    if (!ranges_.empty() && network.address <= ranges_.back().last) continue;
    ranges_.push_back({network.address, last_of(network), index});
  }
  ranges_.shrink_to_fit();
}

std::size_t NetworkSet::find(const std::array<std::uint8_t, 16>& address) const {
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), address,
                       [](const auto& sought, const Range& range) { return sought < range.first; });
  if (after == ranges_.begin()) return kNone;
  const Range& range = *(after - 1);
  return address <= range.last ? range.index : kNone;
}

std::string_view NetworkSet::text(std::size_t index) const {
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(texts_).substr(begin, ends_[index] - begin);
}

}  // namespace understudy::model
