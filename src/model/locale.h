#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/reason.h"

namespace understudy::model {

struct Text {
  std::string title;
  std::string message;
  friend bool operator==(const Text&, const Text&) = default;
};

/// The words on the built-in page that are nobody's message.
struct PageLabels {
  std::string since, until, countdown, checking, retry, back, footer;
};

enum class Direction : std::uint8_t { kLeftToRight, kRightToLeft };

/// One built-in language: a file of pages/locales/.
struct Locale {
  std::string tag;   ///< BCP 47: "zh-Hant"
  std::string name;  ///< in the language itself
  Direction direction = Direction::kLeftToRight;
  std::array<Text, kReasonCount> texts;  ///< by Reason
  PageLabels labels;

  [[nodiscard]] const Text& text(Reason reason) const { return texts[static_cast<std::size_t>(reason)]; }
};

/// All built-in languages, sorted by tag. Immutable after construction, shared by all threads.
class Locales {
 public:
  /// REQUIRES: English ("en") is among them.
  explicit Locales(std::vector<Locale> locales);

  [[nodiscard]] const std::vector<Locale>& all() const { return locales_; }
  [[nodiscard]] const Locale& english() const { return *english_; }
  /// By tag without regard to case; null if not built in.
  [[nodiscard]] const Locale* find(std::string_view tag) const;
  /// The built-in language whose labels fit `tag` best, by cutting subtags off its end; English if none does.
  [[nodiscard]] const Locale& closest(std::string_view tag) const;

 private:
  const std::vector<Locale> locales_;
  const Locale* const english_;
};

/// Reads one file of pages/locales/ (JSON, every key required). Errors name the key.
[[nodiscard]] Result<Locale> parse_locale(std::string_view json);

/// The languages that are part of the binary.
[[nodiscard]] Locales built_in_locales();

/// Whether a script or language is written from right to left: ar, he, fa, ur, … and their regions.
[[nodiscard]] Direction direction_of(std::string_view tag);

}  // namespace understudy::model
