#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace understudy::app::cli {

/// What the command line asks for; a leaf of the tables in command_line.cc each.
enum class Command : std::uint8_t {
  kNone,
  kServe,
  kCheck,
  kReference,
  kOn,
  kOff,
  kStatus,
  kWindowAdd,
  kWindowList,
  kWindowRemove,
  kWindowExport,
  kWindowImport,
  kTokenCreate,
  kTokenList,
  kTokenRevoke,
  kPassAdd,
  kPassList,
  kPassRevoke,
  kPassRotate,
  kPassPassword,
  kAudit,
  kWhy,
  kReload,
  kDoctor,
  kCompletion,
  kManual,
  kSnippet,
  kNames,
};

/// Everything that was written on the command line, as text. Plain values; none: not given.
struct Options {
  using Text = std::optional<std::string>;

  Command command = Command::kNone;
  bool json = false;

  // Where the server is, and who we are.
  Text config;
  Text admin;
  Text token_file;

  std::vector<std::string> groups;  ///< of on, off and window add
  Text group;                       ///< of the commands that take one

  // on, off, window add
  Text duration;  ///< --for
  Text until;
  bool read_only = false;
  Text reason;
  std::vector<std::string> titles;    ///< LANG=TEXT
  std::vector<std::string> messages;  ///< LANG=TEXT
  Text ramp;

  // status
  bool watch = false;
  bool exit_code = false;

  // window
  Text start;
  Text end;
  Text zone;
  Text repeat;
  Text at_end;
  Text title;
  std::vector<std::string> ids;  ///< of windows, tokens or passes
  Text file;

  // token
  std::string label;
  std::string scope = "viewer";
  std::vector<std::string> scope_groups;
  Text expires;

  Text base;  ///< of pass: what its link begins with

  // why
  Text method;  ///< GET where it is not said; of the doctor too
  Text path;
  Text ip;
  std::vector<std::string> cookies;  ///< NAME=VALUE
  Text header;
  Text pass;

  unsigned limit = 20;  ///< of audit

  // doctor
  std::string url;
  std::string origin;
  std::vector<std::string> headers;  ///< "Name: value"
  std::string credentials = "both";
  bool insecure = false;
  std::string timeout = "10s";

  // snippet
  Text proxy;
  Text style;
  bool list = false;

  std::string word;  ///< the shell, or which names
  std::vector<std::string> page;
};

}  // namespace understudy::app::cli
