#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "model/counters.h"
#include "model/pass.h"
#include "model/switch.h"
#include "state/snapshot_keeper.h"
#include "state/store.h"

namespace understudy::state {

/// Who asks for a change, for the audit trail.
struct Caller {
  std::string who;   ///< "deploy (uid 1000)", "token ci (t-ab12cd34)"
  std::string from;  ///< "unix socket", "192.0.2.7:51234"
};

/// Why an operation was refused. Each kind is one HTTP status.
struct Refused {
  enum class Kind : std::uint8_t {
    kNotFound,   ///< 404
    kInvalid,    ///< 422: a field is wrong
    kConflict,   ///< 409: not as things are: it exists already, the file owns it, a flag file holds it
    kStale,      ///< 412: somebody else was faster
    kStore,      ///< 503: the store can't take it; nothing was changed
    kForbidden,  ///< 403
  };
  Kind kind = Kind::kInvalid;
  std::string message;
  std::string field;  ///< "until", "texts.en.title"; empty: none in particular
  /// All of them, where several fields are wrong: {field, message}.
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::string> suggestions;  ///< nearest known names
};

[[noreturn]] void throw_exception_from_error(const Refused& error, const boost::source_location&);

template <typename T>
using Outcome = boost::system::result<T, Refused>;

/// A value with the revision that its ETag is made of.
template <typename T>
struct Versioned {
  T value;
  Revision revision = 0;
};

/// Which record revision a change was meant for (If-Match); none: whichever.
using IfRevision = std::optional<Revision>;

/// A row of `status`: a group and everything that says why it stands as it does.
struct GroupStatus {
  std::string group;
  std::string id;
  bool from_file = true;  ///< else created over the API
  model::Mode mode = model::Mode::kOpen;
  model::Lifecycle lifecycle = model::Lifecycle::kOpen;
  std::optional<WallTime> since;
  std::optional<WallTime> until;
  std::string by;                      ///< of the holder
  std::string reason;                  ///< of the holder
  std::vector<model::Holder> holders;  ///< the strictest first; empty: open
  std::optional<model::NextWindow> next;
  std::optional<WallTime> reopening_until;
  std::vector<model::OccasionText> texts;  ///< of the holder
  Revision revision = 0;                   ///< of the switch record; 0: never switched
};

/// What `on` and `off` ask for.
struct SwitchChange {
  model::Mode mode = model::Mode::kOpen;
  std::optional<WallTime> until;
  std::string reason;
  std::vector<model::OccasionText> texts;
  std::optional<std::chrono::seconds> ramp;  ///< with kOpen
};

/// A token just made, with the secret that nobody sees again.
struct NewToken {
  model::Token token;
  std::string secret;  ///< "us_<id>_<43 base64url characters>"
};

/// A pass just made, with the token that nobody sees again.
struct NewPass {
  model::Pass pass;
  std::string token;
  std::string host;  ///< the group's first; empty: it has none
};

/// What a pass is made of.
struct PassRequest {
  std::string group;  ///< by name or id
  WallTime expires;   ///< a fraction of its second is cut off
  std::string label;  ///< may be empty
};

/// How often each pass was used since the start, by id.
using PassUses = std::map<std::string, model::PassUse, std::less<>>;

struct Page {
  std::string after;  ///< names greater than this one; empty: from the beginning
  std::size_t limit = 100;
};

/// Everything an operator can do, whichever way they ask: validated, stored, audited, in force and answered
/// by every worker when a call returns. Threads: the control thread.
class Switchboard {
 public:
  struct Parts {
    const Clock& clock;
    Log& log;
    Store& store;
    SnapshotKeeper& keeper;
    const model::Locales& locales;
  };
  /// REQUIRES: the keeper has loaded a configuration.
  explicit Switchboard(const Parts& parts);

  /// Reads what the store holds and puts it in force. Where it can't, what the configuration says is in force
  /// alone, and `trouble` tells why.
  void start(std::optional<std::chrono::seconds> hard_limit);

  /// After the keeper has loaded another configuration: nothing of groups that vanished stays in force, or in
  /// the store. `gave_way`: groups created over the API whose names, ids or hosts the configuration has
  /// taken.
  void after_load(std::optional<std::chrono::seconds> hard_limit, const std::vector<std::string>& gave_way);

  /// What the keeper asks for, with an audit entry for what came of it.
  void look_at_changes();
  void look_again();
  void look_at_time();

  /// Told of each change once it is in force and stored: whoever made it, and what the audit trail says.
  using Tell = std::function<void(const AuditNote&)>;
  void on_change(Tell tell) { tell_ = std::move(tell); }

  /// Told of every group that has come to stand otherwise, once that is in force, whether or not the store
  /// can take a note of it.
  using TellMove = std::function<void(const Transition&)>;
  void on_transition(TellMove tell) { tell_move_ = std::move(tell); }

  /// Whether what the store holds is in force. False: it could not be read yet.
  [[nodiscard]] bool has_read_store() const { return read_; }

  // What is in force.
  [[nodiscard]] Outcome<GroupStatus> status(std::string_view group) const;
  [[nodiscard]] std::vector<GroupStatus> statuses(const Page& page) const;
  [[nodiscard]] std::size_t group_count() const;

  /// `off` ends what the switch and running windows hold. A flag file that holds the group is a kConflict:
  /// only removing it opens the group.
  Outcome<GroupStatus> set_mode(const Caller& caller, std::string_view group, const SwitchChange& change,
                                IfRevision expected);

  // Groups. The file's are read-only here.
  /// As JSON (docs/openapi.json, Group); its "source" is "file" or "api".
  [[nodiscard]] Outcome<Versioned<boost::json::object>> group(std::string_view name) const;
  [[nodiscard]] std::vector<Versioned<boost::json::object>> groups(const Page& page) const;
  Outcome<Versioned<boost::json::object>> create_group(const Caller& caller, const boost::json::object& body);
  /// JSON merge patch (RFC 7396).
  Outcome<Versioned<boost::json::object>> change_group(const Caller& caller, std::string_view name,
                                                       const boost::json::object& patch, IfRevision expected);
  Outcome<void> remove_group(const Caller& caller, std::string_view name, IfRevision expected);

  // Windows.
  [[nodiscard]] Outcome<Versioned<model::Window>> window(std::string_view id) const;
  /// Ordered by the next occurrence, ended ones last. Of one group, or of all where it is empty.
  [[nodiscard]] std::vector<Versioned<model::Window>> windows(std::string_view group) const;
  /// id, by and created are filled in here.
  Outcome<Versioned<model::Window>> add_window(const Caller& caller, model::Window window);
  Outcome<Versioned<model::Window>> change_window(const Caller& caller, model::Window window,
                                                  IfRevision expected);
  Outcome<void> remove_window(const Caller& caller, std::string_view id, IfRevision expected);

  // Tokens.
  [[nodiscard]] std::vector<Versioned<model::Token>> tokens() const;
  Outcome<NewToken> create_token(const Caller& caller, std::string label, model::Scope scope,
                                 std::vector<std::string> groups, std::optional<WallTime> expires);
  Outcome<void> revoke_token(const Caller& caller, std::string_view id, IfRevision expected);
  /// The token that a secret belongs to, compared in constant time; none: wrong, revoked or expired. Notes
  /// the use, at most once a minute.
  [[nodiscard]] std::optional<model::Token> authenticate(std::string_view secret);

  // Passes (switchboard_passes.cc).
  /// How long a key signs; 0 changes nothing. 30 days unless said otherwise.
  void set_pass_key_lifetime(std::chrono::milliseconds lifetime);
  /// Of one group, by name or id, or of all where it is empty; the oldest first.
  [[nodiscard]] Outcome<std::vector<Versioned<model::Pass>>> passes(std::string_view group) const;
  [[nodiscard]] Outcome<Versioned<model::Pass>> pass(std::string_view id) const;
  Outcome<NewPass> create_pass(const Caller& caller, const PassRequest& request);
  Outcome<void> revoke_pass(const Caller& caller, std::string_view id, IfRevision expected);
  /// Signs with a new key from now on. What older ones signed stays good. Returns the new key's id.
  Outcome<std::string> rotate_pass_keys(const Caller& caller);
  /// Writes down what the workers counted, all of them together, since the last call, and removes what has
  /// expired. A store in trouble is not asked; the next call makes up for it.
  void note_pass_uses(const PassUses& uses);

  [[nodiscard]] Outcome<std::vector<AuditEntry>> audit(const AuditQuery& query) const;

  /// A page of a group's past.
  struct Past {
    std::vector<AuditEntry> entries;
    std::optional<std::uint64_t> next;  ///< where to go on (AuditQuery::before); none: that was all
  };
  /// What was done to a group, and to windows and passes that are for it. `query.target`: the group's name.
  /// Looks through so many entries at most that a page may hold fewer than asked for, and none, though there
  /// is a next one.
  [[nodiscard]] Outcome<Past> audit_of_group(AuditQuery query) const;

  /// What is wrong with the store; none: all is well.
  [[nodiscard]] std::optional<StoreError> trouble() const;

  /// Asks the store whether it takes changes again; where it does, what could not be written or read
  /// meanwhile is.
  void probe() { static_cast<void>(commit({})); }

  /// How many groups have a window that is past its end and waits for somebody.
  [[nodiscard]] std::size_t overdue() const;
  [[nodiscard]] std::string describe_store() const { return parts_.store.describe(); }

 private:
  struct KnownToken {
    model::Token value;
    Revision revision = 0;
  };

  struct KnownPass {
    model::Pass value;
    Revision revision = 0;
  };

  /// Puts in force what the store holds, once it can be read; tried again before each change until then.
  [[nodiscard]] std::optional<StoreError> read_store();
  void apply(const std::vector<Record>& records);
  void apply_switch(const Record& record);
  void apply_window(const Record& record, std::vector<std::string>& concerned);
  void apply_token(const Record& record);
  void apply_pass(const Record& record);
  void apply_pass_key(const Record& record);
  /// Publishes passes and keys, where they have changed.
  void publish_passes();
  [[nodiscard]] const model::PassKey* newest_pass_key() const;
  /// Adds a new key to the batch.
  model::PassKey add_pass_key(Batch& batch, const Caller& caller) const;
  void add_pass_drops(Batch& batch, const Caller& caller,
                      const std::function<bool(const std::string&)>& gone) const;
  void remove_expired_passes();
  void apply_groups(const std::vector<const Record*>& records);
  void tell_unreadable(const Record& record, std::string_view why) const;
  void note_transition(const Transition& transition);
  void forget_what_was_told();
  void write_pending();
  /// Says so, once, where the store has got into trouble or out of it.
  void look_at_trouble();
  void end_switches();
  void give_way(const std::vector<std::string>& names);
  void drop_vanished();
  /// Adds what is said and planned of groups that `gone` is true for, by name or id, as to be dropped.
  void add_drops(Batch& batch, const Caller& caller,
                 const std::function<bool(const std::string&)>& gone) const;
  /// Commits, and tells the watcher's part of the work from the caller's.
  Outcome<Revision> commit(const Batch& batch);
  [[nodiscard]] AuditNote note(const Caller& caller, std::string_view action, std::string_view target) const;
  [[nodiscard]] Outcome<std::size_t> find_group(std::string_view name) const;
  [[nodiscard]] Refused no_group(std::string_view name) const;
  [[nodiscard]] GroupStatus status_of(std::size_t index) const;
  [[nodiscard]] const std::vector<std::uint32_t>& by_name() const;
  [[nodiscard]] std::vector<std::uint32_t> page_of(const Page& page) const;
  [[nodiscard]] Result<config::GroupConfig> stored_group(const Record& record) const;
  [[nodiscard]] const model::Group* other_owner(const config::GroupConfig& group) const;
  [[nodiscard]] static Refused stale(Revision now);
  [[nodiscard]] static Refused invalid(std::string field, std::string message);
  /// What is wrong with what an operator wrote, if anything.
  [[nodiscard]] static std::optional<Refused> judge_words(const std::string& reason,
                                                          const std::vector<model::OccasionText>& texts);
  [[nodiscard]] static std::optional<Refused> judge_change(const SwitchChange& change, WallTime now);
  Outcome<void> check_window(model::Window& window) const;
  [[nodiscard]] config::GroupConfig config_of(std::size_t index) const;
  Outcome<config::GroupConfig> check_group(const boost::json::object& body, std::string_view replaced) const;

  const Parts parts_;
  Tell tell_;
  TellMove tell_move_;
  std::map<std::string, KnownToken, std::less<>> tokens_;
  std::map<std::string, KnownPass, std::less<>> passes_;
  std::map<std::string, model::PassKey, std::less<>> pass_keys_;
  std::chrono::milliseconds pass_key_lifetime_ = std::chrono::hours(24 * 30);
  std::map<std::string, std::uint64_t, std::less<>> written_uses_;  ///< of passes, since the start
  bool passes_changed_ = false;                                     ///< since they were published
  std::vector<AuditNote> pending_;     ///< what happened by itself, to be written once the change is through
  std::vector<std::string> shadowed_;  ///< groups of the store whose place the configuration has taken
  bool read_ = false;                  ///< what the store holds is in force
  bool in_trouble_ = false;
  bool asked_ = false;  ///< an operation is under way: its transitions are its own to tell
  mutable std::vector<std::uint32_t> names_;  ///< groups by name, of the table with this revision
  mutable std::uint32_t names_revision_ = 0;
};

}  // namespace understudy::state
