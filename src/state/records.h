#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/pass.h"
#include "model/switch.h"

namespace understudy::state {

// What the store keeps, as compact JSON: what is empty or absent is left out; times are RFC 3339 in UTC, cut
// to milliseconds. Bytes that are no UTF-8 become U+FFFD on the way in, so that what was written can be read.
//
// Reading refuses what it does not know: a field of a newer version must not be dropped in silence. Errors
// name the field: "texts.en.title: expected text".

/// REQUIRES: no two texts of one language, here and below.
[[nodiscard]] std::string encode_switch(const model::Switch& value);
[[nodiscard]] Result<model::Switch> decode_switch(std::string_view json);

[[nodiscard]] std::string encode_window(const model::Window& window);
[[nodiscard]] Result<model::Window> decode_window(std::string_view json);

[[nodiscard]] std::string encode_token(const model::Token& token);
[[nodiscard]] Result<model::Token> decode_token(std::string_view json);

[[nodiscard]] std::string encode_pass(const model::Pass& pass);
[[nodiscard]] Result<model::Pass> decode_pass(std::string_view json);

/// With its secret.
[[nodiscard]] std::string encode_pass_key(const model::PassKey& key);
[[nodiscard]] Result<model::PassKey> decode_pass_key(std::string_view json);

}  // namespace understudy::state
