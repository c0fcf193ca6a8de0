#pragma once

#include <string>
#include <string_view>

#include "net/client.h"

// Pieces of the findings' sentences.
namespace understudy::app::doctor {

/// What a server sent, for one line of text: control characters escaped, at most 120 bytes.
[[nodiscard]] std::string shown(std::string_view text);
/// "503 Service Unavailable"
[[nodiscard]] std::string status_text(unsigned status);
/// ", from nginx/1.22.1": who seems to have answered; empty where nothing tells.
[[nodiscard]] std::string sender_text(const net::ClientResponse& answer);
/// "; in nginx: …": how that server is made to send headers with its own errors.
[[nodiscard]] std::string proxy_advice(const net::ClientResponse& answer);
/// ": the last slash is too much": the likely slip, where there is one.
[[nodiscard]] std::string origin_difference(std::string_view allowed, std::string_view origin);

}  // namespace understudy::app::doctor
