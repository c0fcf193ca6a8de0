#include "app/cli/command_line.h"

#include <memory>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/help.h"
#include "app/snippet/pattern.h"
#include "app/version.h"

namespace understudy::app::cli {
namespace {

constexpr const char* kServerGroup = "Where the server is, and who you are";
constexpr const char* kHidden = "";

CLI::App* add(CLI::App* parent, Options& options, Command command, const char* name, const char* what,
              const char* examples) {
  CLI::App* added = parent->add_subcommand(name, what);
  if (command != Command::kNone) added->callback([&options, command] { options.command = command; });
  added->footer(examples);
  return added;
}

/// One value each time that it is given, so that what follows is not taken for another.
template <typename Target>
CLI::Option* add_value(CLI::App* command, const char* name, Target& target, const char* type,
                       const char* what) {
  return command->add_option(name, target, what)->type_name(type)->allow_extra_args(false);
}

CLI::Option* add_word(CLI::App* command, const char* name, std::string& target, const char* words,
                      const char* what) {
  std::vector<std::string> allowed = CLI::detail::split(words, '|');
  return command->add_option(name, target, what)
      ->type_name(words)
      ->check(CLI::IsMember(std::move(allowed)).description(""));
}

CLI::Option* add_positional(CLI::App* command, const char* name, std::vector<std::string>& target,
                            const char* what) {
  return command->add_option(name, target, what)->type_name(name)->required();
}

void add_config(CLI::App* command, Options& options, const char* what) {
  add_value(command, "--config", options.config, "FILE", what)->envname("UNDERSTUDY_CONFIG");
}

/// What every command has that talks to a running server.
void add_session(CLI::App* command, Options& options, const char* json) {
  if (json != nullptr) command->add_flag("--json", options.json, json);
  const auto in_group = [](CLI::Option* option) { option->group(kServerGroup); };
  in_group(add_value(command, "--admin", options.admin, "ADDRESS",
                     "The server's admin address: unix:/PATH, http://HOST:PORT or https://HOST:PORT")
               ->envname("UNDERSTUDY_ADMIN"));
  in_group(add_value(command, "--config", options.config, "FILE",
                     "The server's configuration, whose admin.listen is the address")
               ->envname("UNDERSTUDY_CONFIG"));
  in_group(add_value(command, "--token-file", options.token_file, "FILE",
                     "A file with a token, which nobody else may read; or the token in UNDERSTUDY_TOKEN"));
}

void add_texts(CLI::App* command, Options& options, const char* title) {
  add_value(command, "--message", options.messages, "LANG=TEXT",
            "What people are told this time, by language: en=\"Back at nine.\"");
  add_value(command, title, options.titles, "LANG=TEXT", "The heading above it, by language");
}

void add_switch(CLI::App& app, Options& options) {
  CLI::App* on = add(&app, options, Command::kOn, "on", "Take groups down: maintenance, or read-only",
                     "Examples:\n"
                     "  understudy on shop --for 30m\n"
                     "  understudy on shop api --until 22:30 --reason \"database upgrade\"\n"
                     "  understudy on shop --until \"tomorrow 02:00 Europe/Berlin\" --read-only \\\n"
                     "      --message en=\"Orders are possible again at two.\"");
  add_positional(on, "GROUP", options.groups, "The groups, by name");
  CLI::Option* duration = add_value(on, "--for", options.duration, "DURATION",
                                    "How long: 30m, 2h, 1h30m; then they open by themselves");
  add_value(on, "--until", options.until, "TIME",
            "Until when: 22:30, \"tomorrow 02:00\", \"Sunday 02:00 Europe/Berlin\", 2026-11-22T02:00:00Z")
      ->excludes(duration);
  on->add_flag("--read-only", options.read_only, "Reads pass, writes are refused");
  add_value(on, "--reason", options.reason, "TEXT", "Why, for your colleagues: clients never see it");
  add_texts(on, options, "--title");
  add_session(on, options, "Print the new status as JSON, a line for each group");
  CLI::App* off =
      add(&app, options, Command::kOff, "off", "Open groups again: ends the switch and running windows",
          "Examples:\n"
          "  understudy off shop\n"
          "  understudy off shop --ramp 10m");
  add_positional(off, "GROUP", options.groups, "The groups, by name");
  add_value(off, "--ramp", options.ramp, "DURATION", "Let clients back in little by little, over this time");
  add_session(off, options, "Print the new status as JSON, a line for each group");
  for (CLI::App* command : {on, off}) command->group("Switch a group");
}

void add_window(CLI::App& app, Options& options) {
  CLI::App* window =
      add(&app, options, Command::kNone, "window", "Plan maintenance: it begins and ends by itself",
          "Examples:\n"
          "  understudy window add shop --start \"tomorrow 02:00\" --for 2h\n"
          "  understudy window list\n"
          "  understudy window remove w-4k2m9x7c");
  window->group("Plan a window")->require_subcommand(1);
  CLI::App* plan =
      add(window, options, Command::kWindowAdd, "add", "Plan a window",
          "Examples:\n"
          "  understudy window add shop --start \"tomorrow 02:00\" --end 04:00\n"
          "  understudy window add shop api --start \"Sunday 02:00\" --for 2h --repeat weekly \\\n"
          "      --zone Europe/Berlin --title \"Backups\"\n"
          "  understudy window add shop --start 22:00 --for 1h --at-end stay --message en=\"We move.\"");
  add_positional(plan, "GROUP", options.groups, "The groups, by name");
  add_value(plan, "--start", options.start, "TIME",
            "When it begins: 22:30, \"tomorrow 02:00\", 2026-11-22T02:00:00Z")
      ->required();
  CLI::Option* end =
      add_value(plan, "--end", options.end, "TIME", "When it ends; a time of day: the next after the start");
  CLI::Option* duration = add_value(plan, "--for", options.duration, "DURATION", "Or how long it takes: 2h");
  end->excludes(duration);
  add_value(plan, "--zone", options.zone, "ZONE",
            "The time zone that the times are in: Europe/Berlin; else this machine's");
  add_value(
      plan, "--repeat", options.repeat, "RULE",
      "Again and again: daily, weekly, monthly, yearly, or an iCalendar rule: \"FREQ=WEEKLY;BYDAY=SU\"");
  plan->add_flag("--read-only", options.read_only, "Reads pass, writes are refused");
  add_value(plan, "--at-end", options.at_end, "reopen|stay",
            "What its end does: reopen (as planned), or stay down, overdue, until `off`")
      ->check(CLI::IsMember({"reopen", "stay"}).description(""));
  add_value(plan, "--title", options.title, "TEXT", "What the window is called, in lists and calendars");
  add_value(plan, "--reason", options.reason, "TEXT", "Why, for your colleagues: clients never see it");
  add_texts(plan, options, "--title-text");
  add_session(plan, options, "Print the window as JSON");

  CLI::App* list = add(window, options, Command::kWindowList, "list", "Show what is planned",
                       "Examples:\n  understudy window list\n  understudy window list shop --json");
  add_value(list, "GROUP", options.group, "GROUP", "Of this group alone");
  add_session(list, options, "Print JSON");
  CLI::App* remove = add(window, options, Command::kWindowRemove, "remove", "Cancel a window",
                         "Examples:\n  understudy window list\n  understudy window remove w-4k2m9x7c");
  remove->add_option("WINDOW", options.ids, "Its id, as `window list` shows it")
      ->type_name("WINDOW")
      ->required();
  add_session(remove, options, "Print JSON");
  CLI::App* write =
      add(window, options, Command::kWindowExport, "export", "Print a group's windows as a calendar (.ics)",
          "Examples:\n  understudy window export shop > shop.ics");
  add_value(write, "GROUP", options.group, "GROUP", "The group")->required();
  add_session(write, options, nullptr);
  CLI::App* read =
      add(window, options, Command::kWindowImport, "import", "Plan what stands in a calendar (.ics)",
          "Examples:\n"
          "  understudy window import shop maintenance.ics\n"
          "  curl -s https://calendar.example/ops.ics | understudy window import shop -");
  add_value(read, "GROUP", options.group, "GROUP", "The group")->required();
  add_value(read, "FILE", options.file, "FILE", "The calendar; -: standard input")->required();
  add_session(read, options, "Print JSON");
}

void add_look(CLI::App& app, Options& options) {
  CLI::App* status =
      add(&app, options, Command::kStatus, "status", "Show what is in force, until when, and what is next",
          "Exit codes with --exit-code: 0 open, 10 read-only, 11 maintenance, 12 overdue, of the worst\n"
          "group; 1 no answer.\n"
          "\n"
          "Examples:\n"
          "  understudy status\n"
          "  understudy status shop\n"
          "  understudy status --watch\n"
          "  understudy status shop --exit-code || echo \"shop is down\"");
  add_value(status, "GROUP", options.group, "GROUP", "One group, with everything that is known of it");
  status->add_flag("--watch", options.watch, "Go on showing it, every second; Ctrl-C ends it");
  status->add_flag("--exit-code", options.exit_code, "Say by the exit code what is in force, for scripts");
  add_session(status, options, "Print JSON");
  CLI::App* why = add(&app, options, Command::kWhy, "why", "Explain whether a request would pass, and why",
                      "Exit codes: 0 it passes, 1 it is blocked, or nobody answers.\n"
                      "\n"
                      "Examples:\n"
                      "  understudy why shop --ip 203.0.113.7\n"
                      "  understudy why shop --method POST --path /orders --cookie BYPASS_MAINTENANCE=true\n"
                      "  understudy why shop --pass up_AX…");
  add_value(why, "GROUP", options.group, "GROUP", "The group")->required();
  add_value(why, "--method", options.method, "METHOD", "The request's method (GET)");
  add_value(why, "--path", options.path, "PATH", "Its path, with or without query (/)");
  add_value(why, "--ip", options.ip, "ADDRESS", "The client's address; without: none is known");
  add_value(why, "--cookie", options.cookies, "NAME=VALUE", "A cookie; may be given again");
  add_value(why, "--header", options.header, "VALUE", "The value of the group's bypass header");
  add_value(why, "--pass", options.pass, "TOKEN", "A signed pass, as `pass` printed it");
  add_session(why, options, "Print JSON");
  for (CLI::App* command : {status, why}) command->group("Look");
}

void add_audit(CLI::App& app, Options& options) {
  CLI::App* audit = add(&app, options, Command::kAudit, "audit", "Show who did what, the newest first",
                        "Examples:\n  understudy audit\n  understudy audit shop --limit 100");
  add_value(audit, "GROUP", options.group, "GROUP", "Of this group alone");
  add_value(audit, "--limit", options.limit, "NUMBER", "How many entries (20)")
      ->check(CLI::Range(1U, 100'000U).description(""));
  add_session(audit, options, "Print JSON");
  audit->group("Who did what");
}

void add_token(CLI::App& app, Options& options) {
  CLI::App* token = add(&app, options, Command::kNone, "token", "Say who may do what over the network",
                        "Examples:\n"
                        "  understudy token create ci --scope operator --group shop --expires 90d\n"
                        "  understudy token list\n"
                        "  understudy token revoke t-8h3k5m2p");
  token->group("Tokens")->require_subcommand(1);
  CLI::App* create = add(token, options, Command::kTokenCreate, "create", "Make a token; it is shown once",
                         "Examples:\n"
                         "  understudy token create ci --scope operator --group shop --expires 90d\n"
                         "  (umask 077; understudy token create dashboard > dashboard.token)");
  add_value(create, "LABEL", options.label, "LABEL", "Who or what it is for")->required();
  add_word(create, "--scope", options.scope, "viewer|operator|admin",
           "viewer: look; operator: switch and plan, for some groups; admin: everything (viewer)");
  add_value(create, "--group", options.scope_groups, "GROUP",
            "A group of an operator's; may be given again; '*': all");
  add_value(create, "--expires", options.expires, "TIME", "After a time, 90d, or at one; without: never");
  add_session(create, options, "Print JSON, the token in it");
  CLI::App* list =
      add(token, options, Command::kTokenList, "list", "Show the tokens, when they expire and were last used",
          "Examples:\n  understudy token list");
  add_session(list, options, "Print JSON");
  CLI::App* revoke = add(token, options, Command::kTokenRevoke, "revoke", "End a token at once",
                         "Examples:\n  understudy token list\n  understudy token revoke t-8h3k5m2p");
  revoke->add_option("TOKEN", options.ids, "Its id, as `token list` shows it")
      ->type_name("TOKEN")
      ->required();
  add_session(revoke, options, "Print JSON");
}

void add_server(CLI::App& app, Options& options) {
  constexpr const char* kFile =
      "The configuration (TOML); without one: a demonstration group on 127.0.0.1:8503";
  CLI::App* serve =
      add(&app, options, Command::kServe, "serve", "Run the server",
          "Examples:\n  understudy serve --config /etc/understudy/understudy.toml\n  understudy serve");
  add_config(serve, options, kFile);
  CLI::App* check = add(&app, options, Command::kCheck, "check",
                        "Tell every problem of a configuration as file:line:column",
                        "Examples:\n  understudy check --config /etc/understudy/understudy.toml");
  add_config(check, options, kFile);
  check->add_flag("--json", options.json, "Print JSON");
  CLI::App* reload =
      add(&app, options, Command::kReload, "reload", "Have the server read its configuration again",
          "A file with an error changes nothing; its problems are printed with their places.\n"
          "\n"
          "Examples:\n  understudy check --config /etc/understudy/understudy.toml && understudy reload");
  add_session(reload, options, "Print JSON");
  CLI::App* reference =
      add(&app, options, Command::kReference, "reference", "Print the configuration reference (Markdown)",
          "Examples:\n  understudy reference > configuration.md");
  for (CLI::App* command : {serve, check, reload, reference}) command->group("The server");
}

void add_snippet(CLI::App& app, Options& options) {
  CLI::App* command =
      add(&app, options, Command::kSnippet, "snippet", "Print a proxy's configuration, complete and tested",
          "Examples:\n"
          "  understudy snippet --list\n"
          "  understudy snippet haproxy shop > /etc/haproxy/haproxy.cfg\n"
          "  understudy snippet nginx shop --style ask");
  const std::string proxies = fmt::format("{}", fmt::join(snippet::proxy_names(), "|"));
  add_value(command, "PROXY", options.proxy, proxies.c_str(),
            "Which one; --list shows all, with their styles");
  add_value(command, "GROUP", options.group, "GROUP", "The group that the API is; without: the default one");
  add_value(command, "--style", options.style, "ask|probe|tell|agent",
            "How the proxy learns what is in force; without: the one that suits it best");
  command->add_flag("--list", options.list, "Show for which proxies there are snippets, and how each works");
  add_config(command, options,
             "The server's configuration (TOML), whose addresses, origins and bypass rules it takes");
  command->add_flag("--json", options.json, "Print JSON");
  command->group("The proxy");
}

void add_shell(CLI::App& app, Options& options) {
  CLI::App* completion = add(&app, options, Command::kCompletion, "completion", "Print a shell's completion",
                             "Examples:\n"
                             "  source <(understudy completion bash)\n"
                             "  understudy completion zsh > ~/.zfunc/_understudy\n"
                             "  understudy completion fish > ~/.config/fish/completions/understudy.fish");
  add_word(completion, "SHELL", options.word, "bash|zsh|fish", "bash, zsh or fish")->required();
  CLI::App* manual = add(&app, options, Command::kManual, "manual", "Print a manual page (roff)",
                         "Examples:\n"
                         "  understudy manual | man -l -\n"
                         "  understudy manual on > understudy-on.1");
  manual->add_option("COMMAND", options.page, "The command; without: all of them, in brief")
      ->type_name("COMMAND");
  for (CLI::App* command : {completion, manual}) command->group("Help");
  CLI::App* names = add(&app, options, Command::kNames, "__names",
                        "Names of groups, windows or tokens, for completion", "");
  add_word(names, "KIND", options.word, "groups|windows|tokens", "Which")->required();
  add_session(names, options, nullptr);
  names->group(kHidden);
}

}  // namespace

void build_command_line(CLI::App& app, Options& options) {
  app.name("understudy");
  app.description("Stands in for an HTTP API during maintenance and failure.");
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_help_flag("-h,--help", "Print this, or a command's own help");
  app.set_version_flag("--version", std::string(kVersion), "Print the version");
  app.require_subcommand(1);
  app.failure_message(describe_failure);
  app.footer(
      "`understudy COMMAND --help` has the options, and examples. Exit codes: 0 done, 1 refused or found\n"
      "wanting, 2 wrong use.\n"
      "\n"
      "Examples:\n"
      "  understudy on shop --for 30m --reason \"database upgrade\"\n"
      "  understudy status --watch\n"
      "  understudy off shop\n"
      "  understudy window add shop --start \"tomorrow 02:00\" --for 2h");
  add_switch(app, options);
  add_window(app, options);
  add_look(app, options);
  add_audit(app, options);
  add_token(app, options);
  add_server(app, options);
  add_snippet(app, options);
  add_shell(app, options);
}

/// CLI11 lets the environment fill the options of every command, also of those that were not called, and
/// several of them share a place: what the called command has counts.
void settle_environment(const CLI::App& app, Options& options) {
  const CLI::App* called = &app;
  while (!called->get_subcommands().empty()) called = called->get_subcommands().front();
  const auto settle = [&](const char* name, std::optional<std::string>& target) {
    const CLI::Option* option = called->get_option_no_throw(name);
    const bool given = option != nullptr && option->count() > 0;
    target = given ? std::optional(option->as<std::string>()) : std::nullopt;
  };
  settle("--admin", options.admin);
  settle("--config", options.config);
}

}  // namespace understudy::app::cli
