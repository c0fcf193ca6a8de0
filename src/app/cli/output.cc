#include "app/cli/output.h"

#include <cstdlib>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace understudy::app::cli {
namespace {

std::string_view code_of(Paint paint) {
  switch (paint) {
    case Paint::kPlain:
      return "";
    case Paint::kBold:
      return "\x1b[1m";
    case Paint::kDim:
      return "\x1b[2m";
    case Paint::kRed:
      return "\x1b[1;31m";
    case Paint::kYellow:
      return "\x1b[33m";
    case Paint::kGreen:
      return "\x1b[32m";
    case Paint::kCyan:
      return "\x1b[36m";
  }
  return "";
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

Screen look_at(std::FILE* out) {
  Screen screen;
  const int descriptor = ::fileno(out);
  if (::isatty(descriptor) != 1) return screen;
  screen.terminal = true;
  const char* kind = std::getenv("TERM");
  const bool dumb = kind != nullptr && std::string_view(kind) == "dumb";
  if (!dumb && !is_set("NO_COLOR")) screen.colour = Colour::kYes;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0) {
    if (size.ws_col > 0) screen.width = size.ws_col;
    if (size.ws_row > 0) screen.height = size.ws_row;
  }
  return screen;
}

std::string painted(std::string_view text, Paint paint, Colour colour) {
  const std::string_view code = code_of(paint);
  if (colour == Colour::kNo || code.empty() || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code, text);
}

int refuse(const Error& error) {
  fmt::print(stderr, "understudy: {}\n", error.message);
  return kRefused;
}

int wrong_use(std::string_view message) {
  fmt::print(stderr, "understudy: {}\n", message);
  return kWrongUse;
}

bool print(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

}  // namespace understudy::app::cli
