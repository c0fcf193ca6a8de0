#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/cli/api_json.h"
#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/cli/session.h"
#include "app/cli/table.h"
#include "calendar/time_text.h"
#include "http/date.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;

/// "90d" as it is, for the server to count; a time as RFC 3339.
Result<std::string> to_expiry(const std::string& text, const Moment& moment) {
  if (calendar::parse_span(text)) return {boost::system::in_place_value, text};
  const auto time = calendar::parse_time(text, moment.now, moment.zone);
  if (!time) return Error{fmt::format("--expires: {}", time.error().message)};
  if (time->time <= moment.now)
    return Error{fmt::format("--expires: {} has passed", calendar::describe_time(time->time, moment.zone))};
  return {boost::system::in_place_value, http::format_rfc3339(time->time)};
}

std::string describe_new(const json::object& token, const Moment& moment) {
  const std::string groups = display_text(joined_at(token, "groups"));
  const auto expires = time_at(token, "expires");
  return fmt::format("token {} for {}: {}{}, {}", display_text(text_at(token, "id")),
                     display_text(text_at(token, "label")), display_text(text_at(token, "scope")),
                     groups.empty() ? "" : fmt::format(" of {}", groups),
                     expires ? fmt::format("expires {}", calendar::describe_time(*expires, moment.zone))
                             : "does not expire");
}

std::string render_tokens(const json::object& answer, const Moment& moment, const Screen& screen) {
  Table table({{"ID", Cut::kNever},
               {"LABEL", Cut::kMayBe},
               {"SCOPE", Cut::kNever},
               {"GROUPS", Cut::kMayBe},
               {"CREATED", Cut::kNever},
               {"EXPIRES", Cut::kNever},
               {"LAST USED", Cut::kNever},
               {"BY", Cut::kMayBe}});
  for (const json::object* token : objects_at(answer, "tokens")) {
    const auto told = [&](std::string_view name, std::string_view none) {
      const auto time = time_at(*token, name);
      return time ? short_time(*time, moment) : std::string(none);
    };
    const auto expires = time_at(*token, "expires");
    const bool expired = expires && *expires <= moment.now;
    table.add({{text_at(*token, "id"), Paint::kBold},
               {text_at(*token, "label"), Paint::kPlain},
               {text_at(*token, "scope"), Paint::kPlain},
               {joined_at(*token, "groups"), Paint::kPlain},
               {told("created", ""), Paint::kPlain},
               {expired ? "expired" : told("expires", "never"), expired ? Paint::kRed : Paint::kPlain},
               {told("lastUsed", "never"), Paint::kPlain},
               {text_at(*token, "by"), Paint::kDim}});
  }
  return table.empty() ? "there are no tokens\n" : table.render(screen.width, screen.colour);
}

}  // namespace

int run_token_create(const Options& options) {
  const Moment moment = this_moment();
  json::object body{{"label", options.label}, {"scope", options.scope}};
  json::array groups;
  for (const std::string& group : options.scope_groups) groups.emplace_back(group);
  if (options.scope == "operator" && groups.empty())
    return wrong_use("an operator's token is for groups: name them by --group, or --group '*' for all");
  if (options.scope != "operator" && !groups.empty())
    return wrong_use(fmt::format("--group: the scope {} is not for single groups", options.scope));
  body["groups"] = std::move(groups);
  body["expires"] = nullptr;
  if (options.expires) {
    const auto expires = to_expiry(*options.expires, moment);
    if (!expires) return wrong_use(expires.error().message);
    body["expires"] = *expires;
  }
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  const auto answer = session->send_json("POST", "/tokens", body);
  if (!answer) return refuse(answer.error());
  if (!answer->is_object()) return refuse(Error{"the server's answer is no token"});
  const json::object& token = answer->get_object();
  if (options.json) {
    print(json::serialize(token) + "\n");
    return kDone;
  }
  // The secret alone on standard output, so that it can go into a file.
  fmt::print(stderr, "{}\nThis is the only time that it is shown:\n", describe_new(token, moment));
  print(display_text(text_at(token, "token")) + "\n");
  return kDone;
}

int run_token_list(const Options& options) {
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  const auto answer = session->get("/tokens");
  if (!answer) return refuse(answer.error());
  if (!answer->is_object()) return refuse(Error{"the server's answer is no list of tokens"});
  print(options.json ? json::serialize(*answer) + "\n"
                     : render_tokens(answer->get_object(), this_moment(), look_at(stdout)));
  return kDone;
}

int run_token_revoke(const Options& options) { return revoke_all(options, "tokens", "token"); }

}  // namespace understudy::app::cli
