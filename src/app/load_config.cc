#include "app/load_config.h"

#include <utility>

#include "base/files.h"

namespace understudy::app {
namespace {

constexpr std::size_t kMaxConfig = std::size_t{256} << 20;

config::Problem problem_at(const config::ReadResult& read, const std::string& key, const std::string& file,
                           std::string message) {
  config::Problem problem;
  problem.file = file;
  problem.key = key;
  problem.message = std::move(message);
  if (const auto found = read.positions.find(key); found != read.positions.end()) {
    if (!found->second.file.empty()) problem.file = found->second.file;
    problem.line = found->second.line;
    problem.column = found->second.column;
  }
  return problem;
}

}  // namespace

LoadedConfig load_config(const std::optional<std::string>& file, const model::Locales& locales) {
  const std::string name = file.value_or("(demonstration)");
  LoadedConfig loaded;
  std::string text(config::demonstration_config());
  if (file) {
    auto content = read_file(*file, kMaxConfig);
    if (!content) {
      config::Problem problem;
      problem.file = name;
      problem.message = content.error().message;
      problem.expected = "a readable TOML file";
      loaded.read.problems.push_back(std::move(problem));
      return loaded;
    }
    text = std::move(*content);
  }
  loaded.read = config::read_config(text, name, config::process_environment(), locales);
  const config::ServerConfig& server = loaded.read.config.server;
  if (!server.tls_certificate.empty() && !server.tls_key.empty()) {
    auto identity = net::TlsIdentity::load(server.tls_certificate, server.tls_key);
    if (identity) {
      loaded.identity = std::move(*identity);
    } else {
      loaded.read.problems.push_back(
          problem_at(loaded.read, "server.tls_certificate", name, identity.error().message));
    }
  }
  return loaded;
}

}  // namespace understudy::app
