#pragma once

#include <string>
#include <string_view>

#include "answer/negotiate.h"

namespace understudy::answer {

/// The bytes in the given coding: gzip (RFC 1952), br (RFC 7932), zstd (RFC 8878). Empty if the
/// library fails (out of memory): the caller then sends the bytes as they are.
[[nodiscard]] std::string compress(std::string_view bytes, Coding coding);

/// The value of Content-Encoding; empty for identity.
[[nodiscard]] std::string_view content_encoding(Coding coding);

}  // namespace understudy::answer
