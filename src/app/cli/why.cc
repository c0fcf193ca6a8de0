#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/cli/api_json.h"
#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/cli/session.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;

std::string target_of(const Options& options) {
  std::string target = fmt::format("/groups/{}/decision", encoded(options.group.value_or("")));
  char separator = '?';
  const auto add = [&](std::string_view name, const std::optional<std::string>& value) {
    if (!value) return;
    target += fmt::format("{}{}={}", separator, name, encoded(*value));
    separator = '&';
  };
  add("method", options.method);
  add("target", options.path);
  add("ip", options.ip);
  std::string cookies;
  for (const std::string& cookie : options.cookies) {
    if (!cookies.empty()) cookies += "; ";
    cookies += cookie;
  }
  if (!cookies.empty()) add("cookie", cookies);
  add("header", options.header);
  add("pass", options.pass);
  return target;
}

}  // namespace

int run_why(const Options& options) {
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  const auto answer = session->get(target_of(options));
  if (!answer) return refuse(answer.error());
  if (!answer->is_object()) return refuse(Error{"the server's answer is no decision"});
  const json::object& decision = answer->get_object();
  const bool blocked = text_at(decision, "decision") == "blocked";
  if (options.json) {
    print(json::serialize(decision) + "\n");
    return blocked ? kRefused : kDone;
  }
  const Screen screen = look_at(stdout);
  std::string out =
      painted(text_at(decision, "explanation"), blocked ? Paint::kRed : Paint::kGreen, screen.colour);
  out += fmt::format("\nwhy: {}\n", text_at(decision, "why"));
  // Of an open group no right is looked at.
  if (text_at(decision, "why") != "open") {
    for (const json::value& right : array_at(decision, "rights")) {
      if (right.is_string()) out += fmt::format("  {}\n", std::string_view(right.get_string()));
    }
  }
  print(out);
  return blocked ? kRefused : kDone;
}

}  // namespace understudy::app::cli
