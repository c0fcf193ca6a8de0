#include <cstdio>
#include <exception>
#include <optional>
#include <string>

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/check.h"
#include "app/cli/command_line.h"
#include "app/cli/commands.h"
#include "app/cli/completion.h"
#include "app/cli/manual.h"
#include "app/cli/output.h"
#include "app/load_config.h"
#include "app/reference.h"
#include "app/server.h"
#include "app/snippet/snippet.h"
#include "model/locale.h"

namespace understudy::app {
namespace {

int serve(const std::optional<std::string>& file) {
  LoadedConfig loaded = load_config(file, model::built_in_locales());
  if (config::has_errors(loaded.read.problems)) {
    print_problems(loaded.read.problems, stderr, Style::kText);
    fmt::print(stderr,
               "understudy: nothing was started; mend the configuration and try `understudy check{}`\n",
               file ? " --config " + *file : "");
    return cli::kRefused;
  }
  return Server(file, std::move(loaded)).run();
}

int check(const std::optional<std::string>& file, Style style) {
  const LoadedConfig loaded = load_config(file, model::built_in_locales());
  print_problems(loaded.read.problems, stdout, style);
  if (config::has_errors(loaded.read.problems)) return cli::kRefused;
  if (style == Style::kText) fmt::print("{}: fine\n", file.value_or("(demonstration)"));
  return cli::kDone;
}

int print_manual(const CLI::App& app, const cli::Options& options) {
  const auto page = cli::manual(app, options.page);
  if (!page) return cli::wrong_use(page.error().message);
  return cli::print(*page) ? cli::kDone : cli::kRefused;
}

int dispatch(const CLI::App& app, const cli::Options& options) {
  using cli::Command;
  switch (options.command) {
    case Command::kServe:
      return serve(options.config);
    case Command::kCheck:
      return check(options.config, options.json ? Style::kJson : Style::kText);
    case Command::kReference:
      return cli::print(configuration_reference()) ? cli::kDone : cli::kRefused;
    case Command::kOn:
      return cli::run_on(options);
    case Command::kOff:
      return cli::run_off(options);
    case Command::kStatus:
      return cli::run_status(options);
    case Command::kWindowAdd:
      return cli::run_window_add(options);
    case Command::kWindowList:
      return cli::run_window_list(options);
    case Command::kWindowRemove:
      return cli::run_window_remove(options);
    case Command::kWindowExport:
      return cli::run_window_export(options);
    case Command::kWindowImport:
      return cli::run_window_import(options);
    case Command::kTokenCreate:
      return cli::run_token_create(options);
    case Command::kTokenList:
      return cli::run_token_list(options);
    case Command::kTokenRevoke:
      return cli::run_token_revoke(options);
    case Command::kAudit:
      return cli::run_audit(options);
    case Command::kWhy:
      return cli::run_why(options);
    case Command::kReload:
      return cli::run_reload(options);
    case Command::kCompletion:
      return cli::print(cli::completion(app, options.word)) ? cli::kDone : cli::kRefused;
    case Command::kManual:
      return print_manual(app, options);
    case Command::kSnippet:
      return snippet::run(options);
    case Command::kNames:
      return cli::run_names(options);
    case Command::kNone:
      break;
  }
  return cli::kWrongUse;
}

int run(int argc, char** argv) {
  CLI::App app;
  cli::Options options;
  cli::build_command_line(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for_help = error.get_exit_code() == 0;
    app.exit(error);
    return asked_for_help ? cli::kDone : cli::kWrongUse;
  }
  cli::settle_environment(app, options);
  return dispatch(app, options);
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
