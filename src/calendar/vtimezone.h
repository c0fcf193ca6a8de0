#pragma once

#include <string>

#include "calendar/zone.h"

namespace understudy::calendar {

/// Appends a VTIMEZONE that tells what the zone's clocks show from `from` on: the changes that have no
/// pattern one by one, then the zone's rule as yearly recurrences.
void add_vtimezone(std::string& out, const std::string& name, const Zone& zone, Moment from);

}  // namespace understudy::calendar
