// A moment, a span and a local time as people write them. The clock stands in front of the input's zones.
#include <array>
#include <string>

#include "calendar/time_text.h"
#include "fuzz/check.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::require;
  namespace calendar = understudy::calendar;
  const std::string_view text = understudy::fuzz::to_text(data, size);
  constexpr std::array kZones = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"};
  const std::size_t number = understudy::fuzz::number_from(text);
  const std::string zone = kZones[number % kZones.size()];
  const understudy::WallTime now{std::chrono::seconds(number)};

  const auto parsed = calendar::parse_time(text, now, zone);
  if (!parsed) {
    require(!parsed.error().message.empty() && !understudy::fuzz::has_control(parsed.error().message),
            "an error is one line of text");
  } else {
    require(calendar::is_zone(parsed->zone), "a zone that exists");
    require(calendar::to_local(parsed->time, parsed->zone) == parsed->local,
            "the local time is the moment's");
    const auto again = calendar::parse_time(calendar::to_local(parsed->time, "UTC") + "Z", now, zone);
    const bool within = calendar::to_local(parsed->time, "UTC").compare(0, 4, "2200") <= 0 &&
                        calendar::to_local(parsed->time, "UTC").compare(0, 4, "1970") >= 0;
    require(!within || (again && again->time == parsed->time), "the same moment in UTC");
    require(!calendar::describe_time(parsed->time, zone).empty(), "every moment can be told");
  }
  const auto span = calendar::parse_span(text);
  if (span) {
    require(*span > std::chrono::seconds(0), "a span is positive");
    const auto again = calendar::parse_span(calendar::describe_span(*span));
    require(again && *again <= *span, "a span that is told can be read");
  }
  const auto moment = calendar::from_local(text, zone);
  if (moment) {
    const std::string local = calendar::to_local(*moment, zone);
    require(calendar::from_local(local, zone) == moment, "a moment's local time is the moment");
  }
  return 0;
}
