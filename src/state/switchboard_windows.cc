#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/crypto.h"
#include "calendar/time_text.h"
#include "state/records.h"
#include "state/switchboard.h"

namespace understudy::state {
namespace {

constexpr std::size_t kMostWindows = 10000;
constexpr std::size_t kMostTitle = 500;

Refused no_window(std::string_view id) {
  return {Refused::Kind::kNotFound, fmt::format("there is no window \"{}\"", id), "", {}, {}};
}

/// RFC 3339 with an offset is taken for the moment it names; what is stored is local to the window's zone.
/// False: local time can't tell that moment.
bool make_local(std::string& text, const std::string& zone) {
  const bool has_offset = text.size() > 19 && (text.back() == 'Z' || text.back() == 'z' ||
                                               text.find_first_of("+-", 19) != std::string::npos);
  if (!has_offset || !calendar::is_zone(zone)) return true;
  const auto parsed = calendar::parse_time(text, WallTime{}, "UTC");
  if (!parsed) return true;  // said of the field as it is
  text = calendar::to_local(parsed->time, zone);
  return calendar::from_local(text, zone) == parsed->time;
}

/// Windows under way first, then by their next start; what is over comes last.
std::tuple<int, WallTime> rank(const Schedule::KnownWindow& window, WallTime now) {
  const calendar::WindowMoment& moment = Schedule::moment_of(window, now);
  if (moment.current) return {0, moment.current->start};
  if (moment.next) return {1, moment.next->start};
  return {2, moment.last ? moment.last->start : WallTime{}};
}

}  // namespace

Outcome<void> Switchboard::check_window(model::Window& window) const {
  Refused refused;
  const auto object = [&](std::string field, std::string message) {
    refused.fields.emplace_back(std::move(field), std::move(message));
  };
  const auto localize = [&](const char* field, std::string& time) {
    if (make_local(time, window.zone)) return;
    object(field, fmt::format("{} comes twice in {}, and this is the second one; expected another time, or "
                              "the zone UTC",
                              time, window.zone));
  };
  localize("start", window.start);
  localize("end", window.end);
  for (std::string& time : window.except) localize("except", time);
  for (auto& problem : calendar::judge(window, parts_.clock.wall()))
    object(std::move(problem.field), std::move(problem.message));
  for (std::size_t i = 0; i < window.groups.size(); ++i) {
    const std::size_t found = parts_.keeper.current()->table->find(window.groups[i]);
    if (found == model::GroupTable::kNone) {
      Refused unknown = no_group(window.groups[i]);
      object(fmt::format("groups[{}]", i), unknown.message);
      refused.suggestions.insert(refused.suggestions.end(), unknown.suggestions.begin(),
                                 unknown.suggestions.end());
    } else {
      window.groups[i] = parts_.keeper.current()->table->group(found).name;
    }
  }
  std::sort(window.groups.begin(), window.groups.end());
  window.groups.erase(std::unique(window.groups.begin(), window.groups.end()), window.groups.end());
  if (window.title.size() > kMostTitle) object("title", fmt::format("expected at most {} bytes", kMostTitle));
  if (auto wrong = judge_words(window.reason, window.texts)) object(wrong->field, wrong->message);
  if (refused.fields.empty()) return {};
  refused.kind = Refused::Kind::kInvalid;
  refused.field = refused.fields.front().first;
  refused.message = refused.fields.front().second;
  return refused;
}

Outcome<Versioned<model::Window>> Switchboard::window(std::string_view id) const {
  const auto* known = parts_.keeper.schedule().find_window(std::string(id));
  if (known == nullptr) return no_window(id);
  return Versioned<model::Window>{known->value, known->revision};
}

std::vector<Versioned<model::Window>> Switchboard::windows(std::string_view group) const {
  const WallTime now = parts_.clock.wall();
  const model::GroupTable& table = *parts_.keeper.current()->table;
  const std::size_t index = table.find(group);
  const std::string_view name =
      index == model::GroupTable::kNone ? group : std::string_view(table.group(index).name);
  std::vector<const Schedule::KnownWindow*> found;
  for (const auto& [id, window] : parts_.keeper.schedule().windows()) {
    const auto& groups = window.value.groups;
    if (group.empty() || std::find(groups.begin(), groups.end(), name) != groups.end())
      found.push_back(&window);
  }
  std::sort(found.begin(), found.end(), [&](const auto* a, const auto* b) {
    return std::tuple(rank(*a, now), a->value.id) < std::tuple(rank(*b, now), b->value.id);
  });
  std::vector<Versioned<model::Window>> out;
  out.reserve(found.size());
  for (const auto* window : found) out.push_back({window->value, window->revision});
  return out;
}

Outcome<Versioned<model::Window>> Switchboard::add_window(const Caller& caller, model::Window window) {
  if (parts_.keeper.schedule().windows().size() >= kMostWindows) {
    return Refused{Refused::Kind::kConflict,
                   fmt::format("there are {} windows already; remove some that are over", kMostWindows),
                   "",
                   {},
                   {}};
  }
  if (auto sound = check_window(window); !sound) return sound.error();
  window.id = "w-" + random_uuid().substr(0, 8);
  window.by = caller.who;
  window.created = parts_.clock.wall();
  AuditNote entry = note(caller, "window.add", window.id);
  entry.after = encode_window(window);
  Batch batch;
  batch.writes.push_back({Kind::kWindow, window.id, entry.after, 0});
  batch.audit.push_back(std::move(entry));
  if (auto done = commit(batch); !done) return done.error();
  return this->window(window.id);
}

Outcome<Versioned<model::Window>> Switchboard::change_window(const Caller& caller, model::Window window,
                                                             IfRevision expected) {
  const auto* known = parts_.keeper.schedule().find_window(window.id);
  if (known == nullptr) return no_window(window.id);
  if (expected && *expected != known->revision) return stale(known->revision);
  window.by = known->value.by;
  window.created = known->value.created;
  if (auto sound = check_window(window); !sound) return sound.error();
  AuditNote entry = note(caller, "window.change", window.id);
  entry.before = encode_window(known->value);
  entry.after = encode_window(window);
  Batch batch;
  batch.writes.push_back({Kind::kWindow, window.id, entry.after, known->revision});
  batch.audit.push_back(std::move(entry));
  if (auto done = commit(batch); !done) return done.error();
  return this->window(window.id);
}

Outcome<void> Switchboard::remove_window(const Caller& caller, std::string_view id, IfRevision expected) {
  const auto* known = parts_.keeper.schedule().find_window(std::string(id));
  if (known == nullptr) return no_window(id);
  if (expected && *expected != known->revision) return stale(known->revision);
  AuditNote entry = note(caller, "window.remove", id);
  entry.before = encode_window(known->value);
  Batch batch;
  batch.writes.push_back({Kind::kWindow, std::string(id), std::nullopt, known->revision});
  batch.audit.push_back(std::move(entry));
  if (auto done = commit(batch); !done) return done.error();
  return {};
}

}  // namespace understudy::state
