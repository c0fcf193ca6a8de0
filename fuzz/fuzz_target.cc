// A request's target and validators. Lines of the input: target, If-None-Match, If-Modified-Since.
#include <algorithm>
#include <chrono>
#include <string>

#include "base/text.h"
#include "fuzz/check.h"
#include "http/date.h"
#include "http/target.h"

namespace understudy::fuzz {
namespace {

void check_path(std::string_view path) {
  const auto decoded = http::decode_path(path);
  if (!decoded) return;
  require(decoded->size() <= path.size(), "decoding makes nothing longer");
  require(decoded->find('\0') == std::string::npos && decoded->find('\\') == std::string::npos,
          "no byte that file names can't have");
  require(std::count(decoded->begin(), decoded->end(), '/') == std::count(path.begin(), path.end(), '/'),
          "no slash comes out that was not there");
  const auto escapes = static_cast<std::size_t>(std::count(path.begin(), path.end(), '%'));
  require(escapes > 0 || *decoded == path, "what is not encoded stays as it is");
  require(path.size() - decoded->size() == 2 * escapes, "every escape is three characters, undone once");
}

void check_date(std::string_view text) {
  const auto time = http::parse_http_date(text);
  if (!time) return;
  // The clock's nanoseconds end in 2262, and begin in 1678.
  constexpr std::chrono::seconds kMost =
      std::chrono::duration_cast<std::chrono::seconds>(WallTime::duration::max());
  if (std::chrono::abs(time->time_since_epoch()) > kMost) return;
  const std::string written = http::format_http_date(*time);
  // The day's name follows from the date, and a leap second runs into the next minute.
  const bool leap_second = text.substr(23, 2) == "60";
  require(leap_second || written.substr(5) == text.substr(5), "a date that is read is written the same");
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  std::string_view rest = understudy::fuzz::to_text(data, size);
  understudy::http::Request request;
  request.target = understudy::take_until(rest, '\n');
  if (!rest.empty()) request.if_none_match = understudy::take_until(rest, '\n');
  if (!rest.empty()) request.if_modified_since = rest;
  const std::string_view path = request.path();
  require(path == "/" || understudy::fuzz::lies_in(path, request.target), "a path is a part of the target");
  understudy::fuzz::check_path(path);
  understudy::fuzz::check_path(request.target);
  understudy::fuzz::check_date(request.if_modified_since);
  const auto modified = understudy::WallTime(std::chrono::seconds(1'700'000'000));
  const bool unchanged = understudy::http::is_unchanged(request, "\"0123456789abcdef\"", modified);
  const bool tagged = request.if_none_match.data() != nullptr;
  require(!unchanged || !tagged || request.if_none_match.find('*') != std::string_view::npos ||
              request.if_none_match.find("\"0123456789abcdef\"") != std::string_view::npos,
          "unchanged only where the tag is the file's own");
  return 0;
}
