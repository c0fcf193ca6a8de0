#pragma once

#include <string>
#include <string_view>

#include "http/request.h"
#include "model/group.h"

namespace understudy::answer {

/// Whether this origin may read the group's answers (Fetch standard, "CORS check"). An origin is
/// compared byte for byte, as browsers do: `HTTPS://SHOP.EXAMPLE` is not `https://shop.example`.
[[nodiscard]] bool allows_origin(const model::CorsPolicy& policy, const http::Request& request);
[[nodiscard]] bool allows_origin(const model::CorsPolicy& policy, std::string_view origin);

/// Appends the header lines that let an allowed origin read an answer; nothing for any other.
void append_cors(std::string& head, const model::CorsPolicy& policy, const http::Request& request);
void append_cors(std::string& head, const model::CorsPolicy& policy, std::string_view origin);

/// Appends what allows the request that a preflight asks about; nothing if its origin is not allowed.
/// Returns whether a browser will go on: origin, method and headers are all allowed.
[[nodiscard]] bool append_preflight(std::string& head, const model::CorsPolicy& policy,
                                    const http::Request& request);

}  // namespace understudy::answer
