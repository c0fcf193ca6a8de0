#include "app/cli/manual.h"

#include <fmt/format.h>

#include "app/cli/help.h"
#include "app/version.h"
#include "base/text.h"

namespace understudy::app::cli {
namespace {

/// Text as roff takes it literally, wherever in a line it stands.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '"':
        out += "\\(dq";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '^':
        out += "\\(ha";
        break;
      default:
        out += c;
    }
  }
  // "…" and other letters beyond ASCII are read by man(1) as UTF-8; older groff alone wants names.
  for (auto at = out.find("…"); at != std::string::npos; at = out.find("…", at)) out.replace(at, 3, "\\&...");
  if (out.starts_with('.')) out.insert(0, "\\&");
  return out;
}

std::string section(std::string_view title) { return fmt::format(".SH {}\n", title); }

std::string synopsis_lines(const CLI::App& command) {
  return fmt::format(".B {}\n", escape(synopsis(command)));
}

std::string options_of(const CLI::App& command) {
  std::string out;
  for (const CLI::Option* option : positionals(command)) {
    out += fmt::format(".TP\n.I {}\n{}\n", escape(option->get_name(true)), escape(option->get_description()));
  }
  for (const CLI::Option* option : visible_options(command)) {
    const std::string value =
        takes_value(*option) ? fmt::format(" \\fI{}\\fR", escape(option->get_type_name())) : "";
    std::string names = option->get_name(false, true);
    for (auto comma = names.find(','); comma != std::string::npos; comma = names.find(',', comma + 2))
      names.insert(comma + 1, " ");
    out += fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", escape(names), value, escape(option->get_description()));
    if (!option->get_envname().empty())
      out += fmt::format("Environment: {}.\n", escape(option->get_envname()));
  }
  return out;
}

/// What stands before "Examples:" in a footer, and the lines behind it.
std::pair<std::string, std::string> split_footer(const std::string& footer) {
  constexpr std::string_view kHead = "Examples:\n";
  const auto at = footer.find(kHead);
  if (at == std::string::npos) return {footer, ""};
  return {footer.substr(0, at), footer.substr(at + kHead.size())};
}

std::string paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    if (!trim(line).empty()) {
      out += escape(line) + "\n";
    } else if (!text.empty()) {
      out += ".PP\n";
    }
  }
  return out;
}

std::string examples_of(const CLI::App& command) {
  std::string lines = split_footer(command.get_footer()).second;
  if (lines.empty()) return {};
  std::string out = ".PP\n.nf\n.RS\n";
  std::string_view rest = lines;
  while (!rest.empty()) {
    std::string_view line = take_until(rest, '\n');
    if (line.starts_with("  ")) line.remove_prefix(2);
    out += escape(line) + "\n";
  }
  return out + ".RE\n.fi\n";
}

std::string head(const CLI::App& command) {
  std::string name = full_name(command);
  for (char& c : name) c = c == ' ' ? '-' : c;
  std::string title = name;
  for (char& c : title) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  std::string what = command.get_description();
  while (what.ends_with('.')) what.pop_back();
  return fmt::format(".TH {} 1 \"\" \"understudy {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n",
                     escape(title), kVersion, escape(name), escape(what));
}

std::string files() {
  return section("FILES") +
         ".TP\n.I /run/understudy/admin.sock\nWhere the server is looked for, if nothing else is said.\n"
         ".TP\n.I $XDG_RUNTIME_DIR/understudy/admin.sock\nThe same for a server that may not write there; "
         "without "
         "XDG_RUNTIME_DIR: /tmp/understudy\\-UID/admin.sock.\n";
}

std::string environment() {
  return section("ENVIRONMENT") +
         ".TP\n.B UNDERSTUDY_ADMIN\nThe server's admin address, as for \\-\\-admin.\n"
         ".TP\n.B UNDERSTUDY_TOKEN\nThe token for a server that is asked over the network.\n"
         ".TP\n.B UNDERSTUDY_CONFIG\nThe configuration, as for \\-\\-config.\n"
         ".TP\n.B NO_COLOR\nNo colours, where it is set and not empty.\n"
         ".TP\n.B TZ\nThe time zone that times are read and told in.\n";
}

std::string exit_status() {
  return section("EXIT STATUS") + ".TP\n0\nDone.\n.TP\n1\nRefused, or found wanting.\n.TP\n2\nWrong use.\n";
}

/// The whole program: its commands by what they are for.
std::string program_page(const CLI::App& app) {
  std::string out = head(app) + section("SYNOPSIS") + synopsis_lines(app) + section("DESCRIPTION");
  out +=
      "understudy stands in for an HTTP API during maintenance and failure, so that every client is told "
      "what is\n"
      "going on. These commands run it, and talk to the one that runs.\n";
  std::string group;
  out += section("COMMANDS");
  for (const CLI::App* command : visible_commands(app)) {
    if (command->get_group() != group) out += fmt::format(".SS {}\n", escape(command->get_group()));
    group = command->get_group();
    const auto leaves = visible_commands(*command);
    for (const CLI::App* leaf : leaves.empty() ? std::vector<const CLI::App*>{command} : leaves) {
      out += fmt::format(".TP\n.B {}\n{}.\n", escape(synopsis(*leaf)), escape(leaf->get_description()));
    }
  }
  out += section("OPTIONS") + options_of(app) + exit_status() + environment() + files();
  out += section("EXAMPLES") + examples_of(app) + section("SEE ALSO");
  std::string separator;
  for (const CLI::App* command : visible_commands(app)) {
    out += fmt::format("{}.BR understudy\\-{} (1)", separator, escape(command->get_name()));
    separator = ",\n";
  }
  return out + "\n";
}

std::string command_page(const CLI::App& command) {
  const auto leaves = visible_commands(command);
  std::string out = head(command) + section("SYNOPSIS");
  std::string options;
  std::string examples = examples_of(command);
  std::string more = paragraphs(split_footer(command.get_footer()).first);
  if (leaves.empty()) {
    out += synopsis_lines(command);
    options = options_of(command);
  }
  for (const CLI::App* leaf : leaves) {
    out += synopsis_lines(*leaf) + ".br\n";
    options += fmt::format(".SS {}\n{}.\n{}", escape(full_name(*leaf)), escape(leaf->get_description()),
                           options_of(*leaf));
    examples += examples_of(*leaf);
  }
  out += section("DESCRIPTION") + fmt::format("{}.\n", escape(command.get_description()));
  if (!more.empty()) out += ".PP\n" + more;
  out += section("OPTIONS") + options;
  if (!examples.empty()) out += section("EXAMPLES") + examples;
  return out + exit_status() + environment() + section("SEE ALSO") + ".BR understudy (1)\n";
}

}  // namespace

Result<std::string> manual(const CLI::App& app, const std::vector<std::string>& command) {
  if (command.empty()) return {boost::system::in_place_value, program_page(app)};
  std::vector<std::string> known;
  for (const CLI::App* one : visible_commands(app)) {
    // A page tells of a command with all that stands below it: "window add" is told of in window's.
    if (one->get_name() == command.front()) return {boost::system::in_place_value, command_page(*one)};
    known.push_back(one->get_name());
  }
  const auto meant = nearest(command.front(), known);
  return Error{fmt::format("no command is called {}{}", printable(command.front()),
                           meant ? fmt::format("; did you mean {}?", *meant) : "")};
}

}  // namespace understudy::app::cli
