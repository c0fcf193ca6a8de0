#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace understudy::app::cli {

constexpr int kDone = 0;
constexpr int kRefused = 1;
constexpr int kWrongUse = 2;

enum class Colour : std::uint8_t { kNo, kYes };
enum class Paint : std::uint8_t { kPlain, kBold, kDim, kRed, kYellow, kGreen, kCyan };

/// What is known of the place that output goes to.
struct Screen {
  bool terminal = false;
  Colour colour = Colour::kNo;        ///< on a terminal alone, and not where NO_COLOR is set
  std::optional<std::size_t> width;   ///< columns of a terminal
  std::optional<std::size_t> height;  ///< lines of a terminal
};
[[nodiscard]] Screen look_at(std::FILE* out);

/// With the escape sequences of a colour around it.
[[nodiscard]] std::string painted(std::string_view text, Paint paint, Colour colour);

/// "understudy: …" on standard error; further lines as they are. Returns kRefused.
int refuse(const Error& error);
/// The same for what can't be understood; names the command's --help. Returns kWrongUse.
int wrong_use(std::string_view message);

/// Standard output, whole and at once. False where it can't be written, a closed pipe for instance.
bool print(std::string_view text);

}  // namespace understudy::app::cli
