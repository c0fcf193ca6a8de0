#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "config/group_json.h"
#include "http/merge_patch.h"
#include "state/group_config.h"
#include "state/switchboard.h"

namespace understudy::state {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostGroups = 1'000'000;

Refused owned_by_file(const model::Group& group, std::string_view what) {
  return {Refused::Kind::kConflict,
          fmt::format("{} is a group of the configuration file; {} it there and reload", group.name, what),
          "",
          {},
          {}};
}

/// A record as the audit trail may have it.
std::string shown(const std::string& record) {
  boost::system::error_code error;
  json::value value = json::parse(record, error);
  // What can't be understood is shown as it is, unless it may hold the hash of a password.
  if (error || !value.is_object()) return record.find("password_hash") == std::string::npos ? record : "";
  config::hide_secrets(value.get_object());
  return json::serialize(value);
}

}  // namespace

config::GroupConfig Switchboard::config_of(std::size_t index) const {
  const model::GroupTable& table = *parts_.keeper.current()->table;
  config::GroupConfig config = state::config_of(table.group(index));
  config.is_default = index == table.default_group();
  return config;
}

Outcome<Versioned<json::object>> Switchboard::group(std::string_view name) const {
  const auto index = find_group(name);
  if (!index) return index.error();
  const model::Group& found = parts_.keeper.current()->table->group(*index);
  json::object body = config::group_to_json(config_of(*index));
  body["source"] = found.from_file ? "file" : "api";
  Revision revision = 0;
  if (!found.from_file) {
    const auto record = parts_.store.read(Kind::kGroup, found.name);
    if (!record) return Refused{Refused::Kind::kStore, record.error().message, "", {}, {}};
    if (*record) revision = (*record)->revision;
  }
  return Versioned<json::object>{std::move(body), revision};
}

std::vector<Versioned<json::object>> Switchboard::groups(const Page& page) const {
  std::vector<Versioned<json::object>> out;
  for (const std::uint32_t index : page_of(page)) {
    if (auto one = group(parts_.keeper.current()->table->group(index).id)) out.push_back(std::move(*one));
  }
  return out;
}

/// `replaced`: the group whose place the new one takes, by id; empty: it is new.
Outcome<config::GroupConfig> Switchboard::check_group(const json::object& body,
                                                      std::string_view replaced) const {
  auto read = config::read_group(body, parts_.locales);
  Refused refused{Refused::Kind::kInvalid, "", "", {}, {}};
  if (!read) {
    refused.fields = read.error().fields;
    refused.suggestions = read.error().suggestions;
  }
  const model::GroupTable& table = *parts_.keeper.current()->table;
  const auto taken = [&](std::size_t index) {
    return index != model::GroupTable::kNone && table.group(index).id != replaced;
  };
  if (read) {
    const config::GroupConfig& group = *read;
    if (taken(table.find(group.name))) {
      return Refused{Refused::Kind::kConflict,
                     fmt::format("there is a group \"{}\" already", group.name),
                     "name",
                     {},
                     {}};
    }
    if (taken(table.find(group.id))) {
      return Refused{Refused::Kind::kConflict,
                     fmt::format("group {} has this id already", table.group(table.find(group.id)).name),
                     "id",
                     {},
                     {}};
    }
    for (std::size_t i = 0; i < group.hosts.size(); ++i) {
      const std::size_t owner = table.find_host(group.hosts[i]);
      if (taken(owner)) {
        refused.fields.emplace_back(fmt::format("hosts[{}]", i),
                                    fmt::format("group {} has this host already", table.group(owner).name));
      }
    }
    if (group.is_default && taken(table.default_group())) {
      refused.fields.emplace_back("default", fmt::format("one default group at most; {} is it already",
                                                         table.group(table.default_group()).name));
    }
  }
  if (refused.fields.empty()) return std::move(*read);
  refused.field = refused.fields.front().first;
  refused.message = refused.fields.front().second;
  return refused;
}

Outcome<Versioned<json::object>> Switchboard::create_group(const Caller& caller, const json::object& body) {
  if (group_count() >= kMostGroups) {
    return Refused{
        Refused::Kind::kConflict, fmt::format("there are {} groups already", kMostGroups), "", {}, {}};
  }
  auto group = check_group(body, "");
  if (!group) return group.error();
  // A record that can't be put in force must not keep its name for good.
  const auto stuck = parts_.store.read(Kind::kGroup, group->name);
  AuditNote entry = note(caller, "group.create", group->name);
  if (stuck && *stuck) entry.before = shown((*stuck)->value);
  entry.after = json::serialize(config::group_to_json(*group));
  Batch batch;
  batch.writes.push_back({Kind::kGroup, group->name, json::serialize(config::group_to_record(*group)),
                          stuck && *stuck ? (*stuck)->revision : Revision{0}});
  batch.audit.push_back(std::move(entry));
  if (auto done = commit(batch); !done) return done.error();
  return this->group(group->id);
}

Outcome<Versioned<json::object>> Switchboard::change_group(const Caller& caller, std::string_view name,
                                                           const json::object& patch, IfRevision expected) {
  const auto index = find_group(name);
  if (!index) return index.error();
  const model::Group& known = parts_.keeper.current()->table->group(*index);
  if (known.from_file) return owned_by_file(known, "change");
  auto before = group(known.id);
  if (!before) return before.error();
  if (expected && *expected != before->revision) return stale(before->revision);
  json::object old = std::move(before->value);
  old.erase("source");
  json::object body = config::group_to_record(config_of(*index));
  http::merge_patch(body, patch);
  for (const std::string_view fixed : {"name", "id"}) {
    const auto* now = body.if_contains(fixed);
    if (now == nullptr || *now != old.at(fixed))
      return invalid(std::string(fixed), "can't be changed; create another group");
  }
  auto group = check_group(body, known.id);
  if (!group) return group.error();
  AuditNote entry = note(caller, "group.change", known.name);
  entry.before = json::serialize(old);
  entry.after = json::serialize(config::group_to_json(*group));
  Batch batch;
  batch.writes.push_back(
      {Kind::kGroup, known.name, json::serialize(config::group_to_record(*group)), before->revision});
  batch.audit.push_back(std::move(entry));
  if (auto done = commit(batch); !done) return done.error();
  return this->group(group->id);
}

Outcome<void> Switchboard::remove_group(const Caller& caller, std::string_view name, IfRevision expected) {
  const auto index = find_group(name);
  if (!index) return index.error();
  const model::Group known = parts_.keeper.current()->table->group(*index);
  if (known.from_file) return owned_by_file(known, "remove");
  auto before = group(known.id);
  if (!before) return before.error();
  if (expected && *expected != before->revision) return stale(before->revision);
  before->value.erase("source");
  AuditNote entry = note(caller, "group.remove", known.name);
  entry.before = json::serialize(before->value);
  Batch batch;
  batch.writes.push_back({Kind::kGroup, known.name, std::nullopt, before->revision});
  batch.audit.push_back(std::move(entry));
  // All at once: what is left behind could take down another group of that name.
  add_drops(batch, caller,
            [&](const std::string& group) { return group == known.name || group == known.id; });
  if (auto done = commit(batch); !done) return done.error();
  return {};
}

/// Groups that were written or deleted in the store.
void Switchboard::apply_groups(const std::vector<const Record*>& records) {
  std::vector<config::GroupConfig> put;
  for (const Record* record : records) {
    if (record->value.empty()) {
      const model::GroupTable& table = *parts_.keeper.current()->table;
      const std::size_t index = table.find(record->key);
      if (index != model::GroupTable::kNone && !table.group(index).from_file)
        parts_.keeper.remove_group(table.group(index).id);
      continue;
    }
    auto group = stored_group(*record);
    if (!group) {
      tell_unreadable(*record, group.error().message);
    } else if (const model::Group* owner = other_owner(*group); owner == nullptr) {
      put.push_back(std::move(*group));
    } else if (owner->from_file) {
      shadowed_.push_back(record->key);
    } else {
      tell_unreadable(*record, fmt::format("group {} has its name, id or host", owner->name));
    }
  }
  if (put.empty()) return;
  if (auto done = parts_.keeper.put_groups(put); !done)
    parts_.log.error("record_unreadable",
                     "groups of the store can't be put in force: " + done.error().message);
}

/// A record's group. Not the default one where another group is.
Result<config::GroupConfig> Switchboard::stored_group(const Record& record) const {
  boost::system::error_code error;
  const json::value body = json::parse(record.value, error);
  if (error || !body.is_object()) return Error{"it is no JSON object"};
  auto read = config::read_group(body.as_object(), parts_.locales);
  if (!read)
    return Error{
        fmt::format("{}: {}", read.error().fields.front().first, read.error().fields.front().second)};
  if (read->name != record.key) return Error{"it holds a group of another name"};
  const model::GroupTable& table = *parts_.keeper.current()->table;
  const std::size_t other = table.default_group();
  if (other != model::GroupTable::kNone && table.group(other).id != read->id) read->is_default = false;
  return std::move(*read);
}

/// The group that has the name, the id or a host of this one already; the file's before others, null: none.
const model::Group* Switchboard::other_owner(const config::GroupConfig& group) const {
  const model::GroupTable& table = *parts_.keeper.current()->table;
  const model::Group* owner = nullptr;
  const auto look = [&](std::size_t index) {
    if (index == model::GroupTable::kNone) return;
    const model::Group& found = table.group(index);
    const bool itself = found.id == group.id && !found.from_file;
    if (!itself && (owner == nullptr || found.from_file)) owner = &found;
  };
  look(table.find(group.id));
  look(table.find(group.name));
  for (const std::string& host : group.hosts) look(table.find_host(host));
  return owner;
}

}  // namespace understudy::state
