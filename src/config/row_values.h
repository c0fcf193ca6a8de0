#pragma once

// What the rows of settings.cc and group_settings.cc have in common; for them alone.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/text.h"
#include "config/settings.h"
#include "model/network.h"

namespace understudy::config {

inline constexpr std::int64_t kSecond = 1000;
inline constexpr std::int64_t kHour = 3600 * kSecond;
inline constexpr std::int64_t kDay = 24 * kHour;

inline std::vector<model::Network> to_networks(const Value& value) {
  std::vector<model::Network> out;
  for (const std::string& text : std::get<std::vector<std::string>>(value)) {
    if (const auto network = model::parse_network(text)) out.push_back(*network);
  }
  return out;
}

inline std::vector<std::string> all_lower(std::vector<std::string> texts) {
  for (std::string& text : texts) std::transform(text.begin(), text.end(), text.begin(), to_lower);
  return texts;
}

inline std::string text_of(Value&& v) { return std::get<std::string>(std::move(v)); }

inline std::vector<std::string> list_of(Value&& v) {
  return std::get<std::vector<std::string>>(std::move(v));
}

inline std::chrono::milliseconds time_of(const Value& v) { return std::get<std::chrono::milliseconds>(v); }

inline std::int64_t number_of(const Value& v) { return std::get<std::int64_t>(v); }

}  // namespace understudy::config
