#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/locale.h"
#include "model/reason.h"

namespace understudy::model {

/// What is said on one occasion, a switch or a window, in one language. It goes before the group's own text.
struct OccasionText {
  std::string tag;  ///< BCP 47
  Text text;        ///< an empty title or message: the group's own, else the built-in one
  friend bool operator==(const OccasionText&, const OccasionText&) = default;
};

/// What an operator last said of one group.
struct Switch {
  Mode mode = Mode::kOpen;
  std::string reason;  ///< for operators and the audit; never sent to a client
  std::vector<OccasionText> texts;
  std::optional<WallTime> since;
  std::optional<WallTime> until;  ///< then the group opens by itself
  std::string by;
  /// Occurrences of windows that began at or before this moment hold the group no longer: what `off` says.
  std::optional<WallTime> closed_through;
  /// After `off --ramp`: until then the group is reopening.
  std::optional<WallTime> reopening_until;
  /// … out of this mode, whose rules hold for those whose turn has not come.
  Mode reopening_from = Mode::kMaintenance;
  friend bool operator==(const Switch&, const Switch&) = default;
};

/// What becomes of a group when a window's end passes.
enum class AtEnd : std::uint8_t {
  kReopen,  ///< it opens
  kStay,    ///< it stays as it is, overdue, until somebody says `off`
};

[[nodiscard]] constexpr std::string_view to_text(AtEnd at_end) {
  return at_end == AtEnd::kReopen ? "reopen" : "stay";
}

/// A planned maintenance. Times are local to `zone`, as they were written: "2026-11-22T02:00:00".
struct Window {
  std::string id;  ///< "w-" and eight characters
  std::string title;
  std::vector<std::string> groups;  ///< by name; at least one
  Mode mode = Mode::kMaintenance;   ///< not kOpen
  std::string zone = "UTC";         ///< IANA name
  std::string start;                ///< of the first occurrence
  std::string end;                  ///< of the first occurrence; later ones end at the same local distance
  std::string rule;                 ///< RFC 5545 RRULE value ("FREQ=WEEKLY;BYDAY=SU"); empty: once
  std::vector<std::string> except;  ///< local starts of occurrences that are left out (EXDATE)
  AtEnd at_end = AtEnd::kReopen;
  std::vector<OccasionText> texts;
  std::string reason;  ///< for operators; never sent to a client
  std::string by;
  WallTime created;  ///< occurrences that ended before are of no account
  friend bool operator==(const Window&, const Window&) = default;
};

/// Where a group stands, for front ends and `status`.
enum class Lifecycle : std::uint8_t {
  kOpen,
  kAnnounced,  ///< open, and a window is to come
  kActive,     ///< read-only or maintenance
  kOverdue,    ///< a window that stays is past its end
  kReopening,  ///< open again, and letting clients back in little by little
};

[[nodiscard]] constexpr std::string_view to_text(Lifecycle lifecycle) {
  switch (lifecycle) {
    case Lifecycle::kOpen:
      return "open";
    case Lifecycle::kAnnounced:
      return "announced";
    case Lifecycle::kActive:
      return "active";
    case Lifecycle::kOverdue:
      return "overdue";
    case Lifecycle::kReopening:
      return "reopening";
  }
  return "";
}

/// One of the things that keep a group from being open.
struct Holder {
  enum class Kind : std::uint8_t { kFlagFile, kSwitch, kWindow };
  Kind kind = Kind::kSwitch;
  std::string id;  ///< the flag file's path, or the window's id
  Mode mode = Mode::kMaintenance;
  std::optional<WallTime> since;
  std::optional<WallTime> until;
  bool overdue = false;
  std::string by;
  std::string reason;
  std::vector<OccasionText> texts;
};

[[nodiscard]] constexpr std::string_view to_text(Holder::Kind kind) {
  switch (kind) {
    case Holder::Kind::kFlagFile:
      return "flag_file";
    case Holder::Kind::kSwitch:
      return "switch";
    case Holder::Kind::kWindow:
      return "window";
  }
  return "";
}

/// The next time that a window takes a group down.
struct NextWindow {
  std::string window;  ///< its id
  std::string title;
  Mode mode = Mode::kMaintenance;
  WallTime start;
  WallTime end;
  std::vector<OccasionText> texts;
};

[[nodiscard]] constexpr std::optional<Mode> parse_mode(std::string_view text) {
  for (const Mode mode : {Mode::kOpen, Mode::kReadOnly, Mode::kMaintenance}) {
    if (to_text(mode) == text) return mode;
  }
  return std::nullopt;
}

/// What a bearer token permits on the admin API.
enum class Scope : std::uint8_t {
  kViewer,    ///< reads everything but tokens
  kOperator,  ///< and switches and plans windows for the groups named
  kAdmin,     ///< everything
};

[[nodiscard]] constexpr std::string_view to_text(Scope scope) {
  switch (scope) {
    case Scope::kViewer:
      return "viewer";
    case Scope::kOperator:
      return "operator";
    case Scope::kAdmin:
      return "admin";
  }
  return "";
}

/// A bearer token as it is kept: the secret itself is shown once and never stored.
struct Token {
  std::string id;     ///< public, part of the token
  std::string label;  ///< who or what it is for
  Scope scope = Scope::kViewer;
  std::vector<std::string> groups;  ///< of an operator's token, by name; "*": all
  std::string hash;                 ///< SHA-256 of the secret, 64 hexadecimal digits
  WallTime created;
  std::optional<WallTime> expires;
  std::optional<WallTime> last_used;  ///< to the minute
  std::string by;
  friend bool operator==(const Token&, const Token&) = default;
};

}  // namespace understudy::model
