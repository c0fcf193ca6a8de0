#include "app/cli/help.h"

#include <fmt/format.h>

#include "app/cli/table.h"
#include "base/text.h"

namespace understudy::app::cli {
namespace {

constexpr std::size_t kColumn = 28;

bool is_many(const CLI::Option& option) { return option.get_expected_max() > 1; }

}  // namespace

HelpFormatter::HelpFormatter() {
  column_width(kColumn);
  label("Positionals", "What");
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  if (option->get_positional() || !takes_value(*option)) return {};
  return fmt::format(" {}", option->get_type_name());
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  const std::string variable = option->get_envname();
  return variable.empty() ? option->get_description()
                          : fmt::format("{} [{}]", option->get_description(), variable);
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string) const {
  return fmt::format("\nUsage: {}\n", synopsis(*app));
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  std::string names;
  for (const CLI::App* leaf : visible_commands(*command)) {
    names += fmt::format("{}{}", names.empty() ? " " : "|", leaf->get_name());
  }
  std::stringstream out;
  CLI::detail::format_help(out, command->get_name() + names, command->get_description(), kColumn);
  return out.str();
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return fmt::format("{}\n", app->get_description());
}

namespace {

/// A word where a command was expected, with the nearest one that is known.
std::string describe_unknown(const CLI::App& command) {
  const std::vector<std::string> rest = command.remaining();
  if (rest.empty()) return "which command?";
  std::vector<std::string> known;
  for (const CLI::App* leaf : visible_commands(command)) known.push_back(leaf->get_name());
  std::string text = fmt::format("\"{}\" is no command", display_text(rest.front()));
  if (const auto meant = nearest(rest.front(), known)) text += fmt::format("; did you mean {}?", *meant);
  return text;
}

}  // namespace

std::string describe_failure(const CLI::App* app, const CLI::Error& error) {
  // The command that was begun knows its options best.
  const CLI::App* deepest = app;
  for (auto begun = app->get_subcommands(); !begun.empty(); begun = deepest->get_subcommands())
    deepest = begun.back();
  std::string why = error.what();
  if (why == "A subcommand is required") why = describe_unknown(*deepest);
  return fmt::format("understudy: {}\n  `{} --help` tells more\n", why, full_name(*deepest));
}

std::string full_name(const CLI::App& command) {
  return command.get_parent() == nullptr
             ? command.get_name()
             : fmt::format("{} {}", full_name(*command.get_parent()), command.get_name());
}

std::string synopsis(const CLI::App& command) {
  std::string out = full_name(command);
  if (!visible_commands(command).empty()) return out + " COMMAND";
  for (const CLI::Option* option : positionals(command)) {
    const std::string name = option->get_name(true) + (is_many(*option) ? "…" : "");
    out += option->get_required() ? fmt::format(" {}", name) : fmt::format(" [{}]", name);
  }
  return out + " [OPTIONS]";
}

std::vector<const CLI::App*> visible_commands(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App* leaf) { return !leaf->get_group().empty(); });
}

std::vector<const CLI::Option*> visible_options(const CLI::App& command) {
  return command.get_options(
      [](const CLI::Option* option) { return option->nonpositional() && !option->get_group().empty(); });
}

std::vector<const CLI::Option*> positionals(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

bool takes_value(const CLI::Option& option) { return option.get_type_size() != 0; }

}  // namespace understudy::app::cli
