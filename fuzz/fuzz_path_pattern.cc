// What is exempt, and what counts as read: a pattern in the first line, then a request's target.
#include <algorithm>
#include <string>

#include "base/text.h"
#include "fuzz/check.h"
#include "model/path_pattern.h"

namespace understudy::fuzz {
namespace {

void check_normal(const std::string& path) {
  require(path.starts_with('/'), "a path begins with a slash");
  require(is_utf8(path) && !has_control(path), "it is text");
  require(path.find("//") == std::string::npos && path.find('\\') == std::string::npos &&
              path.find(';') == std::string::npos,
          "nothing in it could be taken for another path");
  for (const std::string_view dots : {"/../", "/./"})
    require((path + "/").find(dots) == std::string::npos, "no dots");
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  namespace model = understudy::model;
  std::string_view target = understudy::fuzz::to_text(data, size);
  const std::string_view text = understudy::take_until(target, '\n');
  const auto path = model::normal_path(target);
  if (path) understudy::fuzz::check_normal(*path);
  std::string why;
  const auto pattern = model::parse_path_pattern(text, why);
  require(pattern.has_value() == why.empty(), "what is refused is explained");
  if (!pattern) return 0;
  require(pattern->text() == text, "a pattern is shown as it was written");
  if (!path) return 0;
  const std::string method = pattern->method.empty() ? "GET" : pattern->method;
  if (!pattern->matches(method, *path)) return 0;
  require(pattern->method.empty() || !pattern->matches(method + "X", *path),
          "another method is another request");
  const auto star = pattern->path.find('*');
  require(path->starts_with(pattern->path.substr(0, star)),
          "what stands before the first star stands in the path");
  const auto slashes = [](std::string_view of) { return std::count(of.begin(), of.end(), '/'); };
  require(pattern->path.ends_with("/*") || slashes(*path) == slashes(pattern->path), "segment by segment");
  return 0;
}
