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

#include "base/clock.h"
#include "model/gate_policy.h"
#include "model/locale.h"
#include "model/network.h"
#include "model/reason.h"
#include "model/switch.h"

namespace understudy::model {

/// One allowed origin that isn't a plain string: `https://*.shop.example`, `http://localhost:*`.
struct OriginPattern {
  std::string scheme;
  std::string host;  ///< without the leading `*.`
  std::string port;  ///< empty: the scheme's default port
  bool any_subdomain = false;
  bool any_port = false;
};

/// Exact origins, sorted, in one piece of memory: with many groups each piece more is a wait.
class OriginList {
 public:
  void assign(std::vector<std::string> origins);
  [[nodiscard]] bool contains(std::string_view origin) const;
  [[nodiscard]] std::size_t size() const { return ends_.empty() ? (text_.empty() ? 0 : 1) : ends_.size(); }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::string_view operator[](std::size_t index) const;
  [[nodiscard]] const char* data() const { return text_.data(); }

 private:
  std::string text_;                 ///< one behind the other
  std::vector<std::uint32_t> ends_;  ///< of each; empty where there is one, or none
};

/// What of a policy does not depend on its origins, and the header lines made of it. Shared between the
/// policies that have the same.
struct CorsLines {
  bool credentials = false;
  std::vector<std::string> expose;
  std::chrono::seconds max_age{0};
  std::string answer;     ///< what follows Access-Control-Allow-Origin on an answer
  std::string preflight;  ///< the same on a preflight, without methods and headers
};

/// Who may read a group's answers (Fetch standard, section 3.2). Header lines are rendered when the
/// policy is built. Immutable.
struct CorsPolicy {
  OriginList origins;
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
  std::vector<std::string> configured;  ///< the languages that the configuration lists; empty: all

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

/// One API, or a part of one. What every answer needs stands first, in one line of the processor's cache:
/// with many groups each line more is a wait.
struct alignas(64) Group {
  std::shared_ptr<const CorsPolicy> cors;
  std::shared_ptr<const Texts> texts;
  std::shared_ptr<const PageDir> page;
  std::chrono::duration<std::int32_t> retry_after{600};
  std::uint32_t presentation = 0;  ///< equal for groups whose bodies are equal in equal states
  std::uint8_t retry_jitter_percent = 10;
  bool from_file = true;  ///< of the configuration file; else created over the API

  std::string name;
  std::string id;  ///< a UUID in lower case
  std::shared_ptr<const GatePolicy> gate;
  std::vector<std::string> hosts;
  std::string flag_file;
  std::string page_dir;
};

/// Why a group stands as it does: what `status` tells and few answers need. Immutable.
struct Occasion {
  std::vector<Holder> holders;              ///< the strictest first; empty: open
  std::optional<NextWindow> next;           ///< the next window of all
  std::optional<WallTime> reopening_since;  ///< with the next one, or neither
  std::optional<WallTime> reopening_until;
  Mode reopening_from = Mode::kMaintenance;  ///< what holds for those whose turn has not come
  std::shared_ptr<const Texts> texts;        ///< the group's with the occasion's over them; null: the group's
  std::uint32_t presentation = 0;            ///< of `texts`, in the place of the group's
};

/// What can change without the configuration changing.
struct GroupState {
  Mode mode = Mode::kOpen;
  std::optional<WallTime> since;
  std::optional<WallTime> until;
  Lifecycle lifecycle = Lifecycle::kOpen;
  std::shared_ptr<const Occasion> occasion = nullptr;  ///< null: open, and nothing is planned
};

/// What is said in a group's name, and what tells bodies made of it apart.
struct Wording {
  const Texts& texts;
  std::uint32_t presentation;
};
/// The occasion's wording where there is one, else the group's.
[[nodiscard]] inline Wording wording(const Group& group, const GroupState& state) {
  if (state.occasion != nullptr && state.occasion->texts != nullptr)
    return {*state.occasion->texts, state.occasion->presentation};
  return {*group.texts, group.presentation};
}

}  // namespace understudy::model
