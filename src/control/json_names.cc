#include "control/json_names.h"

#include <cstddef>
#include <set>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

namespace understudy::control {
namespace {

namespace json = boost::json;

/// Told of every token by Boost.JSON's parser. Stops at the first name that comes again.
struct NameChecker {
  using Text = json::string_view;
  using Error = json::error_code;
  // Boost.JSON's names.
  // NOLINTBEGIN(readability-identifier-naming)
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  // NOLINTEND(readability-identifier-naming)

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) {
    objects.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, Error&) {
    objects.pop_back();
    return true;
  }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(std::size_t, Error&) { return true; }
  bool on_key_part(Text part, std::size_t, Error&) {
    name.append(part.data(), part.size());
    return true;
  }
  bool on_key(Text part, std::size_t, Error& error) {
    name.append(part.data(), part.size());
    if (!objects.back().insert(name).second) {
      repeated = name;
      error = json::error::syntax;
      return false;
    }
    name.clear();
    return true;
  }
  bool on_string_part(Text, std::size_t, Error&) { return true; }
  bool on_string(Text, std::size_t, Error&) { return true; }
  bool on_number_part(Text, Error&) { return true; }
  bool on_int64(std::int64_t, Text, Error&) { return true; }
  bool on_uint64(std::uint64_t, Text, Error&) { return true; }
  bool on_double(double, Text, Error&) { return true; }
  bool on_bool(bool, Error&) { return true; }
  bool on_null(Error&) { return true; }
  bool on_comment_part(Text, Error&) { return true; }
  bool on_comment(Text, Error&) { return true; }

  std::vector<std::set<std::string>> objects = {};
  std::string name = {};
  std::optional<std::string> repeated = {};
};

}  // namespace

std::optional<std::string> find_repeated_name(std::string_view text) {
  json::basic_parser<NameChecker> parser{json::parse_options{}};
  json::error_code error;
  parser.write_some(false, text.data(), text.size(), error);
  return parser.handler().repeated;
}

}  // namespace understudy::control
