#include "app/snippet/snippet.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/snippet/context.h"
#include "base/embedded.h"
#include "base/text.h"

namespace understudy::app::snippet {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::string_view kFolder = "pages/snippets/";
constexpr std::string_view kExtension = ".mustache";
constexpr std::string_view kMark = "#### FILE: ";

/// Every template is there for the others as {{> haproxy-last}}.
void add_partials(mustache::data& values) {
  for (const EmbeddedFile& file : embedded_files(kFolder)) {
    if (!file.name.ends_with(kExtension)) continue;
    std::string_view name = file.name.substr(kFolder.size());
    name.remove_suffix(kExtension.size());
    values.set(std::string(name), mustache::partial([&file] { return std::string(file.content); }));
  }
}

/// Sections that were left out leave their blank lines behind.
std::string without_gaps(std::string_view text) {
  std::string out;
  bool blank = true;
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    const bool is_blank = trim(line).empty();
    if (!is_blank || !blank) out.append(line).append("\n");
    blank = is_blank;
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

std::vector<File> split_files(std::string_view text, std::string_view first_name) {
  std::vector<File> files = {{std::string(first_name), ""}};
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    if (line.starts_with(kMark)) {
      const std::string name(trim(line.substr(kMark.size())));
      if (trim_lines(files.back().text).empty()) files.pop_back();
      files.push_back({name, ""});
    } else {
      files.back().text.append(line).append("\n");
    }
  }
  for (File& file : files) file.text = without_gaps(file.text);
  return files;
}

std::string head_of(const config::GroupConfig& group, const Pattern& pattern,
                    const std::vector<std::string>& missing) {
  std::string out = fmt::format(
      "# {} for the group {}, style {}: {}.\n"
      "# Written by `understudy snippet {} {} --style {}`, and {}.\n"
      "# Yours to change: what is marked \"yours\", such as the API's servers. \n",
      pattern.proxy, group.name, pattern.style, pattern.what, pattern.proxy, group.name, pattern.style,
      pattern.against.empty() ? "not tested beyond its syntax: try it before you rely on it"
                              : fmt::format("tested as printed with {}", pattern.against));
  out.erase(out.find(" \n"), 1);
  if (!pattern.cannot.empty()) out += "# What this way can't:\n";
  std::string_view rest = pattern.cannot;
  while (!rest.empty()) out += fmt::format("# - {}\n", take_until(rest, '\n'));
  if (!missing.empty()) {
    out += "# understudy's own configuration lacks these lines; add them and restart understudy:\n";
    for (const std::string& line : missing) out += fmt::format("#     {}\n", line);
  }
  return out;
}

}  // namespace

std::string Snippet::text() const {
  std::string out = head;
  if (files.size() == 1) return out + "\n" + files.front().text;
  out += fmt::format("# {} files follow; each begins behind its line \"{}…\".\n", files.size(), kMark);
  for (const File& file : files) out += fmt::format("\n{}{}\n{}", kMark, file.name, file.text);
  return out;
}

Result<Snippet> make_snippet(const config::Config& config, const config::GroupConfig& group,
                             const Pattern& pattern) {
  Context context = make_context(config, group, pattern);
  if (!context.faults.empty()) return Error{fmt::format("{}", fmt::join(context.faults, "\nunderstudy: "))};
  add_partials(context.values);
  const EmbeddedFile& file = embedded_file(template_of(pattern));
  mustache::mustache page{std::string(file.content)};
  // make_context has let through nothing that means something in a proxy's syntax.
  page.set_custom_escape([](const std::string& text) { return text; });
  const std::string text = page.render(context.values);
  if (!page.is_valid()) return Error{fmt::format("{}: {}", file.name, page.error_message())};
  Snippet out;
  out.head = head_of(group, pattern, context.missing);
  out.files = split_files(text, pattern.file);
  out.missing = std::move(context.missing);
  return out;
}

}  // namespace understudy::app::snippet
