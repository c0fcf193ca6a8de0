#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include <boost/json/object.hpp>

#include "control/problem.h"
#include "http/request.h"

namespace understudy::control {

constexpr std::uint64_t kMostBody = std::uint64_t{1} << 20;

/// A request's body of one of `types`, given without parameters. Problems: kTooLarge, kUnsupportedMediaType,
/// with what was expected. A body without a type is refused, too: a page of another origin can send one.
[[nodiscard]] Answer<std::string_view> read_content(const http::Request& request,
                                                    std::initializer_list<std::string_view> types);

/// The JSON object in it.
[[nodiscard]] Answer<boost::json::object> read_json(const http::Request& request);
/// The merge patch in it, which may also come as application/json.
[[nodiscard]] Answer<boost::json::object> read_patch(const http::Request& request);

}  // namespace understudy::control
