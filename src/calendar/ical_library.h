#pragma once

#include <libical/ical.h>

#include "base/result.h"

/// libical, loaded when the first rule or calendar is read: most servers never read one, and it brings ICU
/// along, which together take up 2 MB of each process that is linked with them. For this folder alone.
namespace understudy::calendar {

/// The functions that are used, under their own names.
struct IcalLibrary {
  decltype(&::icalerror_set_errors_are_fatal) icalerror_set_errors_are_fatal;
  decltype(&::icalrecurrencetype_from_string) icalrecurrencetype_from_string;
  decltype(&::icalrecur_iterator_new) icalrecur_iterator_new;
  decltype(&::icalrecur_iterator_set_start) icalrecur_iterator_set_start;
  decltype(&::icalrecur_iterator_next) icalrecur_iterator_next;
  decltype(&::icalrecur_iterator_free) icalrecur_iterator_free;
  decltype(&::icaltime_null_time) icaltime_null_time;
  decltype(&::icaltime_is_null_time) icaltime_is_null_time;
  decltype(&::icaltime_compare) icaltime_compare;
  decltype(&::icaldurationtype_from_string) icaldurationtype_from_string;
  decltype(&::icaldurationtype_is_bad_duration) icaldurationtype_is_bad_duration;
};

/// Loads it unless it is there. The error says why it can't be and which package has it. From any thread.
[[nodiscard]] Result<const IcalLibrary*> load_ical();

/// REQUIRES: load_ical() has succeeded, as it has where there is a Rule.
[[nodiscard]] const IcalLibrary& ical();

}  // namespace understudy::calendar
