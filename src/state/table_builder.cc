#include "state/table_builder.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "http/origin.h"
#include "state/page_dir.h"

namespace understudy::state {
namespace {

using model::Reason;

using KnownLines = std::map<std::string, std::shared_ptr<const model::CorsLines>>;

std::shared_ptr<const model::CorsPolicy> build_cors(const config::CorsConfig& config,
                                                    KnownLines& known_lines) {
  auto policy = std::make_shared<model::CorsPolicy>();
  std::vector<std::string> exact;
  for (const std::string& origin : config.origins) {
    const auto parts = http::parse_origin(origin);
    if (origin == "*") {
      policy->any_origin = true;
    } else if (!parts || origin.find('*') == std::string::npos) {
      exact.push_back(origin);
    } else {
      model::OriginPattern pattern;
      pattern.scheme = parts->scheme;
      pattern.any_subdomain = parts->host.starts_with("*.");
      pattern.host = pattern.any_subdomain ? parts->host.substr(2) : parts->host;
      pattern.any_port = parts->port == "*";
      pattern.port = pattern.any_port ? "" : parts->port;
      policy->patterns.push_back(std::move(pattern));
    }
  }
  policy->origins.assign(std::move(exact));
  policy->methods = config.methods;
  policy->headers = config.headers;
  const std::string credentials = config.credentials ? "Access-Control-Allow-Credentials: true\r\n" : "";
  model::CorsLines lines;
  lines.credentials = config.credentials;
  lines.expose = config.expose;
  lines.max_age = std::chrono::duration_cast<std::chrono::seconds>(config.max_age);
  lines.answer =
      credentials + "Access-Control-Expose-Headers: Content-Language, Retry-After, Understudy-Reason";
  for (const std::string& header : config.expose) lines.answer += ", " + header;
  lines.answer += "\r\n";
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(config.max_age).count();
  lines.preflight = credentials + fmt::format("Access-Control-Max-Age: {}\r\n", age);
  auto& shared = known_lines[lines.answer + lines.preflight];
  if (shared == nullptr) shared = std::make_shared<const model::CorsLines>(std::move(lines));
  policy->lines = shared;
  return policy;
}

bool says_the_same(const model::GatePolicy& policy, const config::GateConfig& gate,
                   const config::BypassConfig& bypass) {
  return policy.paths == gate.paths && policy.exempt == gate.exempt && policy.reads == gate.reads &&
         policy.ramp_cookie == gate.ramp_cookie && policy.networks.all() == bypass.networks &&
         policy.cookie == bypass.cookie && policy.header == bypass.header &&
         policy.cookie_domain == bypass.cookie_domain && policy.same_site == bypass.same_site &&
         policy.redirects == bypass.redirects && policy.password_hash == bypass.password_hash;
}

/// Equal for what says the same alone.
std::string key_of(const config::GateConfig& gate, const config::BypassConfig& bypass) {
  std::string key;
  const auto put = [&](std::string_view part) { key += fmt::format("{}:{}/", part.size(), part); };
  for (const auto* patterns : {&gate.paths, &gate.exempt, &gate.reads}) {
    for (const model::PathPattern& pattern : *patterns) {
      put(pattern.method);
      put(pattern.path);
    }
    key += ';';
  }
  for (const model::Network& network : bypass.networks) {
    key.append(network.address.begin(), network.address.end());
    key += static_cast<char>(network.prefix_bits);
  }
  key += fmt::format(";{};", bypass.networks.size());
  for (const std::string& text : bypass.redirects) put(text);
  key += fmt::format(";{};", static_cast<unsigned>(bypass.same_site));
  for (const std::string& text :
       {gate.ramp_cookie, bypass.cookie.name, bypass.cookie.value, bypass.header.name, bypass.header.value,
        bypass.cookie_domain, bypass.password_hash}) {
    put(text);
  }
  return key;
}

/// The language for clients that have no preference.
std::size_t preferred(const std::vector<std::string>& languages, const std::vector<model::OwnText>& own,
                      Reason reason, const std::vector<model::LanguageSet::Language>& offered) {
  const auto index_of = [&](std::string_view tag) {
    const auto found =
        std::find_if(offered.begin(), offered.end(), [&](const auto& l) { return iequals(l.tag, tag); });
    return static_cast<std::size_t>(found - offered.begin());
  };
  if (!languages.empty()) return 0;
  std::size_t first_own = offered.size();
  for (const model::OwnText& text : own) {
    if (text.reason != reason) continue;
    if (iequals(text.tag, "en")) return index_of("en");
    if (first_own == offered.size()) first_own = index_of(text.tag);
  }
  return first_own < offered.size() ? first_own : index_of("en");
}

/// The same occasion in the same mode: one key.
std::string key_of(model::Mode mode, const std::vector<model::OccasionText>& texts) {
  std::string key(to_text(mode));
  for (const model::OccasionText& text : texts) {
    for (const std::string& part : {text.tag, text.text.title, text.text.message}) {
      key += fmt::format("/{}:", part.size());
      key += part;
    }
  }
  return key;
}

}  // namespace

std::uint32_t next_number() {
  static std::atomic<std::uint32_t> counter{0};
  return ++counter;
}

std::shared_ptr<const model::LanguageSet> TableBuilder::languages(const Wording& wording, Reason reason) {
  std::vector<model::LanguageSet::Language> offered;
  const auto offer = [&](std::string_view tag) {
    const auto same = [&](const auto& language) { return iequals(language.tag, tag); };
    if (std::any_of(offered.begin(), offered.end(), same)) return;
    const model::Locale* locale = locales_.find(tag);
    offered.push_back({locale != nullptr ? locale->tag : std::string(tag), lower(tag), &locales_.closest(tag),
                       model::direction_of(tag)});
  };
  const auto written = [&](std::string_view tag) {
    return std::any_of(wording.own.begin(), wording.own.end(), [&](const model::OwnText& text) {
      return text.reason == reason && iequals(text.tag, tag);
    });
  };
  for (const std::string& tag : wording.languages) {
    if (locales_.find(tag) != nullptr || written(tag)) offer(tag);
  }
  if (wording.languages.empty()) {
    for (const model::Locale& locale : locales_.all()) offer(locale.tag);
    for (const model::OwnText& text : wording.own) {
      if (text.reason == reason) offer(text.tag);
    }
  }
  if (offered.empty()) offer("en");  // the languages offered have no text for this reason
  const std::size_t first = preferred(wording.languages, wording.own, reason, offered);
  std::string key = std::to_string(first);
  for (const auto& language : offered) key.append(" ").append(language.tag);
  auto& set = language_sets_[key];
  if (set == nullptr) {
    auto made = std::make_shared<model::LanguageSet>();
    made->id = next_number();
    for (std::size_t i = 0; i < offered.size(); ++i) made->by_tag.emplace(offered[i].lower_tag, i);
    made->languages = std::move(offered);
    made->default_index = first;
    set = std::move(made);
  }
  return set;
}

std::shared_ptr<const model::Texts> TableBuilder::texts(const config::GroupConfig& config) {
  const bool plain = config.languages.empty() && config.texts.empty();
  if (plain && built_in_ != nullptr) return built_in_;
  auto made = std::make_shared<model::Texts>();
  const Wording wording{config.languages, config.texts};
  for (const Reason reason : model::kReasons)
    made->languages[static_cast<std::size_t>(reason)] = languages(wording, reason);
  made->configured = config.languages;
  if (!config.texts.empty()) {
    made->own = config.texts;
    return made;
  }
  std::string listed;
  for (const std::string& tag : config.languages) listed.append(tag).append(" ");
  auto& shared =
      plain_texts_[{made->languages[0]->id, made->languages[1]->id, made->languages[2]->id, listed}];
  if (shared == nullptr) shared = std::move(made);
  if (plain) built_in_ = shared;
  return shared;
}

std::shared_ptr<const model::GatePolicy> TableBuilder::gate(const config::GroupConfig& config) {
  const config::GateConfig& gate = config.gate;
  const config::BypassConfig& bypass = config.bypass;
  if (last_gate_ != nullptr && says_the_same(*last_gate_, gate, bypass)) return last_gate_;
  auto& shared = gates_[key_of(gate, bypass)];
  if (shared == nullptr) {
    auto made = std::make_shared<model::GatePolicy>();
    made->paths = gate.paths;
    made->exempt = gate.exempt;
    made->reads = gate.reads;
    made->ramp_cookie = gate.ramp_cookie;
    made->networks.assign(bypass.networks);
    made->cookie = bypass.cookie;
    made->header = bypass.header;
    made->cookie_domain = bypass.cookie_domain;
    made->same_site = bypass.same_site;
    made->redirects = bypass.redirects;
    made->password_hash = bypass.password_hash;
    shared = std::move(made);
  }
  last_gate_ = shared;
  return shared;
}

Result<std::shared_ptr<const model::PageDir>> TableBuilder::page(const std::string& folder) {
  if (folder.empty()) return std::shared_ptr<const model::PageDir>();
  auto& known = pages_[folder];
  if (known == nullptr) {
    auto loaded = load_page_dir(folder);
    if (!loaded) return loaded.error();
    known = loaded->page;
    for (const std::string& what : loaded->left_out) warnings_.push_back(fmt::format("{}: {}", folder, what));
  }
  return known;
}

std::uint32_t TableBuilder::presentation(const std::shared_ptr<const model::Texts>& texts,
                                         const std::shared_ptr<const model::PageDir>& page,
                                         std::int64_t retry_after) {
  Shown& shown = presentations_[{texts.get(), retry_after, page.get()}];
  if (shown.number == 0) shown = {next_number(), texts, page};
  return shown.number;
}

std::uint32_t TableBuilder::presentation(const model::Group& group) {
  return presentation(group.texts, group.page, group.retry_after.count());
}

Result<model::Group> TableBuilder::build(const config::GroupConfig& config) {
  model::Group group;
  group.name = config.name;
  group.id = config.id;
  group.hosts = config.hosts;
  group.hosts.shrink_to_fit();
  group.retry_after = std::chrono::ceil<decltype(group.retry_after)>(config.retry_after);
  group.retry_jitter_percent = static_cast<std::uint8_t>(config.retry_jitter);
  group.flag_file = config.flag_file;
  const config::CorsConfig& cors = config.cors;
  auto& policy = policies_[{cors.origins, cors.credentials, cors.methods, cors.headers, cors.expose,
                            cors.max_age.count()}];
  if (policy == nullptr) policy = build_cors(cors, cors_lines_);
  group.cors = policy;
  group.texts = texts(config);
  group.gate = gate(config);
  group.page_dir = config.page_dir;
  auto folder = page(config.page_dir);
  if (!folder) return folder.error();
  group.page = *folder;
  group.presentation = presentation(group);
  return group;
}

std::pair<std::shared_ptr<const model::Texts>, std::uint32_t> TableBuilder::with_occasion(
    const model::Group& group, model::Mode mode, const std::vector<model::OccasionText>& texts) {
  const Reason reason = mode == model::Mode::kReadOnly ? Reason::kReadOnly : Reason::kMaintenance;
  Occasioned& known = occasions_[{group.texts.get(), key_of(mode, texts)}];
  if (known.made == nullptr) {
    auto made = std::make_shared<model::Texts>(*group.texts);
    for (const model::OccasionText& said : texts) {
      auto own = std::find_if(made->own.begin(), made->own.end(), [&](const model::OwnText& text) {
        return text.reason == reason && iequals(text.tag, said.tag);
      });
      if (own == made->own.end())
        own = made->own.insert(own, {reason, said.tag, locales_.closest(said.tag).text(reason)});
      if (!said.text.title.empty()) own->text.title = said.text.title;
      if (!said.text.message.empty()) own->text.message = said.text.message;
      const auto same = [&](const std::string& tag) { return iequals(tag, said.tag); };
      std::vector<std::string>& listed = made->configured;
      if (!listed.empty() && std::none_of(listed.begin(), listed.end(), same)) listed.push_back(said.tag);
    }
    made->languages[static_cast<std::size_t>(reason)] = languages({made->configured, made->own}, reason);
    known = {group.texts, std::move(made)};
  }
  return {known.made, presentation(known.made, group.page, group.retry_after.count())};
}

model::Group TableBuilder::neutral() {
  config::GroupConfig nobody;
  nobody.retry_after = std::chrono::minutes(10);
  nobody.retry_jitter = 10;
  return *build(nobody);  // without a page_dir nothing can fail
}

void TableBuilder::prune() {
  const auto used_once = [](const auto& entry) { return entry.second.use_count() <= 2; };
  std::erase_if(occasions_, [](const auto& entry) { return entry.second.made.use_count() <= 2; });
  std::erase_if(presentations_, [](const auto& entry) { return entry.second.texts.use_count() <= 2; });
  std::erase_if(policies_, used_once);
  std::erase_if(plain_texts_, used_once);
  last_gate_.reset();
  std::erase_if(gates_, used_once);
  std::erase_if(pages_, used_once);
}

Result<std::shared_ptr<const model::GroupTable>> build_table(const config::Config& config,
                                                             TableBuilder& builder, MoreGroups more) {
  std::vector<model::Group> groups;
  groups.reserve(config.groups.size() + more.groups.size());
  std::size_t default_group = model::GroupTable::kNone;
  for (const config::GroupConfig& group : config.groups) {
    if (group.is_default) default_group = groups.size();
    auto built = builder.build(group);
    if (!built) return Error{fmt::format("groups.{}: {}", group.name, built.error().message)};
    groups.push_back(std::move(*built));
  }
  if (default_group == model::GroupTable::kNone && more.default_group != model::GroupTable::kNone)
    default_group = groups.size() + more.default_group;
  for (model::Group& group : more.groups) groups.push_back(std::move(group));
  return std::make_shared<const model::GroupTable>(next_number(), std::move(groups), default_group,
                                                   builder.neutral());
}

Result<std::shared_ptr<const model::GroupTable>> with_fresh_pages(const model::GroupTable& table,
                                                                  TableBuilder& builder) {
  builder.forget_pages();
  std::vector<model::Group> groups;
  groups.reserve(table.count());
  std::size_t default_group = model::GroupTable::kNone;
  std::optional<Error> error;
  table.for_each([&](std::size_t index, const model::Group& group) {
    if (index == table.default_group()) default_group = groups.size();
    model::Group& fresh = groups.emplace_back(group);
    if (group.page_dir.empty() || error) return;
    auto page = builder.page(group.page_dir);
    if (!page) {
      error = Error{fmt::format("groups.{}: {}", group.name, page.error().message)};
      return;
    }
    fresh.page = *page;
    fresh.presentation = builder.presentation(fresh);
  });
  if (error) return *error;
  return std::make_shared<const model::GroupTable>(next_number(), std::move(groups), default_group,
                                                   table.neutral());
}

}  // namespace understudy::state
