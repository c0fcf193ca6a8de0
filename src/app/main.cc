#include <cstdio>
#include <exception>
#include <optional>
#include <string>

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/check.h"
#include "app/load_config.h"
#include "app/reference.h"
#include "app/server.h"
#include "app/version.h"
#include "model/locale.h"

namespace understudy::app {
namespace {

constexpr int kDone = 0;
constexpr int kRefused = 1;
constexpr int kWrongUse = 2;

int serve(const std::optional<std::string>& file) {
  LoadedConfig loaded = load_config(file, model::built_in_locales());
  if (config::has_errors(loaded.read.problems)) {
    print_problems(loaded.read.problems, stderr, Style::kText);
    fmt::print(stderr,
               "understudy: nothing was started; mend the configuration and try `understudy check{}`\n",
               file ? " --config " + *file : "");
    return kRefused;
  }
  return Server(file, std::move(loaded)).run();
}

int check(const std::optional<std::string>& file, Style style) {
  const LoadedConfig loaded = load_config(file, model::built_in_locales());
  print_problems(loaded.read.problems, stdout, style);
  if (config::has_errors(loaded.read.problems)) return kRefused;
  if (style == Style::kText) fmt::print("{}: fine\n", file.value_or("(demonstration)"));
  return kDone;
}

int run(int argc, char** argv) {
  CLI::App app{"Stands in for an HTTP API during maintenance and failure.", "understudy"};
  app.set_version_flag("--version", std::string(kVersion), "Print the version");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 1 refused or found wanting, 2 wrong use.");

  std::optional<std::string> file;
  bool json = false;
  const auto add_config = [&](CLI::App* command) {
    command
        ->add_option("--config", file,
                     "The configuration (TOML); without one: a demonstration group on 127.0.0.1:8503")
        ->type_name("FILE")
        ->envname("UNDERSTUDY_CONFIG");
  };
  CLI::App* serve_command = app.add_subcommand("serve", "Run the server");
  add_config(serve_command);
  CLI::App* check_command =
      app.add_subcommand("check", "Tell every problem of a configuration as file:line:column");
  add_config(check_command);
  check_command->add_flag("--json", json, "Print JSON");
  CLI::App* reference_command =
      app.add_subcommand("reference", "Print the configuration reference (Markdown)");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for_help = error.get_exit_code() == 0;
    app.exit(error);
    return asked_for_help ? kDone : kWrongUse;
  }
  if (serve_command->parsed()) return serve(file);
  if (check_command->parsed()) return check(file, json ? Style::kJson : Style::kText);
  if (reference_command->parsed()) fmt::print("{}", configuration_reference());
  return kDone;
}

}  // namespace
}  // namespace understudy::app

int main(int argc, char** argv) {
  try {
    return understudy::app::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "understudy: {}\n", error.what());
    return 1;
  }
}
