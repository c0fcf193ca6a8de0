#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <boost/system/result.hpp>

namespace understudy {

/// An expected failure, told to a person: what was wrong, where, and what was expected.
struct Error {
  std::string message;
};

/// Boost's result throws through this when `value()` is called on a failure: a programming error.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("a failed result was used: " + error.message);
}

/// g++ 12 has no working std::expected; this one alias is what the house uses in its place.
template <typename T>
using Result = boost::system::result<T, Error>;

}  // namespace understudy
