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

std::uint32_t next_number() {
  static std::atomic<std::uint32_t> counter{0};
  return ++counter;
}

using KnownLines = std::map<std::string, std::shared_ptr<const model::CorsLines>>;

std::shared_ptr<const model::CorsPolicy> build_cors(const config::CorsConfig& config,
                                                    KnownLines& known_lines) {
  auto policy = std::make_shared<model::CorsPolicy>();
  for (const std::string& origin : config.origins) {
    const auto parts = http::parse_origin(origin);
    if (origin == "*") {
      policy->any_origin = true;
    } else if (!parts || origin.find('*') == std::string::npos) {
      policy->origins.push_back(origin);
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
  std::sort(policy->origins.begin(), policy->origins.end());
  policy->methods = config.methods;
  policy->headers = config.headers;
  const std::string credentials = config.credentials ? "Access-Control-Allow-Credentials: true\r\n" : "";
  model::CorsLines lines;
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

/// Builds one table; what is equal is made once.
class Builder {
 public:
  explicit Builder(const model::Locales& locales) : locales_(locales) {}

  Result<model::Group> build(const config::GroupConfig& config);
  std::vector<std::string> warnings;

 private:
  std::shared_ptr<const model::LanguageSet> languages(const config::GroupConfig& config, Reason reason);
  std::shared_ptr<const model::Texts> texts(const config::GroupConfig& config);
  Result<std::shared_ptr<const model::PageDir>> page(const std::string& folder);
  [[nodiscard]] std::size_t preferred(const config::GroupConfig& config, Reason reason,
                                      const std::vector<model::LanguageSet::Language>& offered) const;

  const model::Locales& locales_;
  std::map<std::string, std::shared_ptr<const model::LanguageSet>> language_sets_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::shared_ptr<const model::Texts>>
      plain_texts_;
  std::shared_ptr<const model::Texts>
      built_in_;  ///< of the groups that configure neither languages nor texts
  std::map<std::string, std::shared_ptr<const model::PageDir>> pages_;
  std::map<std::tuple<const void*, std::int64_t, const void*>, std::uint32_t> presentations_;
  using CorsKey = std::tuple<std::vector<std::string>, bool, std::vector<std::string>,
                             std::vector<std::string>, std::vector<std::string>, std::int64_t>;
  std::map<CorsKey, std::shared_ptr<const model::CorsPolicy>> policies_;
  KnownLines cors_lines_;
};

std::size_t Builder::preferred(const config::GroupConfig& config, Reason reason,
                               const std::vector<model::LanguageSet::Language>& offered) const {
  const auto index_of = [&](std::string_view tag) {
    const auto found =
        std::find_if(offered.begin(), offered.end(), [&](const auto& l) { return iequals(l.tag, tag); });
    return static_cast<std::size_t>(found - offered.begin());
  };
  if (!config.languages.empty()) return 0;
  std::size_t first_own = offered.size();
  for (const model::OwnText& text : config.texts) {
    if (text.reason != reason) continue;
    if (iequals(text.tag, "en")) return index_of("en");
    if (first_own == offered.size()) first_own = index_of(text.tag);
  }
  return first_own < offered.size() ? first_own : index_of("en");
}

std::shared_ptr<const model::LanguageSet> Builder::languages(const config::GroupConfig& config,
                                                             Reason reason) {
  std::vector<model::LanguageSet::Language> offered;
  const auto offer = [&](std::string_view tag) {
    const auto same = [&](const auto& language) { return iequals(language.tag, tag); };
    if (std::any_of(offered.begin(), offered.end(), same)) return;
    const model::Locale* locale = locales_.find(tag);
    offered.push_back({locale != nullptr ? locale->tag : std::string(tag), lower(tag), &locales_.closest(tag),
                       model::direction_of(tag)});
  };
  const auto written = [&](std::string_view tag) {
    return std::any_of(config.texts.begin(), config.texts.end(), [&](const model::OwnText& text) {
      return text.reason == reason && iequals(text.tag, tag);
    });
  };
  for (const std::string& tag : config.languages) {
    if (locales_.find(tag) != nullptr || written(tag)) offer(tag);
  }
  if (config.languages.empty()) {
    for (const model::Locale& locale : locales_.all()) offer(locale.tag);
    for (const model::OwnText& text : config.texts) {
      if (text.reason == reason) offer(text.tag);
    }
  }
  if (offered.empty()) offer("en");  // the languages offered have no text for this reason
  const std::size_t first = preferred(config, reason, offered);
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

std::shared_ptr<const model::Texts> Builder::texts(const config::GroupConfig& config) {
  const bool plain = config.languages.empty() && config.texts.empty();
  if (plain && built_in_ != nullptr) return built_in_;
  auto made = std::make_shared<model::Texts>();
  for (const Reason reason : model::kReasons)
    made->languages[static_cast<std::size_t>(reason)] = languages(config, reason);
  if (!config.texts.empty()) {
    made->own = config.texts;
    return made;
  }
  auto& shared = plain_texts_[{made->languages[0]->id, made->languages[1]->id, made->languages[2]->id}];
  if (shared == nullptr) shared = std::move(made);
  if (plain) built_in_ = shared;
  return shared;
}

Result<std::shared_ptr<const model::PageDir>> Builder::page(const std::string& folder) {
  if (folder.empty()) return std::shared_ptr<const model::PageDir>();
  auto& known = pages_[folder];
  if (known == nullptr) {
    auto loaded = load_page_dir(folder);
    if (!loaded) return loaded.error();
    known = loaded->page;
    for (const std::string& what : loaded->left_out) warnings.push_back(fmt::format("{}: {}", folder, what));
  }
  return known;
}

Result<model::Group> Builder::build(const config::GroupConfig& config) {
  model::Group group;
  group.name = config.name;
  group.id = config.id;
  group.hosts = config.hosts;
  group.retry_after = std::chrono::ceil<std::chrono::seconds>(config.retry_after);
  group.retry_jitter_percent = config.retry_jitter;
  group.flag_file = config.flag_file;
  const config::CorsConfig& cors = config.cors;
  auto& policy = policies_[{cors.origins, cors.credentials, cors.methods, cors.headers, cors.expose,
                            cors.max_age.count()}];
  if (policy == nullptr) policy = build_cors(cors, cors_lines_);
  group.cors = policy;
  group.texts = texts(config);
  group.page_dir = config.page_dir;
  auto folder = page(config.page_dir);
  if (!folder) return folder.error();
  group.page = *folder;
  auto& presentation = presentations_[{group.texts.get(), group.retry_after.count(), group.page.get()}];
  if (presentation == 0) presentation = next_number();
  group.presentation = presentation;
  return group;
}

}  // namespace

Result<BuiltTable> build_table(const config::Config& config, const model::Locales& locales) {
  Builder builder(locales);
  std::vector<model::Group> groups;
  groups.reserve(config.groups.size());
  std::size_t default_group = model::GroupTable::kNone;
  for (const config::GroupConfig& group : config.groups) {
    if (group.is_default) default_group = groups.size();
    auto built = builder.build(group);
    if (!built) return Error{fmt::format("groups.{}: {}", group.name, built.error().message)};
    groups.push_back(std::move(*built));
  }
  config::GroupConfig nobody;
  nobody.retry_after = std::chrono::minutes(10);
  nobody.retry_jitter = 10;
  auto neutral = builder.build(nobody);
  if (!neutral) return neutral.error();
  BuiltTable out;
  out.table = std::make_shared<const model::GroupTable>(next_number(), std::move(groups), default_group,
                                                        std::move(*neutral));
  out.warnings = std::move(builder.warnings);
  return out;
}

Result<BuiltTable> with_fresh_pages(const model::GroupTable& table) {
  BuiltTable out;
  std::map<std::string, std::shared_ptr<const model::PageDir>> pages;
  std::vector<model::Group> groups = table.groups();
  for (model::Group& group : groups) {
    if (group.page_dir.empty()) continue;
    auto& page = pages[group.page_dir];
    if (page == nullptr) {
      auto loaded = load_page_dir(group.page_dir);
      if (!loaded) return Error{fmt::format("groups.{}: {}", group.name, loaded.error().message)};
      page = loaded->page;
      for (const std::string& what : loaded->left_out)
        out.warnings.push_back(fmt::format("{}: {}", group.page_dir, what));
    }
    group.page = page;
    group.presentation = next_number();
  }
  out.table = std::make_shared<const model::GroupTable>(next_number(), std::move(groups),
                                                        table.default_group(), table.neutral());
  return out;
}

}  // namespace understudy::state
