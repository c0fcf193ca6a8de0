#pragma once

#include <cstdint>
#include <string_view>

namespace understudy::http {

/// One element of Accept, Accept-Language or Accept-Encoding.
struct WeightedItem {
  std::string_view item;        ///< without parameters: "text/html", "de-AT", "br"
  std::string_view parameters;  ///< what stood between the item and its weight, raw: "level=1"
  std::uint16_t weight = 1000;  ///< the quality value in thousandths, 0 to 1000 (RFC 9110 section 12.4.2)
};

/// Goes through a weighted list (RFC 9110 section 12.5) without storing it, so a list of any length
/// costs no memory. Elements whose weight is malformed or outside 0 to 1 are passed over, as are
/// empty ones; a weight with more than three decimals is cut, but never down to a refusal.
class WeightedList {
 public:
  explicit WeightedList(std::string_view field) : rest_(field) {}

  /// The next element; false at the end.
  [[nodiscard]] bool next(WeightedItem& out);

 private:
  std::string_view rest_;
};

}  // namespace understudy::http
