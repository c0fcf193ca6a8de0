// An iCalendar object, what its windows mean, and the way back.
#include <string>

#include "calendar/occurrences.h"
#include "calendar/time_text.h"
#include "fuzz/check.h"

namespace understudy::fuzz {
namespace {

void check_moment(const calendar::WindowMoment& moment, WallTime now) {
  if (moment.current) require(moment.current->start <= now && now < moment.current->end, "under way");
  if (moment.last) require(moment.last->start < moment.last->end && moment.last->end <= now, "over");
  if (moment.next) require(moment.next->start > now && moment.next->start < moment.next->end, "to come");
}

void check_window(const model::Window& window) {
  const calendar::Recurrence recurrence(window);
  const auto start = calendar::from_local(window.start, window.zone);
  require(start.has_value(), "a sound window has a start");
  for (const auto& occurrence : recurrence.between(*start, *start + std::chrono::days(3650), 5)) {
    require(occurrence.start < occurrence.end, "an occurrence lasts");
    const auto moment = recurrence.at(occurrence.start);
    check_moment(moment, occurrence.start);
    require(moment.current && moment.current->end >= occurrence.end, "what was foretold takes place");
  }
}

}  // namespace
}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  namespace calendar = understudy::calendar;
  const auto read = calendar::read_ics(understudy::fuzz::to_text(data, size), "Europe/Berlin");
  if (!read) {
    require(!understudy::fuzz::has_control(read.error().message), "an error is one line of text");
    return 0;
  }
  require(read->windows.size() == read->uids.size(), "a UID a window");
  for (const std::string& reason : read->left_out)
    require(!understudy::fuzz::has_control(reason), "a reason is one line of text");
  constexpr std::size_t kLookedAt = 3;
  for (std::size_t i = 0; i < read->windows.size() && i < kLookedAt; ++i)
    understudy::fuzz::check_window(read->windows[i]);

  const understudy::WallTime now{std::chrono::seconds(1'795'000'000)};
  const auto again = calendar::read_ics(calendar::write_ics(read->windows, "fuzz", now), "UTC");
  require(again && again->left_out.empty(), "what was written can be read");
  require(again->windows.size() == read->windows.size(), "as many windows as before");
  for (std::size_t i = 0; i < read->windows.size(); ++i) {
    require(
        again->windows[i].start == read->windows[i].start && again->windows[i].end == read->windows[i].end,
        "the same times");
    require(again->windows[i].title == read->windows[i].title, "the same title");
  }
  return 0;
}
