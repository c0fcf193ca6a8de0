#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "model/group_table.h"
#include "model/locale.h"

namespace understudy::state {

/// A number that nothing else in the process has: of tables and presentations.
[[nodiscard]] std::uint32_t next_number();

/// Turns checked configurations of groups into what answering needs. What is equal between groups is made
/// once, however many groups there are. Threads: one owner. `locales` must outlive it and what it made.
class TableBuilder {
 public:
  explicit TableBuilder(const model::Locales& locales) : locales_(locales) {}

  /// Reads the page_dir, once for each folder: an error in it refuses the group.
  [[nodiscard]] Result<model::Group> build(const config::GroupConfig& config);

  /// The group's texts with an occasion's over them, and their presentation. REQUIRES: `mode` is not open.
  [[nodiscard]] std::pair<std::shared_ptr<const model::Texts>, std::uint32_t> with_occasion(
      const model::Group& group, model::Mode mode, const std::vector<model::OccasionText>& texts);

  /// What requests of nobody's get: built-in texts, no origin allowed.
  [[nodiscard]] model::Group neutral();

  /// Files of page_dirs that were left out, since the last call.
  [[nodiscard]] std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

  /// Forgets what at most one group uses: with very many groups, what is kept for sharing would weigh more
  /// than the groups.
  void prune();
  /// Reads every page_dir anew from here on.
  void forget_pages() { pages_.clear(); }
  [[nodiscard]] Result<std::shared_ptr<const model::PageDir>> page(const std::string& folder);
  [[nodiscard]] std::uint32_t presentation(const model::Group& group);

 private:
  struct Wording {
    const std::vector<std::string>& languages;
    const std::vector<model::OwnText>& own;
  };
  using KnownLines = std::map<std::string, std::shared_ptr<const model::CorsLines>>;
  using CorsKey = std::tuple<std::vector<std::string>, bool, std::vector<std::string>,
                             std::vector<std::string>, std::vector<std::string>, std::int64_t>;
  struct Shown {
    std::uint32_t number = 0;
    // Held, so that no other object gets an address that stands in the key.
    std::shared_ptr<const model::Texts> texts;
    std::shared_ptr<const model::PageDir> page;
  };
  struct Occasioned {
    std::shared_ptr<const model::Texts> of;  ///< held, as above
    std::shared_ptr<const model::Texts> made;
  };

  std::shared_ptr<const model::LanguageSet> languages(const Wording& wording, model::Reason reason);
  std::shared_ptr<const model::Texts> texts(const config::GroupConfig& config);
  std::shared_ptr<const model::GatePolicy> gate(const config::GroupConfig& config);
  std::uint32_t presentation(const std::shared_ptr<const model::Texts>& texts,
                             const std::shared_ptr<const model::PageDir>& page, std::int64_t retry_after);

  const model::Locales& locales_;
  std::vector<std::string> warnings_;
  std::map<std::string, std::shared_ptr<const model::LanguageSet>> language_sets_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::string>,
           std::shared_ptr<const model::Texts>>
      plain_texts_;
  std::shared_ptr<const model::Texts> built_in_;  ///< of groups that configure neither languages nor texts
  std::map<std::string, std::shared_ptr<const model::PageDir>> pages_;
  std::map<std::tuple<const void*, std::int64_t, const void*>, Shown> presentations_;
  std::map<std::pair<const void*, std::string>, Occasioned> occasions_;
  std::map<CorsKey, std::shared_ptr<const model::CorsPolicy>> policies_;
  KnownLines cors_lines_;
  std::map<std::string, std::shared_ptr<const model::GatePolicy>> gates_;
  std::shared_ptr<const model::GatePolicy> last_gate_;  ///< most groups say the same as the one before
};

/// Groups that come from elsewhere than a configuration.
struct MoreGroups {
  std::vector<model::Group> groups;
  std::size_t default_group = model::GroupTable::kNone;  ///< of these, where the configuration has none
};

/// All groups of a configuration, with `more` behind them.
[[nodiscard]] Result<std::shared_ptr<const model::GroupTable>> build_table(const config::Config& config,
                                                                           TableBuilder& builder,
                                                                           MoreGroups more = {});

/// The same groups with their page_dir folders read anew.
[[nodiscard]] Result<std::shared_ptr<const model::GroupTable>> with_fresh_pages(
    const model::GroupTable& table, TableBuilder& builder);

}  // namespace understudy::state
