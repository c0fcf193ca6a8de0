#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"

namespace understudy::app::cli {

/// What `--title LANG=TEXT` and `--message LANG=TEXT` say as the API's {"en":{"title","message"}}. Errors: no
/// language, no text, a language twice.
[[nodiscard]] Result<boost::json::object> to_texts(const std::vector<std::string>& titles,
                                                   const std::vector<std::string>& messages);

}  // namespace understudy::app::cli
