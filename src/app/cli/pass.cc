#include <algorithm>
#include <iostream>
#include <string>

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/cli/api_json.h"
#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/cli/session.h"
#include "app/cli/switch.h"
#include "app/cli/table.h"
#include "base/password.h"
#include "calendar/time_text.h"
#include "http/date.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;

/// What --for or --until say, as the API reads it.
Result<std::string> to_expiry(const Options& options, const Moment& moment) {
  if (options.duration) {
    const auto span = calendar::parse_span(*options.duration);
    if (!span) return Error{fmt::format("--for: {}", span.error().message)};
    return {boost::system::in_place_value, fmt::format("{}s", span->count())};
  }
  if (!options.until) return Error{"how long is it good? Say --for 2h, or --until TIME"};
  const auto time = calendar::parse_time(*options.until, moment.now, moment.zone);
  if (!time) return Error{fmt::format("--until: {}", time.error().message)};
  if (time->time <= moment.now)
    return Error{fmt::format("--until: {} has passed", calendar::describe_time(time->time, moment.zone))};
  return {boost::system::in_place_value, http::format_rfc3339(time->time)};
}

std::string render_new(const json::object& pass, const Moment& moment) {
  const auto field = [&](std::string_view name) { return display_text(text_at(pass, name)); };
  const auto expires = time_at(pass, "expires");
  return fmt::format("link    {}\ncookie  {}\nheader  {}\ngood    {}\n", field("link"), field("cookie"),
                     field("header"), expires ? describe_until(*expires, moment) : "");
}

std::string render_passes(const json::object& answer, const Moment& moment, const Screen& screen) {
  Table table({{"ID", Cut::kNever},
               {"GROUP", Cut::kMayBe},
               {"LABEL", Cut::kMayBe},
               {"EXPIRES", Cut::kNever},
               {"USES", Cut::kNever},
               {"LAST USED", Cut::kNever},
               {"CREATED", Cut::kNever},
               {"BY", Cut::kMayBe}});
  for (const json::object* pass : objects_at(answer, "passes")) {
    const auto told = [&](std::string_view name, std::string_view none) {
      const auto time = time_at(*pass, name);
      return time ? short_time(*time, moment) : std::string(none);
    };
    const auto expires = time_at(*pass, "expires");
    const bool expired = expires && *expires <= moment.now;
    table.add({{text_at(*pass, "id"), Paint::kBold},
               {text_at(*pass, "group"), Paint::kPlain},
               {text_at(*pass, "label"), Paint::kPlain},
               {expired ? "expired" : told("expires", ""), expired ? Paint::kRed : Paint::kPlain},
               {fmt::format("{}", number_at(*pass, "uses")), Paint::kPlain},
               {told("lastUsed", "never"), Paint::kPlain},
               {told("created", ""), Paint::kPlain},
               {text_at(*pass, "by"), Paint::kDim}});
  }
  return table.empty() ? "there are no passes\n" : table.render(screen.width, screen.colour);
}

/// A terminal that shows nothing of what is typed, for as long as this lives.
class Unseen {
 public:
  Unseen() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~Unseen() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
  [[nodiscard]] bool works() const { return changed_; }

 private:
  termios before_{};
  bool changed_ = false;
};

std::string ask(const char* what) {
  fmt::print(stderr, "{}: ", what);
  std::string line;
  std::getline(std::cin, line);
  fmt::print(stderr, "\n");
  return line;
}

Result<std::string> read_password() {
  std::string password;
  if (::isatty(STDIN_FILENO) == 0) {
    std::getline(std::cin, password);
    return {boost::system::in_place_value, std::move(password)};
  }
  const Unseen unseen;
  if (!unseen.works()) return Error{"this terminal would show the password; pipe it in instead"};
  password = ask("Password");
  if (ask("Again") != password) return Error{"these are two different passwords"};
  return {boost::system::in_place_value, std::move(password)};
}

}  // namespace

int run_pass_add(const Options& options) {
  const Moment moment = this_moment();
  const auto expires = to_expiry(options, moment);
  if (!expires) return wrong_use(expires.error().message);
  json::object body{{"group", options.group.value_or("")}, {"expires", *expires}, {"label", options.label}};
  if (options.base) body["base"] = *options.base;
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  const auto answer = session->send_json("POST", "/passes", body);
  if (!answer) return refuse(answer.error());
  if (!answer->is_object()) return refuse(Error{"the server's answer is no pass"});
  const json::object& pass = answer->get_object();
  const auto status = session->get(fmt::format("/groups/{}/status", encoded(text_at(pass, "group"))));
  if (status && status->is_object()) {
    fmt::print(stderr, "{}", describe_ignorance(status->get_object(), "passes", "it opens nothing through"));
  }
  if (options.json) {
    print(json::serialize(pass) + "\n");
    return kDone;
  }
  fmt::print(stderr, "pass {} to {}; this is the only time that it is shown:\n",
             display_text(text_at(pass, "id")), display_text(text_at(pass, "group")));
  print(render_new(pass, moment));
  if (text_at(pass, "link").starts_with('/'))
    fmt::print(stderr, "The group has no host: put your API's address before the link, or say --base.\n");
  return kDone;
}

int run_pass_list(const Options& options) {
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  const auto answer =
      session->get(options.group ? fmt::format("/passes?group={}", encoded(*options.group)) : "/passes");
  if (!answer) return refuse(answer.error());
  if (!answer->is_object()) return refuse(Error{"the server's answer is no list of passes"});
  print(options.json ? json::serialize(*answer) + "\n"
                     : render_passes(answer->get_object(), this_moment(), look_at(stdout)));
  return kDone;
}

int run_pass_revoke(const Options& options) { return revoke_all(options, "passes", "pass"); }

int run_pass_rotate(const Options& options) {
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  const auto answer = session->send_json("POST", "/passes/rotate", json::object());
  if (!answer) return refuse(answer.error());
  print(options.json ? json::serialize(*answer) + "\n" : "passes are signed with a new key from now on\n");
  return kDone;
}

int run_pass_password(const Options&) {
  const auto password = read_password();
  if (!password) return refuse(password.error());
  const auto hash = hash_password(*password);
  if (!hash) return refuse(hash.error());
  return print(*hash + "\n") ? kDone : kRefused;
}

}  // namespace understudy::app::cli
