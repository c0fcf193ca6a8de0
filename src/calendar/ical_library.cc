#include "calendar/ical_library.h"

#include <cassert>
#include <string>
#include <type_traits>

#include <dlfcn.h>
#include <fmt/format.h>

namespace understudy::calendar {
namespace {

// Types are taken from the header and passed by value: another interface than the header's must not be
// loaded.
static_assert(ICAL_MAJOR_VERSION == 3);
constexpr const char* kFile = "libical.so.3";

std::string last_problem() {
  const char* const problem = ::dlerror();
  return problem == nullptr ? "no reason is known" : problem;
}

Result<IcalLibrary> open_library() {
  void* const library = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  std::string problem = library == nullptr ? last_problem() : std::string();
  IcalLibrary functions{};
  const auto find = [&](auto& function, const char* name) {
    if (!problem.empty()) return;
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
    if (function == nullptr) problem = last_problem();
  };
  find(functions.icalerror_set_errors_are_fatal, "icalerror_set_errors_are_fatal");
  find(functions.icalrecurrencetype_from_string, "icalrecurrencetype_from_string");
  find(functions.icalrecur_iterator_new, "icalrecur_iterator_new");
  find(functions.icalrecur_iterator_set_start, "icalrecur_iterator_set_start");
  find(functions.icalrecur_iterator_next, "icalrecur_iterator_next");
  find(functions.icalrecur_iterator_free, "icalrecur_iterator_free");
  find(functions.icaltime_null_time, "icaltime_null_time");
  find(functions.icaltime_is_null_time, "icaltime_is_null_time");
  find(functions.icaltime_compare, "icaltime_compare");
  find(functions.icaldurationtype_from_string, "icaldurationtype_from_string");
  find(functions.icaldurationtype_is_bad_duration, "icaldurationtype_is_bad_duration");
  if (!problem.empty()) {
    return Error{
        fmt::format("recurrence needs {}, which can't be loaded ({}); install Debian's package libical3",
                    kFile, problem)};
  }
  functions.icalerror_set_errors_are_fatal(0);  // else malformed input aborts the process
  return functions;
}

/// Stays loaded: what it gave out may be alive until the process ends.
const Result<IcalLibrary>& library() {
  static const Result<IcalLibrary> kLibrary = open_library();
  return kLibrary;
}

}  // namespace

Result<const IcalLibrary*> load_ical() {
  if (!library()) return library().error();
  return &*library();
}

const IcalLibrary& ical() {
  assert(library());
  return *library();
}

}  // namespace understudy::calendar
