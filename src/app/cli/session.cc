#include "app/cli/session.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/cli/api_json.h"
#include "app/cli/output.h"
#include "app/cli/problem.h"
#include "app/cli/table.h"
#include "base/files.h"
#include "base/text.h"
#include "model/locale.h"

namespace understudy::app::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxConfig = std::size_t{256} << 20;
constexpr std::size_t kMaxToken = 4096;
constexpr std::string_view kAdvice = "name the server by --admin or UNDERSTUDY_ADMIN";

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

/// Where a listening address is reached from this machine; none: its port is not known.
std::optional<net::Endpoint> reach(const ListenAddress& address) {
  net::Endpoint endpoint;
  if (address.kind == ListenAddress::Kind::kUnix) {
    endpoint.path = address.path;
    return endpoint;
  }
  if (address.port == 0) return std::nullopt;
  endpoint.kind =
      address.kind == ListenAddress::Kind::kTls ? net::Endpoint::Kind::kHttps : net::Endpoint::Kind::kHttp;
  endpoint.host = address.host == "0.0.0.0" ? "127.0.0.1" : address.host == "::" ? "::1" : address.host;
  endpoint.port = address.port;
  return endpoint;
}

Result<FoundServer> find_in_config(const ServerHints& hints) {
  const std::string name = hints.config.value_or("UNDERSTUDY_ADMIN_LISTEN");
  std::string text;
  if (hints.config) {
    auto content = read_file(*hints.config, kMaxConfig);
    if (!content) return Error{fmt::format("{}; {}", content.error().message, kAdvice)};
    text = std::move(*content);
  }
  const auto read = config::read_config(text, name, hints.environment, model::built_in_locales());
  // What is wrong elsewhere in the file is the server's affair.
  for (const config::Problem& problem : read.problems) {
    const bool matters = problem.severity == config::Severity::kError &&
                         (problem.key.empty() || problem.key == "syntax" || problem.key.starts_with("admin"));
    if (matters && hints.config) return Error{fmt::format("{}; {}", config::to_line(problem), kAdvice)};
  }
  std::vector<net::Endpoint> endpoints;
  for (const ListenAddress& address : read.config.admin_listen) {
    if (auto endpoint = reach(address)) endpoints.push_back(std::move(*endpoint));
  }
  if (endpoints.empty())
    return Error{fmt::format("admin.listen of {} names no address to reach; {}", name, kAdvice)};
  const auto socket = std::find_if(endpoints.begin(), endpoints.end(), [](const net::Endpoint& endpoint) {
    return endpoint.kind == net::Endpoint::Kind::kUnix;
  });
  return FoundServer{socket == endpoints.end() ? endpoints.front() : *socket,
                     fmt::format("admin.listen of {}", name)};
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_ip_address(host));
}

}  // namespace

std::vector<std::string> usual_sockets(const std::optional<std::string>& runtime_folder, uid_t uid) {
  const std::string folder =
      runtime_folder ? fmt::format("{}/understudy", *runtime_folder) : fmt::format("/tmp/understudy-{}", uid);
  return {"/run/understudy/admin.sock", fmt::format("{}/admin.sock", folder)};
}

Result<FoundServer> find_server(const ServerHints& hints) {
  if (hints.admin) {
    auto endpoint = net::parse_endpoint(*hints.admin);
    if (!endpoint) return endpoint.error();
    return FoundServer{std::move(*endpoint), "--admin or UNDERSTUDY_ADMIN"};
  }
  if (hints.config || hints.environment.contains("UNDERSTUDY_ADMIN_LISTEN")) return find_in_config(hints);
  net::Endpoint endpoint;
  const auto alive = std::find_if(hints.sockets.begin(), hints.sockets.end(), net::is_listening);
  endpoint.path = alive == hints.sockets.end() ? hints.sockets.front() : *alive;
  return FoundServer{endpoint, "the default"};
}

Result<std::string> read_token(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0)
    return Error{fmt::format("the token file {}: {}", file, system_message(errno))};
  const mode_t others = info.st_uid == ::getuid() ? S_IRWXG | S_IRWXO : S_IRWXO;
  if ((info.st_mode & others) != 0) {
    return Error{
        fmt::format("the token file {} is open to others (mode {:04o}): `chmod 600 {}` and consider "
                    "the token known",
                    file, info.st_mode & 07777, file)};
  }
  const auto content = read_file(file, kMaxToken);
  if (!content) return Error{fmt::format("the token file {}", content.error().message)};
  std::string token(trim_lines(*content));
  if (token.empty()) return Error{fmt::format("the token file {} is empty", file)};
  const bool odd =
      std::any_of(token.begin(), token.end(), [](char c) { return c <= ' ' || c == 0x7F || c < 0; });
  if (odd) return Error{fmt::format("the token file {} holds more than one token", file)};
  return {boost::system::in_place_value, std::move(token)};
}

Result<Session> Session::open(const Options& options) {
  ServerHints hints{options.admin, options.config, config::process_environment(),
                    usual_sockets(variable("XDG_RUNTIME_DIR"), ::getuid())};
  auto server = find_server(hints);
  if (!server) return server.error();
  std::string token;
  if (options.token_file) {
    auto read = read_token(*options.token_file);
    if (!read) return read.error();
    token = std::move(*read);
  } else if (auto given = variable("UNDERSTUDY_TOKEN")) {
    token = std::string(trim_lines(*given));
  }
  const net::Endpoint& endpoint = server->endpoint;
  if (!token.empty() && endpoint.kind == net::Endpoint::Kind::kHttp && !is_loopback(endpoint.host)) {
    fmt::print(stderr, "understudy: warning: the token goes to {} unencrypted; https:// would not tell it\n",
               endpoint.host);
  }
  return Session(std::move(*server), std::move(token));
}

Result<std::string> Session::send(std::string_view method, std::string_view target, std::string_view type,
                                  std::string body) const {
  net::ClientRequest request;
  request.method = method;
  request.target = fmt::format("/api/v1{}", target);
  if (!type.empty()) request.headers.emplace_back("Content-Type", type);
  // A Unix socket's other end knows who we are.
  if (!token_.empty() && server_.endpoint.kind != net::Endpoint::Kind::kUnix)
    request.headers.emplace_back("Authorization", fmt::format("Bearer {}", token_));
  request.body = std::move(body);
  auto response = net::exchange(server_.endpoint, request, limits_);
  if (!response) {
    return Error{fmt::format("{}\n  this address is from {}; --admin names another", response.error().message,
                             server_.by)};
  }
  if (response->status < 200 || response->status > 299) return Error{describe_problem(*response)};
  return {boost::system::in_place_value, std::move(response->body)};
}

Result<json::value> Session::parse(Result<std::string> text) {
  if (!text) return text.error();
  if (text->empty()) return json::value();
  boost::system::error_code error;
  json::value value = json::parse(*text, error);
  if (error) return Error{fmt::format("the server's answer is no JSON: {}", error.message())};
  return {boost::system::in_place_value, std::move(value)};
}

Result<json::value> Session::get(std::string_view target) const { return parse(send("GET", target)); }

Result<json::value> Session::post_calendar(std::string_view target, std::string calendar) const {
  return parse(send("POST", target, "text/calendar", std::move(calendar)));
}

Result<json::value> Session::send_json(std::string_view method, std::string_view target,
                                       const json::value& body) const {
  return parse(send(method, target, "application/json", json::serialize(body)));
}

int revoke_all(const Options& options, std::string_view kinds, std::string_view kind) {
  const auto session = Session::open(options);
  if (!session) return refuse(session.error());
  int code = kDone;
  for (const std::string& id : options.ids) {
    const auto revoked = session->send("DELETE", fmt::format("/{}/{}", kinds, encoded(id)));
    if (!revoked) {
      code = refuse(revoked.error());
    } else if (options.json) {
      print(boost::json::serialize(boost::json::object{{"revoked", id}}) + "\n");
    } else {
      print(fmt::format("{} {} is revoked\n", kind, display_text(id)));
    }
  }
  return code;
}

}  // namespace understudy::app::cli
