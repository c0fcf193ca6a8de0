#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/cli/api_json.h"
#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/cli/session.h"
#include "app/cli/table.h"

namespace understudy::app::cli {

int run_reload(const Options& options) {
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  const auto answer = session->send_json("POST", "/reload", boost::json::object());
  if (!answer) return refuse(answer.error());
  if (!answer->is_object()) return refuse(Error{"the server's answer is no report"});
  const boost::json::object& report = answer->get_object();
  if (options.json) {
    print(boost::json::serialize(report) + "\n");
    return kDone;
  }
  for (const boost::json::value& warning : array_at(report, "warnings")) {
    if (!warning.is_object()) continue;
    const boost::json::object& problem = warning.get_object();
    std::string text = fmt::format("{}: {}", text_at(problem, "key"), text_at(problem, "message"));
    const auto line = number_at(problem, "line");
    text = line > 0 ? fmt::format("{}:{}: {}", text_at(problem, "file"), line, text)
                    : fmt::format("{}: {}", text_at(problem, "file"), text);
    fmt::print(stderr, "understudy: warning: {}\n", display_text(text));
  }
  const auto groups = number_at(report, "groups");
  print(fmt::format("the configuration was read again: {} {}\n", groups, groups == 1 ? "group" : "groups"));
  return kDone;
}

}  // namespace understudy::app::cli
