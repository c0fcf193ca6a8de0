#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/network.h"

namespace understudy::model {

/// Networks to look addresses up in. Prefixes are nested or disjoint, so those that lie within another are of
/// no account for a search, and the others are sorted ranges: one search by halves, however many there are.
/// Immutable once assigned; copies are deep.
class NetworkSet {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  void assign(std::vector<Network> networks);
  /// The index, into `all()`, of the widest network that holds the address; kNone if none does.
  [[nodiscard]] std::size_t find(const std::array<std::uint8_t, 16>& address) const;
  [[nodiscard]] bool empty() const { return all_.empty(); }
  /// As they were assigned, in that order.
  [[nodiscard]] const std::vector<Network>& all() const { return all_; }
  /// "203.0.113.0/24". REQUIRES: index < all().size().
  [[nodiscard]] std::string_view text(std::size_t index) const;

 private:
  struct Range {
    std::array<std::uint8_t, 16> first;
    std::array<std::uint8_t, 16> last;
    std::uint32_t index;
  };
  std::vector<Network> all_;
  std::string texts_;                ///< one behind the other
  std::vector<std::uint32_t> ends_;  ///< of each
  std::vector<Range> ranges_;        ///< sorted, disjoint
};

}  // namespace understudy::model
