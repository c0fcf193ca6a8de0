#include "app/cli/audit.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/table.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;

constexpr unsigned kPage = 1000;

bool is_nothing(const json::value* value) {
  return value == nullptr || value->is_null() || (value->is_string() && value->get_string().empty()) ||
         (value->is_array() && value->get_array().empty()) ||
         (value->is_object() && value->get_object().empty());
}

std::string plain(const json::value& value) {
  return value.is_string() ? std::string(value.get_string().c_str()) : json::serialize(value);
}

void append_change(std::string& out, std::string_view name, const json::value* before,
                   const json::value* after) {
  if (is_nothing(before) && is_nothing(after)) return;
  if (before != nullptr && after != nullptr && *before == *after) return;
  if (!out.empty()) out += ", ";
  out += name;
  out += ": ";
  if (is_nothing(after)) {
    out += plain(*before) + " → nothing";
  } else {
    out += is_nothing(before) ? plain(*after) : fmt::format("{} → {}", plain(*before), plain(*after));
  }
}

/// The newest entries, at most `limit`, from as many pages as it takes.
Result<json::object> ask(const Session& session, const Options& options) {
  json::array entries;
  json::value next;
  do {
    std::string target =
        fmt::format("/audit?limit={}", std::min<std::size_t>(options.limit - entries.size(), kPage));
    if (options.group) target += fmt::format("&group={}", encoded(*options.group));
    if (!next.is_null()) target += fmt::format("&before={}", encoded(plain(next)));
    const auto page = session.get(target);
    if (!page) return page.error();
    if (!page->is_object()) return Error{"the server's answer is no audit trail"};
    const json::array& more = array_at(page->get_object(), "entries");
    if (more.empty()) break;
    entries.insert(entries.end(), more.begin(), more.end());
    const json::value* following = page->get_object().if_contains("next");
    next = following == nullptr ? json::value() : *following;
  } while (!next.is_null() && entries.size() < options.limit);
  return json::object{{"entries", std::move(entries)}, {"next", std::move(next)}};
}

}  // namespace

std::string describe_change(const json::object& entry) {
  const json::object& before = object_at(entry, "before");
  const json::object& after = object_at(entry, "after");
  std::string out;
  for (const auto& member : after)
    append_change(out, member.key(), before.if_contains(member.key()), &member.value());
  for (const auto& member : before) {
    if (!after.contains(member.key()) && !after.empty())
      append_change(out, member.key(), &member.value(), nullptr);
  }
  return out.empty() && after.empty() && !before.empty() ? "gone" : out;
}

std::string render_audit(const json::object& answer, const Moment& moment, const Screen& screen) {
  Table table({{"WHEN", Cut::kNever},
               {"WHO", Cut::kMayBe},
               {"FROM", Cut::kMayBe},
               {"WHAT", Cut::kNever},
               {"TARGET", Cut::kMayBe},
               {"CHANGE", Cut::kMayBe}});
  for (const json::object* entry : objects_at(answer, "entries")) {
    const auto at = time_at(*entry, "at");
    table.add({{at ? short_time(*at, moment) : "", Paint::kPlain},
               {text_at(*entry, "who"), Paint::kBold},
               {text_at(*entry, "from"), Paint::kDim},
               {text_at(*entry, "action"), Paint::kPlain},
               {text_at(*entry, "target"), Paint::kPlain},
               {describe_change(*entry), Paint::kPlain}});
  }
  return table.empty() ? "nothing was changed yet\n" : table.render(screen.width, screen.colour);
}

int run_audit(const Options& options) {
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  const auto answer = ask(*session, options);
  if (!answer) return refuse(answer.error());
  print(options.json ? json::serialize(*answer) + "\n"
                     : render_audit(*answer, this_moment(), look_at(stdout)));
  return kDone;
}

}  // namespace understudy::app::cli
