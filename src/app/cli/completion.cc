#include "app/cli/completion.h"

#include <functional>
#include <optional>

#include <fmt/format.h>

#include "app/cli/help.h"
#include "base/text.h"

namespace understudy::app::cli {
namespace {

/// What can stand in an option's or a positional's place.
struct Values {
  std::optional<std::string> names;  ///< what __names is asked for
  std::string words;                 ///< with blanks between them
  bool files = false;
};

Values values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  Values values;
  if (type == "GROUP") values.names = "groups";
  if (type == "WINDOW") values.names = "windows";
  if (type == "TOKEN") values.names = "tokens";
  if (type == "PASS") values.names = "passes";
  values.files = type == "FILE";
  if (type.find('|') != std::string::npos) {
    values.words = type;
    for (char& c : values.words) c = c == '|' ? ' ' : c;
  }
  return values;
}

/// "/window/add"; empty for the program itself.
std::string path_of(const CLI::App& command) {
  return command.get_parent() == nullptr
             ? std::string()
             : fmt::format("{}/{}", path_of(*command.get_parent()), command.get_name());
}

void for_each_command(const CLI::App& command, const std::function<void(const CLI::App&)>& visit) {
  visit(command);
  for (const CLI::App* leaf : visible_commands(command)) for_each_command(*leaf, visit);
}

/// The paths of all commands, with `separator` between them.
std::string all_paths(const CLI::App& app, std::string_view separator) {
  std::string out;
  for_each_command(app, [&](const CLI::App& command) {
    if (command.get_parent() == nullptr) return;
    if (!out.empty()) out += separator;
    out += path_of(command);
  });
  return out;
}

/// "--for", "-h"
std::vector<std::string> flags_of(const CLI::Option& option) {
  std::vector<std::string> flags;
  for (const std::string& name : option.get_snames()) flags.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) flags.push_back("--" + name);
  return flags;
}

/// A word in single quotes; each shell has its own way to put one into it.
std::string quoted(std::string_view text, std::string_view quote) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string(quote) : std::string(1, c);
  return out + "'";
}
constexpr std::string_view kPosixQuote = "'\\''";

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// bash

constexpr std::string_view kBash =
    R"script(# bash completion of understudy, written by `understudy completion bash`.
_understudy_words() {
  local word
  for word in $1; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
  done
}
_understudy_names() {
  local name
  while IFS= read -r name; do
    [[ $name == "$cur"* ]] && COMPREPLY+=("$(printf %q "$name")")
  done < <("${COMP_WORDS[0]}" __names "$1" 2> /dev/null)
}
_understudy_files() {
  local file
  compopt -o filenames 2> /dev/null
  while IFS= read -r file; do
    COMPREPLY+=("$file")
  done < <(compgen -f -- "$cur")
}
_understudy() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$at/${COMP_WORDS[i]}" in
      @PATHS@) at="$at/${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $prev" in
@VALUES@  esac
  if [[ $cur == -* ]]; then
    case "$at" in
@OPTIONS@    esac
    return
  fi
  case "$at" in
@PLACES@  esac
}
complete -F _understudy understudy
)script";

std::string bash_action(const Values& values) {
  std::string out;
  if (!values.words.empty()) out += fmt::format("_understudy_words '{}'; ", values.words);
  if (values.names) out += fmt::format("_understudy_names {}; ", *values.names);
  if (values.files) out += "_understudy_files; ";
  return out;
}

std::string bash(const CLI::App& app) {
  std::string values;
  std::string options;
  std::string places;
  for_each_command(app, [&](const CLI::App& command) {
    const std::string path = path_of(command);
    std::string flags;
    for (const CLI::Option* option : visible_options(command)) {
      for (const std::string& flag : flags_of(*option)) {
        flags += (flags.empty() ? "" : " ") + flag;
        if (takes_value(*option))
          values += fmt::format("    '{} {}') {}return ;;\n", path, flag, bash_action(values_of(*option)));
      }
    }
    options += fmt::format("      '{}') _understudy_words '{}' ;;\n", path, flags);
    std::string action;
    std::string names;
    for (const CLI::App* leaf : visible_commands(command))
      names += (names.empty() ? "" : " ") + leaf->get_name();
    if (!names.empty()) action = fmt::format("_understudy_words '{}'; ", names);
    for (const CLI::Option* place : positionals(command)) action += bash_action(values_of(*place));
    if (!action.empty()) places += fmt::format("    '{}') {};;\n", path, action);
  });
  std::string out(kBash);
  replace_all(out, "@PATHS@", all_paths(app, "|"));
  replace_all(out, "@VALUES@", values);
  replace_all(out, "@OPTIONS@", options);
  replace_all(out, "@PLACES@", places);
  return out;
}

// zsh

constexpr std::string_view kZsh = R"script(#compdef understudy
# zsh completion of understudy, written by `understudy completion zsh`.
_understudy_names() {
  local -a names
  names=("${(@f)$("${words[1]}" __names $1 2> /dev/null)}")
  names=(${names:#})
  (( $#names )) && compadd -a names
}
_understudy() {
  local prev=${words[CURRENT-1]} at= i
  local -a found
  for ((i = 2; i < CURRENT; ++i)); do
    case "$at/${words[i]}" in
      (@PATHS@) at="$at/${words[i]}" ;;
    esac
  done
  case "$at $prev" in
@VALUES@  esac
  if [[ ${words[CURRENT]} == -* ]]; then
    case "$at" in
@OPTIONS@    esac
    _describe -o option found
    return
  fi
  case "$at" in
@PLACES@  esac
}
if [[ ${funcstack[1]} == _understudy ]]; then
  _understudy "$@"
else
  compdef _understudy understudy
fi
)script";

std::string zsh_action(const Values& values) {
  std::string out;
  if (!values.words.empty()) out += fmt::format("compadd {}; ", values.words);
  if (values.names) out += fmt::format("_understudy_names {}; ", *values.names);
  if (values.files) out += "_files; ";
  return out;
}

/// A word with its description, as _describe reads them.
std::string zsh_entry(std::string_view name, std::string_view what) {
  std::string text(what);
  replace_all(text, "\\", "\\\\");
  return quoted(fmt::format("{}:{}", name, text), kPosixQuote);
}

std::string zsh(const CLI::App& app) {
  std::string values;
  std::string options;
  std::string places;
  for_each_command(app, [&](const CLI::App& command) {
    const std::string path = path_of(command);
    std::string entries;
    for (const CLI::Option* option : visible_options(command)) {
      for (const std::string& flag : flags_of(*option)) {
        entries += " " + zsh_entry(flag, option->get_description());
        if (!takes_value(*option)) continue;
        std::string action = zsh_action(values_of(*option));
        if (action.empty())
          action = fmt::format("_message {}; ", quoted(option->get_description(), kPosixQuote));
        values += fmt::format("    ('{} {}') {}return ;;\n", path, flag, action);
      }
    }
    options += fmt::format("      ('{}') found=({} ) ;;\n", path, entries);
    std::string action;
    std::string names;
    for (const CLI::App* leaf : visible_commands(command))
      names += " " + zsh_entry(leaf->get_name(), leaf->get_description());
    if (!names.empty()) action = fmt::format("found=({} ); _describe command found; ", names);
    for (const CLI::Option* place : positionals(command)) action += zsh_action(values_of(*place));
    if (!action.empty()) places += fmt::format("    ('{}') {};;\n", path, action);
  });
  std::string out(kZsh);
  replace_all(out, "@PATHS@", all_paths(app, "|"));
  replace_all(out, "@VALUES@", values);
  replace_all(out, "@OPTIONS@", options);
  replace_all(out, "@PLACES@", places);
  return out;
}

// fish

constexpr std::string_view kFish =
    R"script(# fish completion of understudy, written by `understudy completion fish`.
function __understudy_is
    set -l at ''
    set -l words (commandline -opc)
    for word in $words[2..-1]
        switch "$at/$word"
            case @PATHS@
                set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end
function __understudy_names
    set -l words (commandline -opc)
    $words[1] __names $argv[1] 2> /dev/null
end
complete -c understudy -f
)script";

std::string fish_quoted(std::string_view text) {
  std::string escaped(text);
  replace_all(escaped, "\\", "\\\\");
  return quoted(escaped, "\\'");
}

/// The options of `complete` for what can stand there.
std::string fish_values(const Values& values) {
  if (values.files) return " -r -F";
  if (values.names) return fmt::format(" -x -a '(__understudy_names {})'", *values.names);
  return values.words.empty() ? " -x" : fmt::format(" -x -a '{}'", values.words);
}

std::string fish(const CLI::App& app) {
  std::string out(kFish);
  replace_all(out, "@PATHS@", all_paths(app, " "));
  for_each_command(app, [&](const CLI::App& command) {
    const std::string path = path_of(command);
    const std::string start = fmt::format("complete -c understudy -n {}",
                                          quoted(fmt::format("__understudy_is \"{}\"", path), "\\'"));
    for (const CLI::App* leaf : visible_commands(command))
      out += fmt::format("{} -a {} -d {}\n", start, leaf->get_name(), fish_quoted(leaf->get_description()));
    for (const CLI::Option* place : positionals(command)) {
      const Values values = values_of(*place);
      if (values.files) out += fmt::format("{} -F\n", start);
      if (values.names) out += fmt::format("{} -a '(__understudy_names {})'\n", start, *values.names);
      if (!values.words.empty()) out += fmt::format("{} -a '{}'\n", start, values.words);
    }
    for (const CLI::Option* option : visible_options(command)) {
      out += start;
      for (const std::string& name : option->get_snames()) out += " -s " + name;
      for (const std::string& name : option->get_lnames()) out += " -l " + name;
      if (takes_value(*option)) out += fish_values(values_of(*option));
      out += fmt::format(" -d {}\n", fish_quoted(option->get_description()));
    }
  });
  return out;
}

}  // namespace

std::string completion(const CLI::App& app, std::string_view shell) {
  if (shell == "bash") return bash(app);
  return shell == "zsh" ? zsh(app) : fish(app);
}

}  // namespace understudy::app::cli
