#pragma once

#include <boost/json/object.hpp>

namespace understudy::http {

/// Lays a JSON merge patch over `target` (RFC 7396).
void merge_patch(boost::json::object& target, const boost::json::object& patch);

}  // namespace understudy::http
