#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/request.h"

namespace understudy::fuzz {

inline void append(std::string& transcript, std::string_view value) {
  transcript.append(value.data() == nullptr ? "-" : "=").append(value).append("\n");
}

/// All that the parser says of a head, to compare one reading with another.
inline void describe(std::string& transcript, const http::Request& request) {
  for (const std::string_view view :
       {request.method_name, request.target, request.host, request.origin, request.accept,
        request.accept_language, request.accept_encoding, request.access_control_request_method,
        request.access_control_request_headers, request.content_type, request.soap_action,
        request.forwarded_host, request.forwarded_for, request.cookies, request.group, request.reason,
        request.if_none_match, request.if_modified_since, request.user_agent}) {
    append(transcript, view);
  }
  for (const http::Field& field : request.others) {
    append(transcript, field.name);
    append(transcript, field.value);
  }
  for (const std::uint64_t number :
       {std::uint64_t{request.minor_version}, std::uint64_t{request.keep_alive},
        std::uint64_t{request.expects_continue}, std::uint64_t{request.upgrades},
        std::uint64_t{request.several_origins}, std::uint64_t{static_cast<unsigned>(request.body)},
        request.content_length}) {
    transcript.append(std::to_string(number)).append(" ");
  }
}

}  // namespace understudy::fuzz
