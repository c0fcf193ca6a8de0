#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/output.h"

namespace understudy::app::cli {

/// What a server sent, fit for one line of a terminal: control characters as escapes, bytes that are no
/// UTF-8 and other characters that a terminal might obey as "?".
[[nodiscard]] std::string display_text(std::string_view text);

/// How many columns a terminal needs for it: wide characters two, combining ones none.
/// REQUIRES: made by display_text.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// At most `width` columns of it, the last one "…" where something was cut. REQUIRES: made by display_text.
[[nodiscard]] std::string fit(std::string_view text, std::size_t width);

struct Cell {
  std::string text;
  Paint paint = Paint::kPlain;
};

/// Whether a column may be cut where the lines are too long for the terminal.
enum class Cut : std::uint8_t { kNever, kMayBe };

struct Column {
  std::string title;
  Cut cut = Cut::kNever;
};

/// Rows with aligned columns. Empty columns are left out.
class Table {
 public:
  explicit Table(std::vector<Column> columns);

  /// REQUIRES: one cell a column. Texts pass through display_text.
  void add(std::vector<Cell> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// Lines that end with a line feed and without blanks. With a width none is longer, as far as columns may
  /// be cut.
  [[nodiscard]] std::string render(std::optional<std::size_t> width, Colour colour) const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths(std::optional<std::size_t> width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace understudy::app::cli
