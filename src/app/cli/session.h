#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <boost/json/value.hpp>

#include "app/cli/options.h"
#include "base/result.h"
#include "config/reader.h"
#include "net/client.h"
#include "net/endpoint.h"

namespace understudy::app::cli {

/// Where a server may be, the first that is given counts.
struct ServerHints {
  std::optional<std::string> admin;   ///< --admin or UNDERSTUDY_ADMIN
  std::optional<std::string> config;  ///< --config or UNDERSTUDY_CONFIG
  config::Environment environment;    ///< whose UNDERSTUDY_ADMIN_LISTEN counts as the file's would
  std::vector<std::string> sockets;   ///< the usual ones: the first that somebody listens on, else the first
};

/// "/run/understudy/admin.sock", and the one of a demonstration that may not write there.
[[nodiscard]] std::vector<std::string> usual_sockets(const std::optional<std::string>& runtime_folder,
                                                     uid_t uid);

struct FoundServer {
  net::Endpoint endpoint;
  std::string by;  ///< what named it: "--admin or UNDERSTUDY_ADMIN", "/etc/…", …
};
[[nodiscard]] Result<FoundServer> find_server(const ServerHints& hints);

/// The token in a file. As ssh does with keys, refuses a file that others than its owner may read.
[[nodiscard]] Result<std::string> read_token(const std::string& file);

/// The admin API of one server. Blocks.
class Session {
 public:
  /// Finds the server and reads the token; does not connect yet.
  [[nodiscard]] static Result<Session> open(const Options& options);
  Session(FoundServer server, std::string token) : server_(std::move(server)), token_(std::move(token)) {}

  void use_limits(const net::ClientLimits& limits) { limits_ = limits; }

  /// Sends one request; `target` is what follows /api/v1. A success's body as it came; anything else as an
  /// error for people.
  [[nodiscard]] Result<std::string> send(std::string_view method, std::string_view target,
                                         std::string_view type = {}, std::string body = {}) const;

  /// The same with JSON both ways. A success without a body is null.
  [[nodiscard]] Result<boost::json::value> get(std::string_view target) const;
  [[nodiscard]] Result<boost::json::value> send_json(std::string_view method, std::string_view target,
                                                     const boost::json::value& body) const;
  /// An iCalendar object, answered by JSON.
  [[nodiscard]] Result<boost::json::value> post_calendar(std::string_view target, std::string calendar) const;

 private:
  [[nodiscard]] static Result<boost::json::value> parse(Result<std::string> text);

  FoundServer server_;
  std::string token_;
  net::ClientLimits limits_;
};

/// Deletes each of `options.ids` at "/KINDS/ID", prints what became of each, and returns the exit code.
int revoke_all(const Options& options, std::string_view kinds, std::string_view kind);

}  // namespace understudy::app::cli
