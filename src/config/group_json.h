#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include "config/config.h"
#include "model/locale.h"

namespace understudy::config {

// Groups in JSON, as the admin API takes and shows them: the keys, defaults and rules of the TOML file,
// from the same rows of the settings table.

/// Everything that is wrong with a group.
struct InvalidGroup {
  std::vector<std::pair<std::string, std::string>>
      fields;                                 ///< {"cors.origins[1]", what is wrong}; never empty
  std::vector<std::string> suggestions = {};  ///< nearest known keys and values
};
[[noreturn]] void throw_exception_from_error(const InvalidGroup& error, const boost::source_location&);

/// Reads a whole group. Without an id it gets a random one. Files of the server (flag_file, page_dir) can't
/// be named. Whether its name, id and hosts are its own alone is for the caller to find out.
[[nodiscard]] boost::system::result<GroupConfig, InvalidGroup> read_group(const boost::json::object& body,
                                                                          const model::Locales& locales);

/// For people and the audit trail: every key, `flag_file` and `page_dir` only where they are set, and in the
/// place of `bypass.password_hash` a boolean `bypass.password`, which `read_group` takes where it is true of
/// what is given beside it.
[[nodiscard]] boost::json::object group_to_json(const GroupConfig& group);

/// For the store: what `read_group` reads, the hash with it.
[[nodiscard]] boost::json::object group_to_record(const GroupConfig& group);

/// Makes of a record, whoever wrote it, what may be shown.
void hide_secrets(boost::json::object& record);

}  // namespace understudy::config
