#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace understudy::config {

enum class Severity : std::uint8_t { kError, kWarning };

/// One thing wrong with a configuration.
struct Problem {
  std::string file = {};
  std::uint32_t line = 0;  ///< from 1; 0: the file as a whole, or an environment variable
  std::uint32_t column = 0;
  Severity severity = Severity::kError;
  std::string key = {};         ///< "groups.shop.id"
  std::string message = {};     ///< what is wrong, in words
  std::string found = {};       ///< what stands there; may be empty
  std::string expected = {};    ///< may be empty
  std::string suggestion = {};  ///< the nearest known word, or empty
};

/// What is wrong, without its place: "unknown key, found …, expected …; did you mean "listen"?"
[[nodiscard]] std::string to_sentence(const Problem& problem);

/// "understudy.toml:3:1: error: server.lisen: unknown key; expected …; did you mean "listen"?"
[[nodiscard]] std::string to_line(const Problem& problem);

[[nodiscard]] bool has_errors(const std::vector<Problem>& problems);

}  // namespace understudy::config
