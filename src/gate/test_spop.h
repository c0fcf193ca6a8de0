#pragma once

// For tests alone: frames as HAProxy 2.6.12 sent them, and frames made by hand.

#include <string>
#include <string_view>

#include "gate/spop_frame.h"

namespace understudy::gate {

inline std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

/// HAPROXY-HELLO of a thread.
inline const std::string kSeenHello = from_hex(
    "000000810100000001000012737570706f727465642d76657273696f6e730803322e300e6d61782d6672616d652d73697a65"
    "03fcf0060c6361706162696c69746965730810706970656c696e696e672c6173796e6309656e67696e652d69640824666330"
    "61306136622d396131332d343230322d383832392d666238316233303936636233");
/// HAPROXY-HELLO of `option spop-check`.
inline const std::string kSeenHealthCheck = from_hex(
    "0000004e0100000001000012737570706f727465642d76657273696f6e730803322e300e6d61782d6672616d652d73697a65"
    "03fcf0060c6361706162696c697469657308000b6865616c7468636865636b11");
/// NOTIFY, stream 0 frame 1: group "shop", GET /orders?x=1 from 127.0.0.1, host api.shop.example, a cookie.
inline const std::string kSeenNotify = from_hex(
    "0000008f030000000100010a756e6465727374756479080567726f7570080473686f70066d6574686f640803474554047061"
    "7468080b2f6f72646572733f783d31026970067f00000104686f737408106170692e73686f702e6578616d706c6506636f6f"
    "6b6965081c613d313b204259504153535f4d41494e54454e414e43453d747275650470617373000668656164657200");

/// A frame around a payload.
inline std::string frame(SpopType type, std::string_view payload, std::uint32_t flags = kSpopFin,
                         std::uint64_t stream = 0, std::uint64_t number = 0) {
  std::string out;
  SpopWriter writer(out, type, stream, number);
  out.append(payload);
  writer.finish();
  out[8] = static_cast<char>(flags);
  return out;
}

/// Length and frame of the first frame, taken off `bytes`; empty when there is none.
inline std::string take_frame(std::string& bytes) {
  if (bytes.size() < kSpopPrefix) return {};
  const std::size_t length = kSpopPrefix + SpopReader(bytes).u32();
  std::string taken = bytes.substr(0, length);
  bytes.erase(0, length);
  return taken;
}

}  // namespace understudy::gate
