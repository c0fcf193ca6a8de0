#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace understudy::model {

/// What the operator wants for a group.
enum class Mode : std::uint8_t { kOpen, kReadOnly, kMaintenance };
/// Why an answer is being given.
enum class Reason : std::uint8_t { kMaintenance, kReadOnly, kFailure };

constexpr std::size_t kReasonCount = 3;
constexpr std::array<Reason, kReasonCount> kReasons = {Reason::kMaintenance, Reason::kReadOnly,
                                                       Reason::kFailure};

inline constexpr std::array<std::string_view, 3> kModeNames = {"open", "read-only", "maintenance"};
/// The words used on the wire, in the configuration and in the metrics.
[[nodiscard]] constexpr std::string_view to_text(Mode mode) {
  return kModeNames[static_cast<std::size_t>(mode)];
}
inline constexpr std::array<std::string_view, kReasonCount> kReasonNames = {"maintenance", "read-only",
                                                                            "failure"};
[[nodiscard]] constexpr std::string_view to_text(Reason reason) {
  return kReasonNames[static_cast<std::size_t>(reason)];
}
[[nodiscard]] constexpr std::optional<Reason> parse_reason(std::string_view text) {
  for (const Reason reason : kReasons) {
    if (to_text(reason) == text) return reason;
  }
  return std::nullopt;
}

}  // namespace understudy::model
