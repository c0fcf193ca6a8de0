#include <csignal>
#include <ctime>
#include <map>
#include <utility>

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/cli/api_json.h"
#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/cli/session.h"
#include "app/cli/status_view.h"
#include "app/cli/table.h"
#include "base/text.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kPage = 1000;
/// A look that hangs must not keep Ctrl-C waiting for long.
net::ClientLimits watch_limits() {
  net::ClientLimits limits;
  limits.connect = std::chrono::seconds(2);
  limits.whole = std::chrono::seconds(5);
  return limits;
}

Result<json::object> as_object(Result<json::value> answer) {
  if (!answer) return answer.error();
  if (!answer->is_object()) return Error{"the server's answer is no status"};
  return {boost::system::in_place_value, std::move(answer->get_object())};
}

/// All pages of GET /status as one.
Result<json::object> ask_for_all(const Session& session) {
  auto status = as_object(session.get(fmt::format("/status?limit={}", kPage)));
  if (!status) return status;
  std::string next = text_at(*status, "next");
  while (!next.empty()) {
    const auto page = as_object(session.get(fmt::format("/status?limit={}&after={}", kPage, encoded(next))));
    if (!page) return page.error();
    json::value& groups = (*status)["groups"];
    if (!groups.is_array() || array_at(*page, "groups").empty()) break;
    for (const json::value& group : array_at(*page, "groups")) groups.get_array().push_back(group);
    next = text_at(*page, "next");
  }
  if (status->contains("next")) (*status)["next"] = nullptr;
  return status;
}

/// One look: the server's whole status, or one group's.
Result<json::object> look(const Session& session, const Options& options) {
  auto status = options.group
                    ? as_object(session.get(fmt::format("/groups/{}/status", encoded(*options.group))))
                    : ask_for_all(session);
  // Scripts go by what this says: an answer that only looks like one must not pass for "all open".
  if (status && !status->contains(options.group ? "mode" : "groups"))
    return Error{"what answers there is no understudy: its answer is no status; check the address"};
  return status;
}

int code_for(const json::object& status, const Options& options) {
  if (!options.exit_code) return kDone;
  return exit_code_of(options.group ? std::vector<const json::object*>{&status}
                                    : objects_at(status, "groups"));
}

std::string render(const json::object& status, const Options& options, const Screen& screen) {
  const View view{this_moment(), screen.colour, screen.width};
  return options.group ? render_group(status, view) : render_status(status, view);
}

/// SIGINT and SIGTERM are waited for instead of obeyed, so that the terminal is left in order.
class Interruption {
 public:
  Interruption() {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  /// Whether one came within a second.
  [[nodiscard]] bool came_within_a_second() const {
    constexpr timespec kSecond{1, 0};
    return ::sigtimedwait(&signals_, nullptr, &kSecond) > 0;
  }

 private:
  sigset_t signals_{};
};

/// Draws over what was there, without a flicker. Long lines are cut by the terminal (its mode 7, switched off
/// while watching); lines below its end are counted.
std::string redrawn(std::string_view text, const Screen& screen) {
  std::string out = "\x1b[H";
  const std::size_t most = screen.height.value_or(24) - 1;
  std::size_t lines = 0;
  std::size_t hidden = 0;
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    if (++lines < most || (lines == most && text.empty())) {
      out += line;
      out += "\x1b[K\r\n";
    } else {
      ++hidden;
    }
  }
  if (hidden > 0) out += fmt::format("… {} more lines\x1b[K\r\n", hidden);
  return out + "\x1b[J";
}

/// Prints what has changed since the last look.
class ChangePrinter {
 public:
  explicit ChangePrinter(const Options& options) : options_(options) {}

  [[nodiscard]] bool print_changes(const json::object& status) {
    if (options_.json) return print_if_new("", json::serialize(status));
    const View view{this_moment(), Colour::kNo, std::nullopt};
    json::object one;
    if (options_.group) one["groups"] = json::array{status};
    const json::object& all = options_.group ? one : status;
    if (!print_if_new(" health", fmt::format("health: {}", display_text(text_at(all, "health")))))
      return false;
    for (const auto& [group, line] : status_lines(all, view)) {
      if (!print_if_new(group, line)) return false;
    }
    return true;
  }

 private:
  bool print_if_new(const std::string& key, const std::string& line) {
    const auto [entry, fresh] = last_.try_emplace(key, line);
    // A server that is well from the start, or a group alone, has no health to tell of.
    const bool nothing = key == " health" && (line == "health: " || (fresh && line == "health: ok"));
    if ((!fresh && entry->second == line) || nothing) return true;
    entry->second = line;
    return print(line + "\n");
  }

  const Options& options_;
  std::map<std::string, std::string> last_;
};

int watch(const Options& options, Session& session) {
  session.use_limits(watch_limits());
  const Interruption interruption;
  ChangePrinter changes(options);
  int code = kDone;
  bool first = true;
  std::string trouble;
  for (;;) {
    const Screen screen = look_at(stdout);
    const bool drawn = screen.terminal && !options.json;
    const auto status = look(session, options);
    if (!status && first) return refuse(status.error());
    bool went_well = true;
    if (first && drawn) went_well = print("\x1b[2J\x1b[?7l");
    if (!status) {
      code = kRefused;
      if (drawn) went_well = print(redrawn(fmt::format("no answer: {}\n", status.error().message), screen));
      if (!drawn && trouble != status.error().message) refuse(status.error());
      trouble = status.error().message;
    } else {
      code = code_for(*status, options);
      trouble.clear();
      went_well =
          drawn ? print(redrawn(render(*status, options, screen), screen)) : changes.print_changes(*status);
    }
    first = false;
    if (!went_well) return kRefused;
    if (!interruption.came_within_a_second()) continue;
    if (drawn) print("\x1b[?7h");
    return options.exit_code ? code : kDone;
  }
}

}  // namespace

int run_status(const Options& options) {
  auto session = Session::open(options);
  if (!session) return refuse(session.error());
  if (options.watch) return watch(options, *session);
  const auto status = look(*session, options);
  if (!status) return refuse(status.error());
  print(options.json ? json::serialize(*status) + "\n" : render(*status, options, look_at(stdout)));
  return code_for(*status, options);
}

int run_names(const Options& options) {
  auto session = Session::open(options);
  if (!session) return kRefused;
  session->use_limits({std::chrono::seconds(1), std::chrono::seconds(2), std::size_t{16} << 20, {}});
  const bool groups = options.word == "groups";
  const auto answer =
      groups ? ask_for_all(*session) : as_object(session->get(fmt::format("/{}", options.word)));
  if (!answer) return kRefused;
  for (const json::object* one : objects_at(*answer, options.word)) {
    print(fmt::format("{}\n", display_text(text_at(*one, groups ? "group" : "id"))));
  }
  return kDone;
}

}  // namespace understudy::app::cli
