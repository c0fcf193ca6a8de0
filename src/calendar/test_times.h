#pragma once

#include <string>
#include <string_view>

#include "calendar/time_text.h"
#include "model/switch.h"

/// For the tests of this folder.
namespace understudy::calendar {

/// A moment by RFC 3339; fails the test program where it is none.
inline WallTime utc(std::string_view text) { return parse_time(text, WallTime(), "UTC").value().time; }

/// "2026-11-22T01:00:00", in UTC.
inline std::string text_of(WallTime time) { return to_local(time, "UTC"); }

inline model::Window window_of(std::string zone, std::string start, std::string end, std::string rule = "") {
  model::Window window;
  window.id = "w-abcdefgh";
  window.groups = {"shop"};
  window.zone = std::move(zone);
  window.start = std::move(start);
  window.end = std::move(end);
  window.rule = std::move(rule);
  return window;
}

}  // namespace understudy::calendar
