#include "app/cli/table.h"

#include <algorithm>
#include <cassert>
#include <clocale>
#include <cwchar>
#include <utility>

#include "base/text.h"

namespace understudy::app::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;

/// The C library knows the widths of characters, in a UTF-8 locale alone: this one is always there.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(::uselocale(locale_)) {}
  ~Utf8Locale() {
    ::uselocale(before_);
    if (locale_ != nullptr) ::freelocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t locale_;
  locale_t before_;
};

struct Character {
  std::string_view bytes;
  int width = -1;  ///< negative: nothing to be shown
};

/// REQUIRES: a Utf8Locale is in force; `rest` is not empty.
Character take_character(std::string_view& rest) {
  std::mbstate_t state{};
  wchar_t wide = 0;
  std::size_t length = std::mbrtowc(&wide, rest.data(), rest.size(), &state);
  Character taken;
  if (length == 0 || length > rest.size()) {
    length = 1;
  } else {
    taken.width = ::wcwidth(wide);
    // Marks that change the direction of what follows would let a text pose as another.
    const bool turns = (wide >= 0x202A && wide <= 0x202E) || (wide >= 0x2066 && wide <= 0x2069);
    if (turns) taken.width = -1;
  }
  taken.bytes = rest.substr(0, length);
  rest.remove_prefix(length);
  return taken;
}

}  // namespace

std::string display_text(std::string_view text) {
  std::string escaped = printable(text);
  const bool ascii = std::all_of(escaped.begin(), escaped.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) return escaped;
  const Utf8Locale locale;
  std::string out;
  std::string_view rest = escaped;
  while (!rest.empty()) {
    const Character character = take_character(rest);
    out += character.width < 0 ? std::string_view("?") : character.bytes;
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  const Utf8Locale locale;
  std::size_t width = 0;
  while (!text.empty()) width += static_cast<std::size_t>(std::max(0, take_character(text).width));
  return width;
}

std::string fit(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  const Utf8Locale locale;
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const Character character = take_character(text);
    used += static_cast<std::size_t>(std::max(0, character.width));
    if (used > width - 1) break;
    out += character.bytes;
  }
  return out + "…";
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<Cell> row) {
  assert(row.size() == columns_.size());
  for (Cell& cell : row) cell.text = display_text(cell.text);
  rows_.push_back(std::move(row));
}

/// 0: the column is empty and left out.
std::vector<std::size_t> Table::widths(std::optional<std::size_t> width) const {
  std::vector<std::size_t> widths(columns_.size());
  std::size_t total = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    for (const auto& row : rows_) widths[i] = std::max(widths[i], display_width(row[i].text));
    if (widths[i] == 0) continue;
    widths[i] = std::max(widths[i], display_width(columns_[i].title));
    total += widths[i] + (total == 0 ? 0 : kGap);
  }
  while (width && total > *width) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].cut == Cut::kNever || widths[i] <= kNarrowest) continue;
      if (widest == nullptr || widths[i] > *widest) widest = &widths[i];
    }
    if (widest == nullptr) break;
    --*widest;
    --total;
  }
  return widths;
}

std::string Table::render(std::optional<std::size_t> width, Colour colour) const {
  const std::vector<std::size_t> widths = this->widths(width);
  std::string out;
  const auto append = [&](std::size_t i, const std::string& text, Paint paint) {
    if (widths[i] == 0) return;
    const std::string shown = fit(text, widths[i]);
    out += painted(shown, paint, colour);
    out.append(widths[i] - display_width(shown) + kGap, ' ');
  };
  const auto end_line = [&out] {
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  };
  for (std::size_t i = 0; i < columns_.size(); ++i) append(i, columns_[i].title, Paint::kDim);
  end_line();
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) append(i, row[i].text, row[i].paint);
    end_line();
  }
  return out;
}

}  // namespace understudy::app::cli
