#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/clock.h"
#include "model/locale.h"
#include "model/network.h"
#include "model/reason.h"

namespace understudy::model {

/// One allowed origin that isn't a plain string: `https://*.shop.example`, `http://localhost:*`.
struct OriginPattern {
  std::string scheme;
  std::string host;  ///< without the leading `*.`
  std::string port;  ///< empty: the scheme's default port
  bool any_subdomain = false;
  bool any_port = false;
};

/// Header lines that depend on a policy's settings but not on its origins. Shared between the policies that
/// have the same.
struct CorsLines {
  std::string answer;     ///< what follows Access-Control-Allow-Origin on an answer
  std::string preflight;  ///< the same on a preflight, without methods and headers
};

/// Who may read a group's answers (Fetch standard, section 3.2). Header lines are rendered when the
/// policy is built. Immutable.
struct CorsPolicy {
  std::vector<std::string> origins;  ///< exact ones, sorted
  std::vector<OriginPattern> patterns;
  bool any_origin = false;           ///< `*`; never together with credentials
  std::vector<std::string> methods;  ///< empty: what the browser asks for
  std::vector<std::string> headers;  ///< empty: what the browser asks for
  std::shared_ptr<const CorsLines> lines;
};

/// The languages that a group has texts in for one reason, in the order of preference when a client
/// has none. Shared between the groups that offer the same.
struct LanguageSet {
  struct Language {
    std::string tag;
    std::string lower_tag;
    const Locale* locale;  ///< for the page's labels
    Direction direction;
  };
  std::uint32_t id = 0;  ///< unique in the process
  std::vector<Language> languages;
  std::size_t default_index = 0;
  std::unordered_map<std::string, std::size_t> by_tag;  ///< lower-case tag to index
};

/// What the operator wrote for one reason in one language.
struct OwnText {
  Reason reason = Reason::kMaintenance;
  std::string tag;
  Text text;
};

/// All texts of a group. Shared between groups that say the same.
struct Texts {
  std::array<std::shared_ptr<const LanguageSet>, kReasonCount> languages;
  std::vector<OwnText> own;

  [[nodiscard]] const LanguageSet& offered(Reason reason) const {
    return *languages[static_cast<std::size_t>(reason)];
  }
  /// The operator's text, else the built-in one.
  [[nodiscard]] const Text& text(Reason reason, std::size_t language) const;
  /// The operator's text in one language, or null.
  [[nodiscard]] const Text* own_text(Reason reason, std::string_view tag) const;
};

/// A file beside a page_dir's index.html.
struct PageFile {
  std::string content;
  std::string media_type;
  std::string etag;
  WallTime modified;
};

/// A page_dir as it was read. Immutable.
struct PageDir {
  std::string index;                      ///< index.html
  std::map<std::string, PageFile> files;  ///< by path from the folder's root: "/img/logo.png"
};

struct Group {
  std::string name;
  std::string id;  ///< a UUID in lower case
  std::vector<std::string> hosts;
  std::chrono::seconds retry_after{600};
  unsigned retry_jitter_percent = 10;
  std::string flag_file;
  std::string page_dir;
  std::shared_ptr<const CorsPolicy> cors;
  std::shared_ptr<const Texts> texts;
  std::shared_ptr<const PageDir> page;
  std::uint32_t presentation = 0;  ///< equal for groups whose bodies are equal in equal states
};

/// What can change without the configuration changing.
struct GroupState {
  Mode mode = Mode::kOpen;
  std::optional<WallTime> since;
  std::optional<WallTime> until;
};

/// All groups of one configuration. Immutable after construction, shared by all threads.
class GroupTable {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  /// REQUIRES: names, ids and hosts are unique. `revision` is unique in the process.
  /// `neutral` stands for requests of nobody's: built-in texts, no origin allowed.
  GroupTable(std::uint32_t revision, std::vector<Group> groups, std::size_t default_group, Group neutral);

  [[nodiscard]] std::uint32_t revision() const { return revision_; }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  [[nodiscard]] std::size_t default_group() const { return default_group_; }
  [[nodiscard]] const Group& neutral() const { return neutral_; }
  /// By name, or by id without regard to case; kNone if there is none.
  [[nodiscard]] std::size_t find(std::string_view name_or_id) const;
  /// By host name without port and without regard to case; kNone if there is none.
  [[nodiscard]] std::size_t find_host(std::string_view host) const;

 private:
  const std::uint32_t revision_;
  const std::vector<Group> groups_;
  const std::size_t default_group_;
  const Group neutral_;
  // Open addressing: with many groups each step of a search misses the cache.
  boost::unordered_flat_map<std::string_view, std::uint32_t> by_name_;  ///< names and ids
  boost::unordered_flat_map<std::string_view, std::uint32_t> by_host_;
};

/// Everything that answering needs: built and checked off the request path, immutable, replaced whole.
struct Snapshot {
  std::uint64_t revision = 0;
  std::shared_ptr<const GroupTable> table;
  std::vector<GroupState> states;  ///< by the table's index
  std::vector<Network> trusted_proxies;
  std::string reason_header;  ///< empty: none

  [[nodiscard]] bool trusts(const std::array<std::uint8_t, 16>& address) const;
};

}  // namespace understudy::model
