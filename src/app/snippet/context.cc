#include "app/snippet/context.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/snippet/syntax.h"
#include "base/text.h"
#include "model/locale.h"

namespace understudy::app::snippet {
namespace {

namespace mustache = kainjow::mustache;
using List = mustache::data;

// nginx takes 4 KiB in one pair of quotes, HAProxy less than a buffer of 16 KiB for a whole answer.
constexpr std::size_t kMostTitle = 600;
constexpr std::size_t kMostMessage = 3000;

constexpr std::string_view kMapFile = "/etc/haproxy/understudy.map";
constexpr std::string_view kSocket = "unix:/run/haproxy/admin.sock";
constexpr std::string_view kFlagFolder = "/run/understudy/flags";

mustache::data flag(bool value) {
  return value ? mustache::data::type::bool_true : mustache::data::type::bool_false;
}

List list() { return mustache::data::type::list; }

mustache::data address_data(const ListenAddress& address) {
  mustache::data out;
  const bool is_unix = address.kind == ListenAddress::Kind::kUnix;
  // A wildcard is an address to listen on, not one to connect to.
  const std::string host =
      address.host == "0.0.0.0" ? "127.0.0.1" : (address.host == "::" ? "::1" : address.host);
  const bool ipv6 = host.find(':') != std::string::npos;
  out.set("is_unix", flag(is_unix));
  out.set("is_tcp", flag(!is_unix));
  out.set("is_tls", flag(address.kind == ListenAddress::Kind::kTls));
  out.set("path", address.path);
  out.set("host", host);
  out.set("port", std::to_string(address.port));
  out.set("address", is_unix
                         ? "unix:" + address.path
                         : fmt::format("{}{}{}:{}", ipv6 ? "[" : "", host, ipv6 ? "]" : "", address.port));
  return out;
}

class Builder {
 public:
  Builder(const config::Config& config, const config::GroupConfig& group, Context& out)
      : config_(config), group_(group), out_(out) {}

  void add_group() {
    set("group", group_.name);
    set("group_id", group_.id);
    std::string variable = group_.name;
    std::replace(variable.begin(), variable.end(), '-', '_');
    set("group_variable", variable);
    set("retry_after",
        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(group_.retry_after).count()));
    List hosts = list();
    for (const std::string& host : group_.hosts) hosts.push_back(text_data(host));
    out_.values.set("hosts", hosts);
    out_.values.set("has_hosts", flag(!group_.hosts.empty()));
    std::vector<std::string> regexes;
    for (const std::string& host : group_.hosts) regexes.push_back(literal_regex(host));
    set("hosts_regex", fmt::format("^({})(:[0-9]+)?$", fmt::join(regexes, "|")));
    set("hosts_text", fmt::format("{}", fmt::join(group_.hosts, " ")));
  }

  /// Of several listeners the one that is the easiest to reach: TCP before TLS before a Unix socket.
  void add_answer() {
    const auto& listen = config_.server.listen;
    const auto best = std::min_element(listen.begin(), listen.end(), [](const auto& a, const auto& b) {
      // Last of all one that wants a PROXY protocol header.
      return std::pair(a.proxied, a.kind) < std::pair(b.proxied, b.kind);
    });
    const ListenAddress address = best == listen.end() ? *parse_listen_address("127.0.0.1:8503") : *best;
    if (address.kind == ListenAddress::Kind::kUnix) check("server.listen", address.path);
    out_.values.set("answer", address_data(address));
    List trusted = list();
    for (const model::Network& network : config_.server.trusted_proxies)
      trusted.push_back(network_data(network));
    out_.values.set("trusted", trusted);
  }

  void add_cors() {
    const config::CorsConfig& cors = group_.cors;
    List all = list();
    List exact = list();
    List wild = list();
    std::vector<std::string> regexes;
    bool any = false;
    for (const std::string& origin : cors.origins) {
      mustache::data one = text_data(origin);
      one.set("regex", "^" + origin_regex(origin) + "$");
      regexes.push_back(origin_regex(origin));
      const bool is_wild = origin.find('*') != std::string::npos;
      any = any || origin == "*";
      all.push_back(one);
      (is_wild ? wild : exact).push_back(one);
    }
    out_.values.set("any_origin", flag(any));
    out_.values.set("has_origins", flag(!cors.origins.empty()));
    out_.values.set("has_exact_origins", flag(!exact.is_empty_list()));
    out_.values.set("has_origin_patterns", flag(!wild.is_empty_list()));
    out_.values.set("origins", all);
    out_.values.set("exact_origins", exact);
    out_.values.set("origin_patterns", wild);
    set("origins_regex", fmt::format("^({})$", fmt::join(regexes, "|")));
    out_.values.set("credentials", flag(cors.credentials));
    std::vector<std::string> expose = {"Content-Language", "Retry-After", "Understudy-Reason"};
    expose.insert(expose.end(), cors.expose.begin(), cors.expose.end());
    for (const std::string& name : cors.expose) check_name("cors.expose", name);
    for (const std::string& name : cors.headers) check_name("cors.headers", name);
    for (const std::string& name : cors.methods) check_name("cors.methods", name);
    set("expose", fmt::format("{}", fmt::join(expose, ", ")));
    set_or_none("cors_methods", fmt::format("{}", fmt::join(cors.methods, ", ")));
    set_or_none("cors_headers", fmt::format("{}", fmt::join(cors.headers, ", ")));
  }

  /// For the last answer, by the proxy itself: what the operator wrote, or else the built-in text, in English
  /// or the first language written. A static answer has one language.
  void add_texts(std::string_view proxy) {
    // Apache undoes backslashes twice: in its configuration, and in what ErrorDocument says, an expression.
    const std::string_view backslash = proxy == "apache" ? "\\\\\\\\" : "\\";
    const model::Locales locales = model::built_in_locales();
    for (const model::Reason reason : model::kReasons) {
      const model::OwnText* own = nullptr;
      for (const model::OwnText& text : group_.texts) {
        if (text.reason == reason && (own == nullptr || iequals(text.tag, "en"))) own = &text;
      }
      const model::Text& text = own != nullptr ? own->text : locales.english().text(reason);
      std::string name(to_text(reason));
      std::replace(name.begin(), name.end(), '-', '_');
      set(name + "_title", plain_json(text.title, kMostTitle, backslash));
      set(name + "_message", plain_json(text.message, kMostMessage, backslash));
    }
  }

  void add_bypass() {
    const config::BypassConfig& bypass = group_.bypass;
    List networks = list();
    std::vector<std::string> texts;
    for (const model::Network& network : bypass.networks) {
      networks.push_back(network_data(network));
      texts.push_back(model::to_text(network));
    }
    out_.values.set("networks", networks);
    out_.values.set("has_networks", flag(!bypass.networks.empty()));
    set("networks_text", fmt::format("{}", fmt::join(texts, " ")));
    add_credential("cookie", bypass.cookie);
    add_credential("header", bypass.header);
    out_.values.set("has_bypass", flag(!bypass.networks.empty() || !bypass.cookie.name.empty() ||
                                       !bypass.header.name.empty()));
    std::string cancel = cookie_regex(model::kPassCookie, "false");
    if (!bypass.cookie.name.empty()) cancel += "|" + cookie_regex(bypass.cookie.name, "false");
    set("cancel_cookie_regex", cancel);
  }

  void add_paths() {
    add_patterns("paths", group_.gate.paths);
    add_patterns("exempt", group_.gate.exempt);
    add_patterns("reads", group_.gate.reads);
    set("odd_path_regex", std::string(odd_path_regex()));
    if (!group_.gate.ramp_cookie.empty()) check_name("gate.ramp_cookie", group_.gate.ramp_cookie);
  }

  void add_gate(Need need) {
    add_listener("spoe", config_.spoe_listen, "127.0.0.1:8505", need == Need::kSpoe);
    add_listener("agent_check", config_.agent_check_listen, "127.0.0.1:8506", need == Need::kAgentCheck);
  }

  void add_proxy(std::string_view proxy, Need need) {
    const config::ProxyConfig* map =
        told([](const config::ProxyConfig& one) { return !one.map_file.empty(); });
    const config::ProxyConfig* flags =
        told([](const config::ProxyConfig& one) { return !one.flag_folder.empty(); });
    const std::string map_file = map == nullptr ? std::string(kMapFile) : map->map_file;
    const std::string folder = flags == nullptr ? std::string(kFlagFolder) : flags->flag_folder;
    std::vector<ListenAddress> runtime;
    if (map != nullptr) runtime = map->runtime;
    if (runtime.empty()) runtime.push_back(*parse_listen_address(kSocket));
    check("proxies: map_file", map_file);
    check("proxies: flag_folder", folder);
    set("map_file", map_file);
    set("flag_folder", folder);
    set("flag_maintenance", fmt::format("{}/{}.maintenance", folder, group_.name));
    set("flag_read_only", fmt::format("{}/{}.read-only", folder, group_.name));
    List sockets = list();
    for (const ListenAddress& address : runtime) {
      if (address.kind == ListenAddress::Kind::kUnix) check("proxies: runtime", address.path);
      sockets.push_back(address_data(address));
    }
    out_.values.set("runtime", sockets);
    const bool no_map = need == Need::kMapFile && (map == nullptr || map->runtime.empty());
    const bool no_flags = need == Need::kFlagFolder && flags == nullptr;
    if (!no_map && !no_flags) return;
    out_.missing.push_back(fmt::format("[proxies.{}]", map != nullptr ? map->name : proxy));
    if (no_map) {
      if (map == nullptr) out_.missing.push_back(fmt::format("map_file = \"{}\"", map_file));
      out_.missing.push_back(fmt::format("runtime = [\"{}\"]", kSocket));
    }
    if (no_flags) out_.missing.push_back(fmt::format("flag_folder = \"{}\"", folder));
  }

 private:
  void set(std::string_view name, const std::string& value) { out_.values.set(std::string(name), value); }
  void set_or_none(std::string_view name, const std::string& value) {
    out_.values.set(std::string(name), value.empty() ? flag(false) : text_data(value));
  }

  static mustache::data text_data(const std::string& text) {
    mustache::data out;
    out.set("text", text);
    return out;
  }

  static mustache::data network_data(const model::Network& network) {
    const std::string text = model::to_text(network);
    std::string_view rest = text;
    const std::string_view address = take_until(rest, '/');
    const bool ipv4 = address.find(':') == std::string_view::npos;
    mustache::data out = text_data(text);
    out.set("address", std::string(address));
    out.set("prefix", rest.empty() ? (ipv4 ? "32" : "128") : std::string(rest));
    out.set("is_ipv4", flag(ipv4));
    return out;
  }

  void fault(std::string_view key, std::string_view value, std::string_view expected) {
    out_.faults.push_back(fmt::format("{}: \"{}\" can't be written in a proxy's configuration safely; {}",
                                      key, printable(value), expected));
  }
  void check(std::string_view key, std::string_view value) {
    if (!is_plain(value)) fault(key, value, "use letters, digits and -_.~:/@,=+*&?!()[]|<> alone");
  }
  void check_name(std::string_view key, std::string_view name) {
    if (!is_plain_name(name)) fault(key, name, "use letters, digits, - and _ alone");
  }
  [[nodiscard]] std::string group_key(std::string_view key) const {
    return fmt::format("groups.{}.{}", group_.name, key);
  }

  void add_credential(const std::string& which, const model::Credential& credential) {
    if (credential.name.empty()) {
      out_.values.set(which, flag(false));
      return;
    }
    check_name(group_key("bypass." + which), credential.name);
    check(group_key("bypass." + which), credential.value);
    mustache::data out;
    out.set("name", credential.name);
    out.set("value", credential.value);
    out.set("value_regex", "^" + literal_regex(credential.value) + "$");
    out.set("regex", cookie_regex(credential.name, credential.value));
    out.set("cancel_regex", cookie_regex(credential.name, "false"));
    std::string variable = lower(credential.name);
    std::replace(variable.begin(), variable.end(), '-', '_');
    out.set("variable", variable);
    out_.values.set(which, out);
  }

  void add_patterns(const std::string& which, const std::vector<model::PathPattern>& patterns) {
    List all = list();
    List with_method = list();
    std::vector<std::string> any_method;
    for (const model::PathPattern& pattern : patterns) {
      check(group_key("gate." + which), pattern.path);
      check_name(group_key("gate." + which), pattern.method);
      mustache::data one =
          text_data(pattern.method.empty() ? pattern.path : pattern.method + " " + pattern.path);
      one.set("path", pattern.path);
      one.set("regex", "^" + path_regex(pattern.path) + "$");
      one.set("path_regex", path_regex(pattern.path));
      one.set("method", pattern.method.empty() ? flag(false) : text_data(pattern.method));
      all.push_back(one);
      if (pattern.method.empty()) {
        any_method.push_back(path_regex(pattern.path));
      } else {
        with_method.push_back(one);
      }
    }
    out_.values.set(which, all);
    out_.values.set("has_" + which, flag(!patterns.empty()));
    out_.values.set(which + "_with_method", with_method);
    set_or_none(which + "_regex",
                any_method.empty() ? "" : fmt::format("^({})$", fmt::join(any_method, "|")));
  }

  void add_listener(const std::string& which, const std::vector<ListenAddress>& listen,
                    std::string_view fallback, bool needed) {
    ListenAddress address = listen.empty() ? *parse_listen_address(fallback) : listen.front();
    if (address.kind == ListenAddress::Kind::kUnix) check("gate." + which, address.path);
    out_.values.set(which, address_data(address));
    if (listen.empty() && needed) {
      out_.missing.emplace_back("[gate]");
      out_.missing.push_back(fmt::format("{} = [\"{}\"]", which, fallback));
    }
  }

  /// The first proxy that is told of this group, and that `has` what is asked for.
  template <typename Has>
  const config::ProxyConfig* told(Has has) const {
    for (const config::ProxyConfig& proxy : config_.proxies) {
      const auto& groups = proxy.groups;
      const bool ours =
          groups.empty() || std::find(groups.begin(), groups.end(), group_.name) != groups.end();
      if (ours && has(proxy)) return &proxy;
    }
    return nullptr;
  }

  const config::Config& config_;
  const config::GroupConfig& group_;
  Context& out_;
};

}  // namespace

Context make_context(const config::Config& config, const config::GroupConfig& group, const Pattern& pattern) {
  Context out;
  Builder builder(config, group, out);
  builder.add_group();
  builder.add_answer();
  builder.add_cors();
  builder.add_texts(pattern.proxy);
  builder.add_bypass();
  builder.add_paths();
  builder.add_gate(pattern.need);
  builder.add_proxy(pattern.proxy, pattern.need);
  return out;
}

}  // namespace understudy::app::snippet
