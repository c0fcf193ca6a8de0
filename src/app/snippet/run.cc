#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/check.h"
#include "app/cli/output.h"
#include "app/cli/table.h"
#include "app/load_config.h"
#include "app/snippet/snippet.h"
#include "base/text.h"
#include "model/locale.h"

namespace understudy::app::snippet {
namespace {

namespace json = boost::json;

json::array lines_of(std::string_view text) {
  json::array out;
  while (!text.empty()) out.emplace_back(take_until(text, '\n'));
  return out;
}

json::object to_json(const Pattern& pattern) {
  return {{"proxy", pattern.proxy},
          {"style", pattern.style},
          {"default", pattern.is_default},
          {"what", pattern.what},
          {"cannot", lines_of(pattern.cannot)},
          {"testedWith", pattern.against}};
}

int list_patterns(const cli::Options& options) {
  if (options.json) {
    json::array all;
    for (const Pattern& pattern : patterns()) all.push_back(to_json(pattern));
    return cli::print(json::serialize(all) + "\n") ? cli::kDone : cli::kRefused;
  }
  const cli::Screen screen = cli::look_at(stdout);
  cli::Table table({{"PROXY"}, {"STYLE"}, {"DEFAULT"}, {"HOW", cli::Cut::kMayBe}});
  for (const Pattern& pattern : patterns()) {
    table.add({{std::string(pattern.proxy)},
               {std::string(pattern.style)},
               {pattern.is_default ? "default" : ""},
               {std::string(pattern.what)}});
  }
  return cli::print(table.render(screen.width, screen.colour)) ? cli::kDone : cli::kRefused;
}

/// "there is no proxy called x; did you mean y? There are: …"
std::string no_such(std::string_view what, std::string_view word, const std::vector<std::string>& known) {
  const auto meant = nearest(word, known);
  return fmt::format("{} is called {}{} There {}: {}", what, printable(word),
                     meant ? fmt::format("; did you mean {}?", *meant) : ".",
                     known.size() == 1 ? "is" : "are", fmt::join(known, ", "));
}

/// The named group, else the default one, else the only one; null otherwise.
const config::GroupConfig* choose_group(const config::Config& config, const cli::Options::Text& name) {
  const auto fits = [&](const config::GroupConfig& group) {
    return name ? group.name == *name || group.id == lower(*name) : group.is_default;
  };
  const auto found = std::find_if(config.groups.begin(), config.groups.end(), fits);
  if (found != config.groups.end()) return &*found;
  return !name && config.groups.size() == 1 ? &config.groups.front() : nullptr;
}

std::vector<std::string> group_names(const config::Config& config) {
  std::vector<std::string> names;
  for (const config::GroupConfig& group : config.groups) names.push_back(group.name);
  return names;
}

int print_snippet(const Snippet& snippet, const Pattern& pattern, const config::GroupConfig& group,
                  const cli::Options& options) {
  if (!snippet.missing.empty()) {
    fmt::print(stderr,
               "understudy: its configuration lacks these lines; add them and restart understudy:\n"
               "    {}\n",
               fmt::join(snippet.missing, "\n    "));
  }
  if (!options.json) return cli::print(snippet.text()) ? cli::kDone : cli::kRefused;
  json::object out = to_json(pattern);
  out["group"] = group.name;
  json::array files;
  for (const File& file : snippet.files) files.push_back({{"name", file.name}, {"text", file.text}});
  out["files"] = std::move(files);
  json::array missing;
  for (const std::string& line : snippet.missing) missing.emplace_back(line);
  out["missing"] = std::move(missing);
  return cli::print(json::serialize(out) + "\n") ? cli::kDone : cli::kRefused;
}

}  // namespace

int run(const cli::Options& options) {
  if (options.list) return list_patterns(options);
  if (!options.proxy)
    return cli::wrong_use(fmt::format("for which proxy? There are: {}", fmt::join(proxy_names(), ", ")));
  const std::string proxy = lower(*options.proxy);
  const std::vector<std::string> proxies = proxy_names();
  if (std::find(proxies.begin(), proxies.end(), proxy) == proxies.end())
    return cli::wrong_use(no_such("no proxy", *options.proxy, proxies));
  const Pattern* pattern = find_pattern(proxy, options.style);
  if (pattern == nullptr)
    return cli::wrong_use(no_such(fmt::format("no style of {}", proxy), *options.style, styles_of(proxy)));
  const LoadedConfig loaded = load_config(options.config, model::built_in_locales());
  if (config::has_errors(loaded.read.problems)) {
    print_problems(loaded.read.problems, stderr, Style::kText);
    return cli::kRefused;
  }
  const config::Config& config = loaded.read.config;
  const config::GroupConfig* group = choose_group(config, options.group);
  if (group == nullptr) {
    const std::vector<std::string> names = group_names(config);
    if (options.group) return cli::wrong_use(no_such("no group", *options.group, names));
    return cli::wrong_use(
        fmt::format("which group? None is the default; there are: {}", fmt::join(names, ", ")));
  }
  const auto snippet = make_snippet(config, *group, *pattern);
  if (!snippet) return cli::refuse(snippet.error());
  return print_snippet(*snippet, *pattern, *group, options);
}

}  // namespace understudy::app::snippet
