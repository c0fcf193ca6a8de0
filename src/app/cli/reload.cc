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
    const std::string text =
        warning.is_string() ? std::string(warning.get_string().c_str()) : boost::json::serialize(warning);
    fmt::print(stderr, "understudy: warning: {}\n", display_text(text));
  }
  const auto groups = number_at(report, "groups");
  print(fmt::format("the configuration was read again: {} {}\n", groups, groups == 1 ? "group" : "groups"));
  return kDone;
}

}  // namespace understudy::app::cli
