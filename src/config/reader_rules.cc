// What is judged once everything is read: what belongs together, and what must be there but once.

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/files.h"
#include "base/text.h"
#include "config/group_rules.h"
#include "config/toml_reader.h"

namespace understudy::config {
namespace {

using Owners = boost::unordered_flat_map<std::string_view, std::size_t>;

constexpr std::size_t kMinSecret = 16;
constexpr std::size_t kMaxSecret = 4096;

bool is_readable_by_all(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

}  // namespace

void Reader::judge_group(std::size_t index) {
  const GroupConfig& group = result_.config.groups[index];
  const Source& source = group_sources_[index];
  const Path path{"groups", group.name};
  if (group.id.empty() && !source.find("id")) {
    add(source.place, path.key("id"), "the group has no id", "", "id = \"UUID\" (uuidgen makes one)");
  }
  for (GroupFault& fault : config::judge_group(group, locales_)) {
    std::string expected = fault.key != "languages"
                               ? std::move(fault.expected)
                               : fmt::format("[groups.{}.maintenance.{}] and the like, or another language",
                                             group.name, group.languages[fault.element]);
    add(element_at(source.at(fault.key), fault.element), path.key(fault.key), std::move(fault.message),
        std::move(fault.found), std::move(expected))
        .suggestion = std::move(fault.suggestion);
  }
  for (const model::OwnText& text : group.texts) {
    // From a variable alone may come, in a language that is not built in, a message without a title.
    if (!text.text.title.empty() || text.text.message.empty()) continue;
    add(source.place, path.key(fmt::format("{}.{}", to_text(text.reason), text.tag)), "the title is missing",
        "", "title = \"…\", or the environment variable that ends in _TITLE");
  }
}

std::string Reader::describe_owner(std::size_t group, std::string_view key) const {
  const Position position = position_of(group_sources_[group].at(key));
  return fmt::format("group {} has this one already ({})", result_.config.groups[group].name,
                     position.line == 0 ? position.file : fmt::format("line {}", position.line));
}

void Reader::judge_ids_and_hosts() {
  const auto& groups = result_.config.groups;
  std::size_t host_count = 0;
  for (const GroupConfig& group : groups) host_count += group.hosts.size();
  Owners ids;
  Owners hosts;
  ids.reserve(groups.size());
  hosts.reserve(host_count);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const Path path{"groups", groups[i].name};
    if (!groups[i].id.empty()) {
      const auto [first, fresh] = ids.emplace(groups[i].id, i);
      const Place place = fresh ? Place{} : group_sources_[i].at("id");
      if (!fresh) {
        add(place, path.key("id"), "", found_at(place),
            fmt::format("a UUID of its own; {}", describe_owner(first->second, "id")));
      }
    }
    for (std::size_t h = 0; h < groups[i].hosts.size(); ++h) {
      const auto [first, fresh] = hosts.emplace(groups[i].hosts[h], i);
      if (fresh) continue;
      const Place place = element_at(group_sources_[i].at("hosts"), h);
      add(place, path.key("hosts"), "", found_at(place),
          fmt::format("a host of its own; {}", describe_owner(first->second, "hosts")));
    }
  }
}

void Reader::judge_groups() {
  judge_ids_and_hosts();
  const auto& groups = result_.config.groups;
  std::optional<std::size_t> default_group;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (!groups[i].is_default) continue;
    if (default_group) {
      const Position first = position_of(group_sources_[*default_group].at("default"));
      add(group_sources_[i].at("default"), Path{"groups", groups[i].name}.key("default"), "", "true",
          fmt::format("one default group at most; group {} is it already ({})", groups[*default_group].name,
                      first.line == 0 ? first.file : fmt::format("line {}", first.line)));
    } else {
      default_group = i;
    }
  }
  if (groups.empty()) {
    add({}, "groups", "there is no group: every request gets the neutral answer, without CORS", "",
        "[groups.NAME]")
        .severity = Severity::kWarning;
  }
}

void Reader::judge_webhook(std::size_t index) {
  WebhookConfig& webhook = result_.config.webhooks[index];
  const Source& source = webhook_sources_[index];
  const Path path{"webhooks", webhook.name};
  if (!source.find("url")) {
    add(source.place, path.key("url"), "the webhook has no url", "", "url = \"https://hooks.example/…\"");
  }
  judge_secret(webhook, source);
  judge_group_names(webhook.groups, source, path);
}

void Reader::judge_group_names(const std::vector<std::string>& names, const Source& source,
                               const Path& path) {
  if (names.empty()) return;
  std::vector<std::string> known;
  for (const GroupConfig& group : result_.config.groups) known.push_back(group.name);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::find(known.begin(), known.end(), names[i]) != known.end()) continue;
    add(element_at(source.at("groups"), i), path.key("groups"), "there is no such group",
        fmt::format("\"{}\"", cut(names[i], 80)), "the name of a group")
        .suggestion = nearest(names[i], known).value_or("");
  }
}

void Reader::judge_secret(WebhookConfig& webhook, const Source& source) {
  const Path path{"webhooks", webhook.name};
  const bool has_file = source.find("secret_file").has_value();
  if (source.find("secret")) {
    if (!has_file) return;
    add(source.at("secret_file"), path.key("secret_file"), "the secret is given as well", "",
        "secret or secret_file, not both");
  } else if (!has_file) {
    add(source.place, path.key("secret"), "the webhook has no secret", "",
        "secret = \"…\" of 16 characters at least, or secret_file = \"/…\"");
  } else if (webhook.secret_file.starts_with('/')) {
    judge_secret_file(webhook, source);
  }
}

void Reader::judge_secret_file(WebhookConfig& webhook, const Source& source) {
  const Place place = source.at("secret_file");
  const std::string key = Path{"webhooks", webhook.name}.key("secret_file");
  const auto content = read_file(webhook.secret_file, kMaxSecret);
  if (!content) {
    add(place, key, content.error().message, found_at(place), "a readable file that holds the secret");
    return;
  }
  webhook.secret = trim_lines(*content);
  if (webhook.secret.size() < kMinSecret) {
    add(place, key, "the secret in it is too short", fmt::format("{} bytes", webhook.secret.size()),
        fmt::format("{} bytes at least", kMinSecret));
  }
  if (is_readable_by_all(webhook.secret_file)) {
    add(place, key, "every user of this machine can read it", found_at(place), "a file of mode 0640 or 0600")
        .severity = Severity::kWarning;
  }
}

void Reader::judge_server() {
  const ServerConfig& server = result_.config.server;
  const auto is_tls = [](const ListenAddress& address) { return address.kind == ListenAddress::Kind::kTls; };
  const auto& admin = result_.config.admin_listen;
  if (std::none_of(server.listen.begin(), server.listen.end(), is_tls) &&
      std::none_of(admin.begin(), admin.end(), is_tls)) {
    return;
  }
  const auto found = result_.positions.find("server.listen");
  const Position position = found == result_.positions.end() ? Position{} : found->second;
  const auto require = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) return;
    Problem& problem = add({{position.line, position.column}, nullptr, nullptr}, std::string(key),
                           "a \"tls:\" listener needs it", "", "the path of a PEM file");
    if (!position.file.empty()) problem.file = position.file;
  };
  require("server.tls_certificate", server.tls_certificate);
  require("server.tls_key", server.tls_key);
}

}  // namespace understudy::config
