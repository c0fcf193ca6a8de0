#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace understudy::app::cli {

/// --help as people read it: without the bounds and exclusions that an error names soon enough.
class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter();
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_description(const CLI::App* app) const override;
};

/// What a command line that can't be parsed gets: why, and where help is.
[[nodiscard]] std::string describe_failure(const CLI::App* app, const CLI::Error& error);

/// "understudy on GROUP… [OPTIONS]", as usage and synopsis have it.
[[nodiscard]] std::string synopsis(const CLI::App& command);

/// "understudy window add"
[[nodiscard]] std::string full_name(const CLI::App& command);

/// Without those that are hidden.
[[nodiscard]] std::vector<const CLI::App*> visible_commands(const CLI::App& command);
[[nodiscard]] std::vector<const CLI::Option*> visible_options(const CLI::App& command);
[[nodiscard]] std::vector<const CLI::Option*> positionals(const CLI::App& command);
/// Whether a value follows.
[[nodiscard]] bool takes_value(const CLI::Option& option);

}  // namespace understudy::app::cli
