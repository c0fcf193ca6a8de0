#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "calendar/occurrences.h"
#include "calendar/rule.h"
#include "calendar/time_text.h"

namespace understudy::calendar {
namespace {

using Problems = std::vector<WindowProblem>;

void judge_zone(const model::Window& window, Problems& problems) {
  if (find_zone(window.zone)) return;
  const auto similar = similar_zone(cut(window.zone, 100));
  problems.push_back({"zone", similar ? fmt::format("{} is no time zone; did you mean {}?",
                                                    printable(cut(window.zone, 100)), *similar)
                                      : fmt::format("{} is no time zone; expected an IANA name such as "
                                                    "Europe/Berlin",
                                                    printable(cut(window.zone, 100)))});
}

bool is_tag(std::string_view tag) {
  const bool plain =
      std::all_of(tag.begin(), tag.end(), [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; });
  return plain && !tag.empty() && tag.size() <= 35 && is_alpha(tag.front()) && tag.back() != '-' &&
         tag.find("--") == std::string_view::npos;
}

void judge_words(const model::Window& window, Problems& problems) {
  if (window.mode == model::Mode::kOpen)
    problems.push_back({"mode", "a window can't be open; expected read-only or maintenance"});
  const bool nameless = std::any_of(window.groups.begin(), window.groups.end(),
                                    [](const std::string& name) { return name.empty(); });
  if (window.groups.empty() || nameless)
    problems.push_back({"groups", "no group; expected the name of at least one"});
  for (std::size_t i = 0; i < window.texts.size(); ++i) {
    const model::OccasionText& text = window.texts[i];
    if (!is_tag(text.tag)) {
      problems.push_back({"texts", fmt::format("\"{}\" is no language tag; expected for instance en or pt-BR",
                                               printable(cut(text.tag, 100)))});
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (iequals(window.texts[j].tag, text.tag))
        problems.push_back({"texts", fmt::format("{} is there twice", printable(text.tag))});
    }
    if (!is_utf8(text.text.title) || !is_utf8(text.text.message))
      problems.push_back(
          {"texts", fmt::format("the text in {} is not UTF-8", printable(cut(text.tag, 100)))});
  }
}

/// A local time of a window, or the problem.
std::optional<LocalTime> judge_time(std::string_view field, std::string_view text, Problems& problems) {
  const auto time = parse_local(text);
  if (!time) {
    problems.push_back({std::string(field), fmt::format("\"{}\" is no local time; expected for instance "
                                                        "2026-11-22T02:00:00, from {} to {}",
                                                        printable(cut(text, 100)), kFirstYear, kLastYear)});
  }
  return time;
}

void judge_end(const Plan& plan, Problems& problems) {
  if (plan.span > kLongestOccurrence) {
    problems.push_back({"end", fmt::format("an occurrence of {} is too long; expected at most 31 days",
                                           describe_span(plan.span))});
  } else if (plan.span <= std::chrono::seconds(0)) {
    problems.push_back({"end", "the end is not after the start"});
  } else if (plan.zone && !plan.rule && !plan.occurrence(plan.start)) {
    problems.push_back({"end", "the end is not after the start: daylight saving skips all of it"});
  }
}

std::vector<std::string> judge_exceptions(const model::Window& window, Problems& problems) {
  std::vector<std::string> except;
  if (window.except.size() > kMostExceptions) {
    problems.push_back({"except", fmt::format("too many exceptions; expected at most {}", kMostExceptions)});
    return except;
  }
  for (const std::string& text : window.except) {
    if (const auto time = judge_time("except", text, problems)) except.push_back(format_local(*time));
  }
  std::sort(except.begin(), except.end());
  return except;
}

/// Whether anything remains of it all. Bounded: each exception takes at most one occurrence away, and
/// daylight saving those of a few days a year at most.
bool takes_place(const Plan& plan) {
  constexpr int kSkippedByClocks = 20;
  Starts starts(plan, plan.start);
  for (int i = 0; i <= kSkippedByClocks; ++i) {
    const auto start = starts.next();
    if (!start) return false;
    if (plan.occurrence(*start)) return true;
  }
  return false;
}

void judge_rule(const model::Window& window, Plan& plan, Problems& problems) {
  if (!window.rule.empty()) {
    auto rule = parse_rule(window.rule, *plan.zone);
    if (!rule) {
      problems.push_back({"rule", rule.error().message});
      return;
    }
    plan.rule = *rule;
    if (!ever_takes_place(*rule, plan.start)) {
      problems.push_back({"rule", "it never takes place from the start on"});
      return;
    }
  }
  judge_end(plan, problems);
  if (problems.empty() && !takes_place(plan))
    problems.push_back({plan.except.empty() ? "rule" : "except", "nothing remains: it never takes place"});
}

}  // namespace

std::vector<WindowProblem> judge(const model::Window& window, std::optional<WallTime> now) {
  Problems problems;
  judge_words(window, problems);
  judge_zone(window, problems);
  Plan plan;
  plan.zone = find_zone(window.zone);
  const auto start = judge_time("start", window.start, problems);
  const auto end = judge_time("end", window.end, problems);
  plan.except = judge_exceptions(window, problems);
  if (!start || !end) return problems;
  plan.start = *start;
  plan.span = *end - *start;
  if (plan.zone) {
    judge_rule(window, plan, problems);
  } else {
    judge_end(plan, problems);
  }
  if (now && problems.empty() && !plan.rule && plan.zone->moments(*end).first <= *now)
    problems.push_back({"end", fmt::format("the end has passed: {}",
                                           describe_time(plan.zone->moments(*end).first, window.zone))});
  return problems;
}

}  // namespace understudy::calendar
